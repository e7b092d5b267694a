"""Whether a test can have networks of its own here."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

VIRTUAL_CABLE = ("ip", "link", "add", "type", "veth")


def needs_namespaces(*programs: str, packages: str, trial: tuple[str, ...] = VIRTUAL_CABLE) -> None:
    """Skip the test where programs are absent, or `trial`, a command, fails in a new network and mount namespace."""
    absent = [name for name in ("unshare", *programs) if shutil.which(name) is None]
    if absent:
        pytest.skip(f"needs {', '.join(absent)} (Debian's util-linux, {packages})")
    allowed = subprocess.run(["unshare", "--net", "--mount", *trial], capture_output=True)
    if os.getuid() != 0 or allowed.returncode != 0:
        pytest.skip(f"{trial[0]} may not be used in network namespaces here: run as root")
