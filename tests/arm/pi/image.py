"""What the emulated Raspberry Pi starts with: Debian's arm64 kernel, its device tree, and a file system in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.arm.sysroot import ROOT, CannotEmulateError, Sysroot, unpack
from tests.cache import kept

GUEST = Path(__file__).parent / "guest"
VERSION = "1"
"""Counts up when what is kept here changes."""

PACKAGES = ("linux-image-arm64", "busybox-static")
DEVICE_TREE = "broadcom/bcm2837-rpi-3-b.dtb"

UNUSED = ("onnxruntime/transformers", "onnxruntime/tools", "onnxruntime/quantization", "onnxruntime/datasets",
          "numpy/*/tests")  # fmt: skip
"""Left out: all of it would be held in the board's memory."""


@dataclass(frozen=True)
class Image:
    """Files to start a machine with."""

    kernel: Path
    device_tree: Path
    initramfs: Path


def image(system: Sysroot, folder: Path) -> Image:
    """Return the files; what changes with the code is put together in `folder`.

    Raises
    ------
    CannotEmulateError
        The packages can neither be found here nor fetched.
    """
    if shutil.which("qemu-system-aarch64") is None:
        raise CannotEmulateError("needs Debian's qemu-system-arm")
    base = kept("pi", "\n".join([VERSION, *PACKAGES, *UNUSED, system.path.name]), lambda new: _make(new, system))
    ours = folder / "ours"
    (ours / "opt/affetto").mkdir(parents=True)
    for part in ("edge", "webui"):
        shutil.copytree(
            ROOT / part, ours / "opt/affetto" / part, ignore=shutil.ignore_patterns("__pycache__", "figures")
        )
    shutil.copy(GUEST / "job.py", ours / "opt/affetto")
    shutil.copy(GUEST / "init.sh", ours / "init")
    (ours / "init").chmod(0o755)
    _compile(ours, base)
    _archive(ours, folder / "ours.cpio")
    whole = folder / "initramfs"
    with whole.open("wb") as file:  # the kernel unpacks one archive after the other
        for archive in (base / "base.cpio", folder / "ours.cpio"):
            with archive.open("rb") as part:
                shutil.copyfileobj(part, file)
    return Image(base / "vmlinuz", base / "board.dtb", whole)


def _make(new: Path, system: Sysroot) -> None:
    root, packages = new / "root", new / "packages"
    packages.mkdir()
    unpack(PACKAGES, packages)
    shutil.move(next((packages / "boot").glob("vmlinuz-*")), new / "vmlinuz")
    shutil.move(next(packages.glob(f"usr/lib/linux-image-*/{DEVICE_TREE}")), new / "board.dtb")
    for name in ("proc", "sys", "dev", "tmp", "run", "var/lib/affetto"):
        (root / name).mkdir(parents=True)
    for part in ("lib", "etc", "usr/lib", "usr/bin", "usr/local"):
        shutil.copytree(system.path / part, root / part, symlinks=True, dirs_exist_ok=True)
    for unused in UNUSED:
        for path in root.glob(f"usr/local/lib/python3*/dist-packages/{unused}"):
            shutil.rmtree(path)
    shutil.copy(packages / "bin/busybox", root / "usr/bin/busybox")
    _compile(root / "usr", new)
    (new / "python").write_text(_python(root))
    _archive(root, new / "base.cpio")
    shutil.rmtree(root)
    shutil.rmtree(packages)


def _python(root: Path) -> str:
    return os.readlink(root / "usr/bin/python3")


def _compile(folder: Path, base: Path) -> None:
    """Let the board find compiled modules where this machine's Python is of the same version: that saves a minute."""
    there = base / "python"
    name = there.read_text() if there.exists() else _python(base / "root")
    if name == f"python{sys.version_info.major}.{sys.version_info.minor}":
        places = [str(path) for path in (folder / "lib", folder / "local", folder / "opt") if path.exists()]
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-s", str(folder.parent), *places],
                       capture_output=True)  # fmt: skip


def _archive(folder: Path, out: Path) -> None:
    """Write a cpio archive as the kernel unpacks it."""
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    with out.open("wb") as file:
        subprocess.run(["busybox", "cpio", "-o", "-H", "newc"], input=names.encode(), stdout=file,
                       stderr=subprocess.DEVNULL, cwd=folder, check=True)  # fmt: skip
