from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.features import FrontEndSettings
from export.dataset import FEATURES_VERSION, build, cache_folder, guitars_of, load
from export.notes import CorpusError
from export.rendering.recording import Rig
from export.rendering.render import GUITARS
from tests.export.made import piece


def test_every_pass_gives_each_piece_another_guitar() -> None:
    assert sorted(guitars_of(piece("x"), len(GUITARS))) == sorted(GUITARS)
    assert guitars_of(piece("x"), 2) == guitars_of(piece("x"), 3)[:2]
    assert len({guitars_of(piece(f"x{k}"), 1)[0] for k in range(40)}) == len(GUITARS)


def test_other_settings_have_another_cache(tmp_path: Path) -> None:
    other = FrontEndSettings(range_db=70.0)
    assert cache_folder(tmp_path, FrontEndSettings()) != cache_folder(tmp_path, other)
    assert str(FEATURES_VERSION) in cache_folder(tmp_path, FrontEndSettings()).name


def test_without_a_rendering_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="affetto-model render"):
        load([piece()], tmp_path, 2)


@pytest.mark.data
def test_a_take_is_what_was_played_and_the_same_when_built_again(tmp_path: Path, data: Path) -> None:
    of = piece("x", seconds=4)
    build([of], tmp_path / "a", passes=2)
    build([of], tmp_path / "b", passes=2)
    one, other = load([of], tmp_path / "a", 2), load([of], tmp_path / "b", 2)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.steps.mel_db, b.steps.mel_db)
        np.testing.assert_array_equal(a.notes.start_s, b.notes.start_s)
        assert a.session_dbfs == b.session_dbfs
    assert one[0].guitar != one[1].guitar
    assert not np.array_equal(one[0].notes.start_s, one[1].notes.start_s)
    assert len(one[0].steps) / FrontEndSettings().steps_per_second > one[0].notes.length_s
    assert load([of], tmp_path / "a", 2, without=one[0].guitar)[0].guitar == one[1].guitar


@pytest.mark.data
def test_the_session_level_follows_the_gear_and_not_the_playing(tmp_path: Path, data: Path) -> None:
    soft, loud = (piece("x", seconds=k) for k in (2, 14))  # the longer one grows louder
    found = []
    for k, of in enumerate((soft, loud)):
        build([of], tmp_path / str(k), passes=1, gear=_plain)
        found.append(load([of], tmp_path / str(k), 1)[0])
    assert found[0].session_dbfs == pytest.approx(found[1].session_dbfs, abs=0.1)
    assert found[0].steps.level_dbfs.max() < found[1].steps.level_dbfs.max() - 3.0
    assert found[0].session_dbfs > found[1].steps.level_dbfs.max() - 12.0


def _plain(rng: np.random.Generator, guitar: str) -> Rig:
    return Rig.plain()
