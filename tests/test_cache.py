"""What tests keep is whole, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cache import kept


def fill(folder: Path) -> None:
    for name in ("one", "other"):
        (folder / name).write_text(name)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        kept("it", "content", fail)
    assert [path for path in (tmp_path / "affetto-tests").iterdir() if path.is_dir()] == []
