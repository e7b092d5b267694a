"""The folder of the takes: names and tags, undo, limits, and a list that can be made anew."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.config import Takes as Settings
from edge.errors import AffettoError, TakesError
from edge.takes.export import write
from edge.takes.folders import DOCUMENT
from edge.takes.library import UNDO_S, Library
from edge.takes.take import FullError, NoSuchTakeError, Take, TakeState
from tests.edge.takes.playing import Playing

Start = Callable[..., Playing]


@pytest.fixture
def kept(playing: Start) -> tuple[Playing, list[Take]]:
    """Three takes of 2 s each."""
    player = playing()
    takes = []
    for _ in range(3):
        player.recorder.record()
        player.play(2)
        takes.append(player.recorder.stop())
    return player, takes


def reopened(player: Playing) -> Library:
    library = Library(player.library.settings)
    library.open()
    return library


def test_newest_first_and_numbers_count_up(kept: tuple[Playing, list[Take]]) -> None:
    player, takes = kept
    assert [take.number for take in player.library.all()] == [3, 2, 1]
    assert player.library.minutes() == pytest.approx(0.1, abs=0.001)
    assert player.library.get(takes[0].id) == takes[0]


def test_names_tags_and_what_was_meant_are_kept(kept: tuple[Playing, list[Take]]) -> None:
    player, (take, *_) = kept
    changed = player.library.change(
        take.id, name=" Ländler\x00\n<b>", tags=["live", " live ", "", "x" * 90], meant="sad"
    )
    assert (changed.name, changed.tags, changed.meant) == ("Ländler <b>", ("live", "x" * 40), "sad")
    assert reopened(player).get(take.id) == changed
    for wrong in ({"name": " \n "}, {"meant": "bored"}, {"tags": [str(k) for k in range(40)]}):
        with pytest.raises(TakesError):
            player.library.change(take.id, **wrong)
    assert player.library.get(take.id) == changed


@pytest.mark.parametrize("id", ["", "..", "../../etc/passwd", "a" * 12, "A" * 12, "0" * 11, "\0" * 12, "０" * 12])
def test_what_is_no_id_leads_nowhere(kept: tuple[Playing, list[Take]], id: str) -> None:
    for act in (kept[0].library.get, kept[0].library.delete, kept[0].library.restore):
        with pytest.raises(NoSuchTakeError):
            act(id)


def test_what_was_deleted_can_be_restored_until_it_is_cleaned_up(
    kept: tuple[Playing, list[Take]], monkeypatch: pytest.MonkeyPatch
) -> None:
    player, (first, second, _) = kept
    library = player.library
    library.delete(first.id)
    assert first.id not in [take.id for take in library.all()]
    with pytest.raises(NoSuchTakeError):
        library.get(first.id)
    library.clean_up()
    assert library.restore(first.id) == first
    with pytest.raises(NoSuchTakeError):
        library.restore(first.id)
    library.delete(first.id)
    library.delete(second.id)
    again = reopened(player)
    # a board without a clock learns the time, or loses it
    wall, hour = time.time(), time.monotonic() + UNDO_S
    for jumped in (wall + 50 * 365 * 86400, 1.0):
        monkeypatch.setattr(time, "time", lambda jumped=jumped: jumped)
        again.clean_up()
        assert {take.number for take in again.all(deleted=True)} == {1, 2}
    monkeypatch.setattr(time, "monotonic", lambda: hour - 10.0)
    again.clean_up()
    assert len(again.all(deleted=True)) == 2
    monkeypatch.setattr(time, "monotonic", lambda: hour + 10.0)
    again.clean_up()
    assert [take.number for take in again.all()] == [3]
    assert again.all(deleted=True) == []
    assert not library.folder_of(first).exists()


def test_others_can_see_that_something_changed(kept: tuple[Playing, list[Take]]) -> None:
    library, take = kept[0].library, kept[1][0]
    seen = [library.changes]
    for act in (
        lambda: library.change(take.id, name="Blue"),
        lambda: library.delete(take.id),
        lambda: library.restore(take.id),
        lambda: library.discard(take.id),
        lambda: library.new("recorded", TakeState.RECORDING),
    ):
        act()
        seen.append(library.changes)
    assert len(set(seen)) == len(seen)
    assert library.all()
    assert library.changes == seen[-1]


def test_a_running_take_cannot_be_deleted(playing: Start) -> None:
    player = playing()
    take = player.recorder.record()
    with pytest.raises(TakesError, match="still recording"):
        player.library.delete(take.id)


def test_with_a_limit_recording_ends_or_old_takes_without_tags_go(kept: tuple[Playing, list[Take]]) -> None:
    player, (first, second, _third) = kept
    settings = player.library.settings
    strict = Library(Settings(folder=settings.folder, min_free_mb=10, keep_minutes=0.11))
    strict.make_room()
    with pytest.raises(FullError, match="set takes"):
        strict.make_room(minutes=0.05)
    strict.change(first.id, tags=["keep"])
    yielding = Library(Settings(folder=settings.folder, min_free_mb=10, keep_minutes=0.11, delete_oldest=True))
    with pytest.raises(FullError):
        yielding.make_room(minutes=0.08)
    assert len(yielding.all()) == 3  # what would not be enough is not done
    yielding.make_room(minutes=0.03)
    assert [take.number for take in yielding.all()] == [3, 1]
    assert not yielding.folder_of(second).exists()


def damage(path: Path) -> None:
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    path.write_bytes(os.urandom(8192))


@pytest.mark.parametrize("how", ["garbage", "empty", "gone", "pages", "rows", "format"])
def test_a_damaged_list_is_made_anew_and_nothing_is_lost(kept: tuple[Playing, list[Take]], how: str) -> None:
    player, takes = kept
    changed = player.library.change(takes[1].id, name="Blue", tags=["a"], meant="relaxed")
    player.library.delete(takes[2].id)
    player.takes.close()
    path = player.library.folder / "takes.sqlite"
    if how == "garbage":
        damage(path)
    elif how == "empty":
        damage(path)
        path.write_bytes(b"")
    elif how == "gone":
        damage(path)
        path.unlink()
    elif how == "format":
        damage(path)
        # of a version of SQLite's format that there is not; it says so as it says that there is no room
        path.write_bytes(
            b"SQLite format 3\0" + bytes([16, 0, 1, 1, 0, 64, 32, 32]) + bytes(20) + bytes([0, 0, 0, 9]) * 17
        )
    elif how == "pages":
        content = path.read_bytes()
        path.write_bytes(content[:4096] + os.urandom(max(100, len(content) - 4096)))
    else:
        with sqlite3.connect(path) as database:
            database.execute("UPDATE takes SET document = '{}'")
        database.close()
    library = reopened(player)
    assert library.all() == [changed, takes[0]]
    assert [take.id for take in library.all(deleted=True)] == [takes[2].id]
    assert library.new("recorded", TakeState.RECORDING).number == 4


def test_a_list_that_is_damaged_while_it_is_used_is_made_anew(kept: tuple[Playing, list[Take]]) -> None:
    player, takes = kept
    library = player.library
    path = library.folder / "takes.sqlite"
    library.close()
    content = bytearray(path.read_bytes())
    assert library.all()  # opened again
    content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(content)
    assert [take.id for take in library.all()] == [take.id for take in reversed(takes)]
    assert library.change(takes[0].id, name="Again").name == "Again"


def test_a_damaged_take_harms_no_other(kept: tuple[Playing, list[Take]]) -> None:
    player, (first, second, third) = kept
    player.takes.close()
    folder = player.library.folder
    (folder / "takes.sqlite").unlink()
    (folder / first.id / DOCUMENT).write_text("{")
    (folder / second.id / "sound.flac").write_bytes(b"fLaC" + bytes(1000))
    (folder / third.id / "steps").write_bytes(os.urandom(3000))
    library = reopened(player)
    found = {take.id: take for take in library.all()}
    # its name is lost with its document, its sound is not
    assert (found[first.id].state, found[first.id].duration_s) == (TakeState.READY, first.duration_s)
    assert found.keys() == {first.id, second.id, third.id}
    with pytest.raises(AffettoError, match="not a sound file"):
        write(second, library.folder_of(second), "wav", io.BytesIO())
    write(third, library.folder_of(third), "wav", io.BytesIO())


def test_what_is_in_the_folder_beside_takes_is_left_alone(kept: tuple[Playing, list[Take]]) -> None:
    player, _takes = kept
    (player.library.folder / "notes.txt").write_text("mine")
    (player.library.folder / "mine").mkdir()
    (player.library.folder / "0123456789ab").mkdir()  # a take that was begun, and nothing of it
    assert len(reopened(player).all()) == 3
    assert (player.library.folder / "notes.txt").exists()
    assert (player.library.folder / "mine").exists()
    assert not (player.library.folder / "0123456789ab").exists()


def test_a_folder_of_a_take_can_be_brought_from_elsewhere(kept: tuple[Playing, list[Take]], tmp_path: Path) -> None:
    player, (take, *_) = kept
    other = tmp_path / "other"
    other.mkdir()
    player.library.folder_of(take).rename(other / take.id)
    library = Library(Settings(folder=str(other)))
    library.open()
    assert library.all() == [take]
    assert json.loads((other / take.id / DOCUMENT).read_text())["name"] == take.name
