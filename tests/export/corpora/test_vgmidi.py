from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from edge.types import EMOTIONS
from export.corpora.vgmidi import vgmidi
from export.notes import CorpusError
from tests.export.corpora.layouts import midi, write_table

HEADER = "id,series,console,game,piece,midi,valence,arousal"
PHRASES = (
    ("8013", "Igloo Happy_0", 1, 1),
    ("8016", "Caverns_0", -1, -1),
    ("8016", "Caverns_1", -1, 1),
    ("8073", "Igloo Sad_0", 1, -1),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The layout of github.com/lucasnfe/vgmidi, tag 0.2, with four phrases of three pieces."""
    rows = [f"{i},Banjo,N64,Banjo,x,labelled/phrases/Banjo_N64_{name}.mid,{v},{a}" for i, name, v, a in PHRASES]
    write_table(tmp_path / "vgmidi_labelled.csv", HEADER, *rows)
    (tmp_path / "labelled").mkdir()
    with zipfile.ZipFile(tmp_path / "labelled" / "phrases.zip", "w") as z:
        for _, name, _, _ in PHRASES:
            z.writestr(f"phrases/Banjo_N64_{name}.mid", midi())
            z.writestr(f"__MACOSX/phrases/._Banjo_N64_{name}.mid", b"of the Finder")
    return tmp_path


def test_phrases_have_the_emotion_of_their_quadrant(folder: Path) -> None:
    pieces = vgmidi(folder)
    assert [EMOTIONS[p.emotion or 0] for p in pieces] == ["happy", "sad", "aggressive", "relaxed"]
    assert pieces[0].name == "Banjo_N64_Igloo Happy_0"
    assert all(len(p.notes) == 8 and p.split == "train" for p in pieces)


def test_phrases_of_one_piece_are_one_song(folder: Path) -> None:
    assert [p.song for p in vgmidi(folder)] == ["vgmidi-8013", "vgmidi-8016", "vgmidi-8016", "vgmidi-8073"]


def test_a_label_that_is_no_sign_is_refused(folder: Path) -> None:
    write_table(folder / "vgmidi_labelled.csv", HEADER, "8013,a,b,c,d,labelled/phrases/Banjo_N64_Caverns_0.mid,1,0")
    with pytest.raises(CorpusError, match=r"Caverns_0\.mid has valence, arousal \(1\.0, 0\.0\), not ±1"):
        vgmidi(folder)


def test_what_is_missing_is_named_with_where_to_get_it(folder: Path) -> None:
    write_table(folder / "vgmidi_labelled.csv", HEADER, "8013,a,b,c,d,labelled/phrases/lost.mid,1,1")
    with pytest.raises(CorpusError, match=r"phrases\.zip: no phrases/lost\.mid"):
        vgmidi(folder)
    (folder / "labelled" / "phrases.zip").write_bytes(b"PK")
    with pytest.raises(CorpusError, match=r"phrases\.zip: damaged or not a zip archive"):
        vgmidi(folder)
    (folder / "labelled" / "phrases.zip").unlink()
    with pytest.raises(CorpusError, match=r"phrases\.zip: no such file; get the corpus from github\.com/lucasnfe"):
        vgmidi(folder)
    (folder / "vgmidi_labelled.csv").unlink()
    with pytest.raises(CorpusError, match=r"vgmidi_labelled\.csv: no such file"):
        vgmidi(folder)
