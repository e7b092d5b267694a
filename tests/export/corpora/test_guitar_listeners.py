from __future__ import annotations

from pathlib import Path

import pytest

from edge.types import EMOTIONS
from export.corpora.guitar_listeners import Yardstick, panel_accuracy, panel_means, read_ratings
from export.notes import CorpusError
from tests.export.corpora.layouts import write_table

HEADER = "musical_expertise,aggressive,relaxed,happy,sad,correct,stimulus_number,file_name,composer,emotional_intent"


def table(tmp_path: Path, *rows: str) -> Path:
    return write_table(tmp_path / "guitar_ratings.csv", HEADER, *rows)


def test_ratings_are_in_our_order_of_emotions(tmp_path: Path) -> None:
    (rating,) = read_ratings(table(tmp_path, "pro,2,1,-3,0,1,62,62_aggressive.wav,AdoLaV,aggressive"))
    assert dict(zip(EMOTIONS, rating.values, strict=True)) == {"aggressive": 2, "relaxed": 1, "happy": -3, "sad": 0}
    assert (rating.clip, rating.player, EMOTIONS[rating.intent], rating.musician) == (62, "AdoLaV", "aggressive", True)


def test_the_panel_may_be_right_where_its_listeners_are_not(tmp_path: Path) -> None:
    ratings = read_ratings(
        table(
            tmp_path,
            "none,2,-1,2,-1,0,1,1.wav,AdoLaV,aggressive",  # undecided
            "none,2,-1,1,-1,1,1,1.wav,AdoLaV,aggressive",  # right
            "pro,0,3,0,1,0,2,2.wav,AdoLaV,sad",  # wrong
            "pro,0,0,0,1,1,2,2.wav,AdoLaV,sad",  # right, and outvoted
        )
    )
    assert panel_means(ratings)[1].tolist() == [2.0, 1.5, -1.0, -1.0]
    assert panel_accuracy(ratings) == Yardstick(panel=0.5, listener=0.5, undecided=0.25)


def test_a_panel_that_ties_has_not_recovered_the_intent(tmp_path: Path) -> None:
    ratings = read_ratings(table(tmp_path, "pro,2,0,0,2,0,1,1.wav,AdoLaV,sad"))
    assert panel_accuracy(ratings).panel == 0.0


def test_an_unknown_intent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="unknown emotional_intent 'angry'"):
        read_ratings(table(tmp_path, "pro,2,0,0,2,0,1,1.wav,AdoLaV,angry"))


@pytest.mark.data
def test_the_study_gives_the_yardstick(data: Path) -> None:
    ratings = read_ratings(data / "ratings" / "guitar_ratings.csv")
    assert len(ratings) == 6256
    assert len(panel_means(ratings)) == 391
    yardstick = panel_accuracy(ratings)
    assert yardstick.panel == pytest.approx(0.790, abs=0.001)
    assert yardstick.listener == pytest.approx(0.417, abs=0.001)
    assert yardstick.undecided == pytest.approx(0.364, abs=0.001)
