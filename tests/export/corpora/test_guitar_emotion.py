from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from edge.types import EMOTIONS
from export.corpora.guitar_emotion import ACOUSTIC_FOLDS, clip_of, guitar_emotion, published_folds
from export.corpora.guitar_listeners import Rating
from export.corpora.recording import Recording
from export.notes import CorpusError
from tests.export.corpora.layouts import write_sound, write_table

HEADER = (
    "file_id,file_name,performer,instrument,emotion,emotional_intensity,playing_technique,microphone_type,"
    "microphone_position"
)
CLIPS = (
    (62, "aggressive", 2, "steelstring-guitar", "AdoLaV", "pick"),
    (91, "relaxed", 1, "steelstring-guitar", "TomCan", "pick"),
    (199, "sad", 3, "classical-guitar", "GioAcq", "fingers"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The unpacked archive of the acoustic clips, with three of them."""
    rows = []
    for number, emotion, intensity, guitar, player, how in CLIPS:
        name = f"{number}_{emotion}_{intensity}_{guitar}_{player}_{how}_new8_20200619"
        rows.append(f"{number},{name},{player},{guitar},{emotion},{intensity},{how},condenser,internal")
        write_sound(tmp_path / "acoustic-guitar" / emotion / f"{name}.wav")
    write_table(tmp_path / "acoustic-guitar" / "annotations_acoustic-guitar.csv", HEADER, *rows)
    return tmp_path


def test_clips_have_the_players_intent_and_the_player_as_group(folder: Path) -> None:
    clips = guitar_emotion(folder)
    assert [(r.name, r.group) for r in clips] == [
        ("acoustic-guitar-62", "adolav"),
        ("acoustic-guitar-91", "tomcan"),
        ("acoustic-guitar-199", "gioacq"),
    ]
    assert [EMOTIONS[r.emotion or 0] for r in clips] == ["aggressive", "relaxed", "sad"]
    assert all(r.path.is_file() and r.ratings == {} and r.mid_level is None for r in clips)


def test_the_name_says_what_the_table_says(folder: Path) -> None:
    assert [clip_of(r.path) for r in guitar_emotion(folder)] == guitar_emotion(folder)


def test_the_panels_mean_joins_the_clips_it_heard(folder: Path) -> None:
    panel = [Rating(62, "AdoLaV", 0, True, (3, 1, -3, 0)), Rating(62, "AdoLaV", 0, False, (1, 1, -3, 0))]
    first, second, _ = guitar_emotion(folder, panel=panel)
    assert first.ratings == {"aggressive": 2, "happy": 1, "relaxed": -3, "sad": 0}
    assert second.ratings == {}


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        ("194_relax_1_classical-guitar_GioAcq_fingers_new3_20200706.wav", "relaxed"),
        ("163_aggressive_i4_steelstring-guitar_MasChi_pick_new5_20200729.wav", "aggressive"),
        ("91_relaxed_1_steelstring-guitar_TomCan_pick_new1_20200707.wav.wav", "relaxed"),
        ("12_sad_3_steelstring-guitar_LucTur_fingers_and_harmonics_new1_20200625.wav", "sad"),
    ],
)
def test_names_as_the_user_study_spells_them(name: str, emotion: str) -> None:
    assert EMOTIONS[clip_of(Path(name)).emotion or 0] == emotion


def test_another_name_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"take 3\.wav: no name of the guitar data set"):
        clip_of(Path("take 3.wav"))


def test_no_player_is_in_two_published_folds() -> None:
    players = [p for fold in ACOUSTIC_FOLDS for p in fold]
    assert len(players) == len(set(players)) == 30


def test_an_unknown_player_is_in_no_published_fold(folder: Path) -> None:
    assert published_folds(guitar_emotion(folder)).tolist() == [3, 0, 3]
    stranger = Recording("x", "matpoz", folder, 0)
    with pytest.raises(CorpusError, match="player matpoz is in none of the published acoustic folds"):
        published_folds([stranger])


def test_what_is_missing_is_named(folder: Path) -> None:
    next((folder / "acoustic-guitar" / "sad").iterdir()).unlink()
    with pytest.raises(CorpusError, match=r"20200619\.wav: no such sound; unpack the archive"):
        guitar_emotion(folder)
    with pytest.raises(CorpusError, match=r"annotations_electric-guitar\.csv: no such file"):
        guitar_emotion(folder, "electric-guitar")


@pytest.mark.data
def test_all_names_of_the_study_can_be_read_and_fill_the_published_folds(data: Path) -> None:
    with (data / "ratings" / "guitar_ratings.csv").open(newline="") as file:
        rows = {row["file_name"]: row for row in csv.DictReader(file)}
    clips = {name: clip_of(Path(name)) for name in rows}
    assert all(clip.group == rows[name]["composer"].lower() for name, clip in clips.items())
    other = [
        rows[n]["stimulus_number"] for n, c in clips.items() if EMOTIONS[c.emotion or 0] != rows[n]["emotional_intent"]
    ]
    assert sorted(other) == ["111", "114", "117", "120"]  # where the study's table contradicts the names
    sizes = np.bincount(published_folds(list(clips.values())))
    assert sizes.sum() == 391
    assert sizes.min() > 70
