"""Fresh Debian systems for `make test-install`: made once by debootstrap, and kept outside of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.cache import home_of_tests

CHOSEN = os.environ.get("AFFETTO_DEBIAN", "")
"""bookworm or trixie; "" for a machine with this one's own files."""

CHECKOUT = Path(__file__).parents[2]
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")

LIKE_A_BOARD = (
    "systemd-sysv libpam-systemd dbus udev kmod python3 python3-venv ca-certificates iproute2 procps curl sudo "
    "network-manager wpasupplicant dnsmasq-base avahi-daemon"
)
"""What Raspberry Pi OS Lite has of what matters here."""


def python() -> str:
    """Return the version of Python that the chosen Debian has."""
    return {"bookworm": "3.11", "trixie": "3.13"}[CHOSEN]


def root() -> Path:
    """Return the root of the chosen system; the first time it is made, which takes minutes."""
    if not CHOSEN:
        return Path("/")
    folder = home_of_tests() / CHOSEN
    if not folder.exists():
        new = folder.with_name(f"{CHOSEN}.new")
        shutil.rmtree(new, ignore_errors=True)
        include = f"--include={','.join(LIKE_A_BOARD.split())}"
        subprocess.run(["debootstrap", "--variant=minbase", include, CHOSEN, new, MIRROR], check=True)
        new.rename(folder)
    return folder
