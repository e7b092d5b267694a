"""What is fetched for emulation is kept, whole or not at all, and holds what a board gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.arm import sysroot
from tests.arm.sysroot import CannotEmulateError, Sysroot, kept


def fill(folder: Path) -> None:
    for name in ("one", "other"):
        (folder / name).write_text(name)


@pytest.fixture(autouse=True)
def cache(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own, except for the test of the real one."""
    if "system" not in request.fixturenames:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_it_is_made_once(tmp_path: Path):
    calls = []
    for _ in range(2):
        path = kept("it", "content", lambda new: calls.append(new) or fill(new))
    assert len(calls) == 1
    assert path.is_relative_to(tmp_path)
    assert (path / "other").read_text() == "other"


def test_other_content_is_another_folder():
    assert kept("it", "1", fill) != kept("it", "2", fill)


def test_it_is_made_again_when_a_file_is_gone():
    path = kept("it", "content", fill)
    (path / "one").unlink()
    assert (kept("it", "content", fill) / "one").exists()


def test_nothing_is_kept_of_what_could_not_be_finished(tmp_path: Path):
    def fail(new: Path) -> None:
        fill(new)
        raise CannotEmulateError("no network")

    with pytest.raises(CannotEmulateError, match="no network"):
        kept("it", "content", fail)
    assert [path for path in (tmp_path / "affetto-tests").iterdir() if path.is_dir()] == []


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
