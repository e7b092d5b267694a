"""What is fetched for emulation holds what a board gets."""

from __future__ import annotations

import re

import pytest

from tests.arm import sysroot
from tests.arm.sysroot import CannotEmulateError, Sysroot


def test_a_failed_command_says_why():
    with pytest.raises(CannotEmulateError, match=r"ls failed: .*nowhere"):
        sysroot.run(["ls", "/nowhere"])


def test_the_versions_are_those_that_affetto_is_tested_with(system: Sysroot):
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", sysroot.CONSTRAINTS.read_text().lower(), re.MULTILINE))
    for folder in system.path.glob("usr/local/lib/python3*/dist-packages/*.dist-info"):
        name, version = folder.name.removesuffix(".dist-info").lower().rsplit("-", 1)
        wanted = pinned.get(name) or pinned.get(name.replace("_", "-"))
        assert wanted in (version, None), name
    assert list(system.path.glob("usr/local/lib/python3*/dist-packages/onnxruntime/capi/*aarch64*"))
