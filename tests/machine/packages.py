"""Debian packages in a folder, unpacked and not installed: what an emulated machine has more than this one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cache import kept

VERSION = "1"
"""Counts up when what is made here changes."""

KERNEL = "linux-image-amd64"


class EmulationError(Exception):
    """This machine lacks what emulation needs; the message says what."""


def unpacked(packages: Sequence[str]) -> Path:
    """Return a folder with packages, and with all that they need and this machine does not have.

    Nothing is installed and no script of a package is run. The folder is named for what is in it and used again.

    Raises
    ------
    EmulationError
        This is no Debian, or the packages cannot be fetched.
    """
    if shutil.which("apt-get") is None:
        raise EmulationError("needs Debian's apt-get")
    files = _missing(packages)
    return kept("machine", "\n".join([VERSION, *files]), lambda new: _make(new, files))


def environment(root: Path) -> dict[str, str]:
    """Return what lets this machine run a program of an unpacked folder."""
    libraries = ":".join(str(path) for path in (root / "usr/lib").glob("*-linux-gnu*"))
    return {**os.environ, "LD_LIBRARY_PATH": libraries, "LC_ALL": "C.UTF-8"}


def kernel_in(root: Path) -> tuple[Path, str]:
    """Return the kernel image of an unpacked `KERNEL`, and its version."""
    image = max((root / "boot").glob("vmlinuz-*"))
    return image, image.name.removeprefix("vmlinuz-")


def _missing(packages: Sequence[str]) -> list[str]:
    """Return what apt would install, as `name=version`."""
    simulate = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    try:
        simulated = _run(simulate)
    except EmulationError:
        # a fresh system knows no packages yet, which only root can change
        _run(["apt-get", "-qq", "update"])
        simulated = _run(simulate)
    found = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", simulated, re.MULTILINE)
    there = _run(["dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\n", *packages], may_fail=True)
    # its own files are wanted even if this machine runs the same kernel: /boot is readable by root only on some
    installed = [line.split() for line in there.splitlines() if line.startswith(KERNEL) and line.endswith(" installed")]
    return sorted(f"{name}={version}" for name, version in [*found, *((row[0], row[1]) for row in installed)])


def _make(new: Path, files: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=new.parent, prefix="debs-") as folder:
        debs = Path(folder) / "debs"
        debs.mkdir()
        for name in ("bin", "sbin", "lib"):
            # as on this machine, or an unpacked /lib would hide its own
            (new / "usr" / name).mkdir(parents=True)
            (new / name).symlink_to(f"usr/{name}")
        _run(["apt-get", "-o", "APT::Sandbox::User=root", "-qq", "download", *files], cwd=debs)
        for package in sorted(debs.glob("*.deb")):
            unpack = f"dpkg-deb --fsys-tarfile '{package}' | tar -x --keep-directory-symlink -C '{new}'"
            _run(["sh", "-c", unpack])
        for modules in (new / "lib/modules").glob("*"):
            depmod = Path(folder) / "depmod"
            kmod = new / "usr/bin/kmod"
            depmod.symlink_to(kmod if kmod.exists() else Path("/usr/bin/kmod"))
            _run([str(depmod), "-b", str(new), modules.name])


def _run(command: list[str], cwd: Path | None = None, *, may_fail: bool = False) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    if done.returncode and not may_fail:
        why = (done.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise EmulationError(f"{command[0]} failed: {why}")
    return done.stdout
