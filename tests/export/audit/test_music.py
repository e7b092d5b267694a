from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.features import FrontEnd, FrontEndSettings
from edge.model import bundled_model
from export.audit.models import Audited
from export.audit.music import UNKNOWN, of_table, recorded, rendered
from export.dataset import build, cache_folder, gear_of, load, sound_of
from export.notes import CorpusError
from export.rendering.recording import Rig
from tests.export.corpora.layouts import write_sound, write_table
from tests.export.made import piece, sine, take

TAKES = [take(piece(f"p{k}", seconds=2), sine(220, 2)) for k in range(3)]


def test_a_table_groups_pieces_and_leaves_the_others_unknown(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", "piece,style,Player", "p0,pop,ann", "p2,jazz,ben", "other,jazz,ann")
    assert of_table(path, TAKES) == {"style": ["pop", UNKNOWN, "jazz"], "player": ["ann", UNKNOWN, "ben"]}


@pytest.mark.parametrize(
    ("rows", "says"),
    [(["piece,style", "q,pop"], "names none of the 3 takes"), (["name,style", "p0,pop"], "no column piece")],
)
def test_a_table_that_does_not_fit_is_refused(rows: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=says):
        of_table(write_table(tmp_path / "t.csv", *rows), TAKES)


def test_gear_is_known_from_the_names_alone() -> None:
    rig = gear_of(TAKES[0].piece, "clean")
    assert rig == gear_of(piece("p0", "another song", emotion=3, seconds=9), "clean")
    assert rig != gear_of(TAKES[1].piece, "clean")
    assert rig.room in (None, *range(192))


def test_recorded_clips_are_grouped_by_player_and_heard(tmp_path: Path) -> None:
    rows = []
    for k, (player, emotion) in enumerate([("AnnA", "sad"), ("BenB", "happy"), ("AnnA", "happy")]):
        write_sound(tmp_path / "acoustic-guitar" / emotion / f"{k}.wav", 3.0)
        rows.append(f"{k},{k},{player},{emotion}")
    table = tmp_path / "acoustic-guitar" / "annotations_acoustic-guitar.csv"
    write_table(table, "file_id,file_name,performer,emotion", *rows)
    music = recorded(tmp_path)
    assert music.groupings["player"] == ["anna", "benb", "anna"]
    assert len(music.sound_of(music.takes[0])) == pytest.approx(3.0 * 22050, abs=50)
    answers = Audited.read(bundled_model()).hear(music.takes)
    np.testing.assert_array_equal(answers.true, [3, 1, 1])
    assert np.isfinite(answers.effects).all()


@pytest.mark.data
def test_a_take_sounds_again_as_it_was_rendered(tmp_path: Path, data: Path) -> None:
    of = piece("x", split="test", seconds=4)
    folder = cache_folder(tmp_path, FrontEndSettings())
    build([of], folder, passes=1)
    kept = load([of], folder, 1)[0]
    anew = FrontEnd().push(sound_of(kept))
    np.testing.assert_allclose(anew.mel_db, kept.steps.mel_db, atol=0.1)  # the cache is in half precision
    learned = [piece(f"y{k}", f"t{k}", k % 4, seconds=2) for k in range(8)]
    music = rendered([of, *learned], folder, None, 1)
    assert [t.piece.name for t in music.takes] == ["x"]
    drawn = gear_of(of, kept.guitar)
    assert isinstance(drawn, Rig)
    assert music.groupings["amplifier"] == ["no amplifier" if drawn.drive_db is None else "amplifier"]
    assert (music.groupings["room"] == ["no room"]) == (drawn.room is None)
