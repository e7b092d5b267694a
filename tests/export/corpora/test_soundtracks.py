from __future__ import annotations

from pathlib import Path

import pytest

from edge.types import EMOTIONS
from export.corpora.soundtracks import RATINGS, emotion_of, soundtracks
from export.notes import CorpusError
from tests.export.corpora.layouts import write_sound, write_table
from tests.export.corpora.test_mid_level_perceptual import HEADER

RATED = (
    "001,4.83,6.83,3.17,1.00,1.00,7.33,1.00,1.00,HAPPY",
    "002,1.17,4.50,6.50,5.17,7.50,1.00,1.00,1.00,FEAR",
    "003,5.00,2.33,2.67,1.17,1.00,1.00,7.67,3.50,SAD",
    "004,5.83,2.00,2.00,1.00,1.00,1.60,4.40,7.40,TENDER",
    "005,5.67,3.50,2.50,1.00,1.00,5.00,1.00,5.00,SAD",
)
TRACKS = (
    "001,Happy,The Portrait of a Lady,6,02:02-02:17",
    "002,Fear,The Portait of a Lady,4,02:49-03:05",
    "003,Sad,Psycho,3,00:58-01:24",
    "004,Tender,psycho,2,00:00-00:25",
    "005,Sad,Shine,28,01:24-01:43",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The layout of osf.io/p6vkg with five clips."""
    header = "number,valence,energy,tension,anger,fear,happy,sad,tender,TARGET"
    write_table(tmp_path / "mean_ratings_set1.csv", header, *RATED)
    write_table(tmp_path / "set1_tracklist.csv", "Nro,Emotion,Album name,Track,Min:Sec", *TRACKS)
    for k in range(1, 6):
        write_sound(tmp_path / "Set1" / f"{k:03d}.mp3")
    return tmp_path


def test_clips_have_eight_ratings_and_the_emotion_of_the_highest(folder: Path) -> None:
    clips = soundtracks(folder)
    assert [r.emotion is not None and EMOTIONS[r.emotion] for r in clips] == [
        "happy",
        "aggressive",
        "sad",
        "relaxed",
        False,  # happy and tender tie
    ]
    assert tuple(clips[0].ratings) == RATINGS
    assert clips[1].ratings["fear"] == 7.5
    assert clips[0].mid_level is None
    assert all(r.path.is_file() for r in clips)


def test_anger_and_fear_are_one_of_ours_and_no_tie() -> None:
    ratings = dict.fromkeys(RATINGS, 1.0) | {"anger": 5.0, "fear": 5.0}
    assert emotion_of(ratings) == EMOTIONS.index("aggressive")
    assert emotion_of(ratings | {"valence": 9.0, "sad": 4.9}) == EMOTIONS.index("aggressive")


def test_a_film_is_one_group_however_it_is_spelled(folder: Path) -> None:
    groups = [r.group for r in soundtracks(folder)]
    assert groups[0] == groups[1]
    assert groups[2] == groups[3] == "psycho"


def test_the_older_release_has_its_sound_elsewhere(folder: Path) -> None:
    (folder / "mp3").mkdir()
    (folder / "Set1").rename(folder / "mp3" / "Soundtrack360_mp3")
    assert all(r.path.is_file() for r in soundtracks(folder))


def test_the_same_clips_were_rated_for_mid_level_features(folder: Path) -> None:
    rows = [f"{3575 + k},{k},4,5,6,3,7,2" for k in range(1, 6)]
    write_table(folder / "rated" / "metadata_annotations" / "annotations.csv", HEADER, *rows)
    clips = soundtracks(folder, folder / "rated")
    assert [(r.mid_level or (0.0,))[0] for r in clips] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("lost", ["mean_ratings_set1.csv", "set1_tracklist.csv", "Set1/001.mp3"])
def test_what_is_missing_is_named_with_where_to_get_it(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    with pytest.raises(CorpusError, match=rf"{lost}: no such .*osf\.io/p6vkg"):
        soundtracks(folder)
