"""Bundles made from this checkout by `systemd/bundle.sh`, as a board gets them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("edge", "export", "webui", "systemd", "pyproject.toml", "README.md", "LICENSE")

EXPLAINING = """
    contourpy cycler fonttools imageio joblib kiwisolver lazy-loader lime matplotlib narwhals networkx pillow pyparsing
    python-dateutil scikit-image scikit-learn scipy threadpoolctl tifffile tqdm
"""
"""Libraries that only explanations need: 400 MB whose installation would take most of a test's time."""


def system_python() -> str:
    """Return the version of Debian's own Python, such as 3.11, or "" without one."""
    line = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run(["/usr/bin/python3", "-c", line], capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def checkout(folder: Path, *, explaining: bool) -> Path:
    """Copy what is released of this checkout; without `explaining`, with a lock that leaves those libraries out."""
    folder.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    if not explaining:
        lock = folder / "systemd/requirements.txt"
        entries = re.split(r"\n(?=\S)", lock.read_text())
        lock.write_text("\n".join(entry for entry in entries if entry.split("==")[0] not in EXPLAINING.split()) + "\n")
    return folder


def unpacked(source: Path, folder: Path, *options: str) -> Path:
    """Make a bundle of a checkout for this machine and unpack it in `folder`, as `folder`/affetto."""
    environment = {**os.environ, "PIP": str(Path(sys.executable).parent / "pip")}
    out = folder.parent / f"{folder.name}-archive"
    made = subprocess.run([source / "systemd/bundle.sh", "--arch", platform.machine(), "--out", out, *options],
                          env=environment, capture_output=True, text=True)  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    (archive,) = out.glob("*.tar.gz")
    folder.mkdir()
    subprocess.run(["tar", "xf", archive, "-C", folder], check=True)
    shutil.rmtree(out)
    (top,) = folder.iterdir()
    return top.rename(folder / "affetto")


def changed(bundle: Path, name: str, file: str, *replaced: tuple[str, str]) -> Path:
    """Return a copy of a bundle, beside it, in which a file reads otherwise: another release."""
    copy = bundle.with_name(name)
    shutil.copytree(bundle, copy, copy_function=os.link)
    path = copy / file
    text = path.read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.unlink()
    path.write_text(text)
    (copy / "SHA256SUMS").unlink()
    return copy
