from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from edge.types import EMOTIONS
from export.corpora.emopia import emopia
from export.notes import CorpusError
from export.split import splits_are_disjoint
from tests.export.corpora.layouts import midi


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """EMOPIA's layout with six clips: song `s-o_g1` in training, `song2` in test, and clips that are in no list."""
    (tmp_path / "emopia").mkdir()
    with zipfile.ZipFile(tmp_path / "emopia" / "midis.zip", "w") as z:
        for name in ("Q1_s-o_g1_0", "Q2_s-o_g1_1", "Q3_song2_0", "Q4_song3_0", "Q4_song2_5", "Q1_song9_2"):
            z.writestr(f"midis/{name}.mid", midi())
    lists = {"train": ["Q1_s-o_g1_0"], "val": ["Q4_song3_0"], "test": ["Q3_song2_0"]}
    for split, names in lists.items():
        rows = "".join(f"{name},{name[:2]}\n" for name in names)
        (tmp_path / "emopia" / f"{split}.csv").write_text("fname,label\n" + rows)
    return tmp_path


def test_clips_have_song_split_and_emotion_from_their_name(folder: Path) -> None:
    pieces = {p.name: p for p in emopia(folder)}
    assert pieces["Q1_s-o_g1_0"].song == "s-o_g1"
    assert [EMOTIONS[pieces[n].emotion or 0] for n in ("Q1_s-o_g1_0", "Q3_song2_0", "Q4_song3_0")] == [
        "happy",
        "sad",
        "relaxed",
    ]
    assert EMOTIONS[pieces["Q2_s-o_g1_1"].emotion or 0] == "aggressive"
    assert pieces["Q4_song3_0"].split == "validation"


def test_unlisted_clips_train_only_where_their_song_is_not_held_out(folder: Path) -> None:
    pieces = {p.name: p.split for p in emopia(folder)}
    assert pieces["Q1_song9_2"] == "train"
    assert "Q4_song2_5" not in pieces
    assert splits_are_disjoint(emopia(folder))


def test_a_missing_corpus_says_where_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"midis\.zip"):
        emopia(tmp_path)


@pytest.mark.data
def test_the_real_corpus_keeps_its_test_split_apart(data: Path) -> None:
    pieces = emopia(data)
    assert sum(p.split == "test" for p in pieces) == 86
    assert splits_are_disjoint(pieces)
