"""An aarch64 system to run the service in: Debian's arm64 Python and the wheels that a board gets, in a folder.

Debian's packages are fetched with a package state of their own and only unpacked, so that this machine's packages
stay as they are. What is there is used again: the folder is named for what is in it, and made in one piece.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.cache import kept

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
VERSION = "2"
"""Counts up when what is made here changes."""

PACKAGES = ("python3", "libstdc++6", "libportaudio2")
LIGHTS = ("gpiozero", "lgpio")
"""What the lights of a Raspberry Pi need besides; spidev has no wheel."""

NEWEST_GLIBC = 36
"""Of Debian 12 and Raspberry Pi OS Bookworm, the oldest systems that Affetto is for: wheels for up to glibc 2.36."""

_PYTHON = """#!/bin/sh
# Python as on a board, for programs that start it by its name; QEMU_CPU and QEMU_LD_PREFIX say which board
exec qemu-aarch64 -0 "$0" "$(dirname "$0")/python3" "$@"
"""


class CannotEmulateError(Exception):
    """This machine lacks what emulation needs; the message says what."""


@dataclass(frozen=True)
class Sysroot:
    """A folder like the root of a board's file system."""

    path: Path

    @property
    def python(self) -> Path:
        """Starts the emulated Python; what that starts by `sys.executable` is emulated too."""
        return self.path / "usr/bin/emulated-python"


def sysroot() -> Sysroot:
    """Return the system with the service's dependencies in the versions of constraints.txt.

    Raises
    ------
    CannotEmulateError
        There is no QEMU, or the packages can neither be found here nor fetched.
    """
    if shutil.which("qemu-aarch64") is None or shutil.which("dpkg-deb") is None:
        raise CannotEmulateError("needs Debian's qemu-user")
    wanted = [*dependencies(), *LIGHTS]
    content = "\n".join([VERSION, _PYTHON, *PACKAGES, *wanted, CONSTRAINTS.read_text()])
    return Sysroot(kept("arm64", content, lambda new: _make(new, wanted)))


def dependencies() -> list[str]:
    """Return what the service needs, as pyproject.toml names it."""
    return list(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])


def unpack(packages: Iterable[str], target: Path) -> None:
    """Fetch arm64 packages with all that they need, and unpack them."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="apt-") as folder:
        options = _private_state(Path(folder))
        run(["apt-get", *options, "-qq", "update"])
        run(["apt-get", *options, "-qq", "--yes", "--no-install-recommends", "--download-only", "install", *packages])
        for package in sorted(Path(folder).glob("cache/archives/*.deb")):
            run(["dpkg-deb", "-x", str(package), str(target)])


def _make(new: Path, wanted: list[str]) -> None:
    unpack(PACKAGES, new)
    python = next(path.name for path in (new / "usr/bin").iterdir() if re.fullmatch(r"python3\.\d+", path.name))
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in range(NEWEST_GLIBC, 16, -1)] + ["manylinux2014_aarch64"]
    run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
         "--root-user-action", "ignore", "--target", str(new / "usr/local/lib" / python / "dist-packages"),
         "--only-binary", ":all:", "--python-version", python.removeprefix("python"), "--implementation", "cp",
         *(word for platform in platforms for word in ("--platform", platform)),
         "--constraint", str(CONSTRAINTS), *wanted]
    )  # fmt: skip
    wrapper = new / "usr/bin/emulated-python"
    wrapper.write_text(_PYTHON)
    wrapper.chmod(0o755)


def _private_state(apt: Path) -> list[str]:
    """Return options with which apt takes this machine's mirrors, yet knows and changes nothing of its packages."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    settings = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Sandbox::User": "root",
        "Dir::State": apt,
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def run(command: list[str]) -> None:
    """Run a command; raise CannotEmulateError with the last line of what it complains of if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotEmulateError(f"{command[0]} failed: {(done.stderr.strip().splitlines() or ['no word of why'])[-1]}")
