from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.types import MID_LEVEL, PERCEPTUAL_FEATURES, PERFORMER_CUES
from export.corpora.mid_level_perceptual import mid_level_perceptual, mid_level_ratings
from export.notes import CorpusError
from tests.export.corpora.layouts import write_sound, write_table

HEADER = "song_id, melody, articulation,rhythm_complexity,rhythm_stability,dissonance,atonality,mode"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The published layout with clips 1 and 2, two that come from Soundtracks, and 4000, whose sound is not there."""
    annotations = tmp_path / "metadata_annotations"
    rows = [f"{k},8.8,4,{1 + k % 3},6.66666666667,3.4,7.4,6" for k in (1, 2, 3576, 3935, 4000)]
    write_table(annotations / "annotations.csv", HEADER, *rows)
    artists = ("1;A Song;Anna;jamendo", "2;Another;;jamendo", "3576;x;y;soundtracks", "3935;x;y;soundtracks")
    write_table(annotations / "metadata.csv", "song id;Song;Artist;Source", *artists, "4000;x;Anna;multimodal")
    for k in (1, 2, 3576):
        write_sound(tmp_path / "audio" / f"{k}.mp3")
    return tmp_path


def test_clips_have_seven_rated_features_and_no_others(folder: Path) -> None:
    first = mid_level_perceptual(folder)[0]
    assert first.emotion is None
    values = dict(zip(MID_LEVEL, first.mid_level or (), strict=True))
    assert [values[name] for name in PERCEPTUAL_FEATURES] == [8.8, 4, 2, 6.66666666667, 3.4, 7.4, 6]
    assert np.isnan([values[name] for name in PERFORMER_CUES]).all()


def test_clips_of_soundtracks_and_those_without_sound_are_left_out(folder: Path) -> None:
    assert [r.name for r in mid_level_perceptual(folder)] == ["mid-level-1", "mid-level-2"]
    write_sound(folder / "audio" / "4000.mp3")
    assert [r.name for r in mid_level_perceptual(folder)] == ["mid-level-1", "mid-level-2", "mid-level-4000"]
    assert set(mid_level_ratings(folder)) == {1, 2, 3576, 3935, 4000}


def test_an_artist_is_a_group_and_nobody_joins_the_unknown(folder: Path) -> None:
    write_sound(folder / "audio" / "4000.mp3")
    first, second, added = (r.group for r in mid_level_perceptual(folder))
    assert first == added == "anna"
    assert second == "unknown artist of clip 2"


def test_a_sound_that_should_be_there_is_named(folder: Path) -> None:
    (folder / "audio" / "2.mp3").unlink()
    with pytest.raises(CorpusError, match=r"2\.mp3: no such sound; unpack audio\.zip from osf\.io/5aupt"):
        mid_level_perceptual(folder)
