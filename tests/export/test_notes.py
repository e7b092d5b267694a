from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.notes import HIGHEST, LOWEST, CorpusError, Notes, for_guitar, read_midi


def test_octaves_fold_into_the_guitars_range() -> None:
    played = for_guitar(Notes.of([(0.0, 1.0, 28, 80), (2.0, 3.0, 39, 80), (4.0, 5.0, 100, 80), (6.0, 7.0, 64, 80)]))
    assert played.pitch.tolist() == [40, 51, 76, 64]


def test_no_more_notes_than_strings_and_none_twice_at_once() -> None:
    rng = np.random.default_rng(3)
    start = rng.uniform(0, 20, 400)
    notes = Notes.of([(s, s + rng.uniform(0.1, 3), int(rng.integers(21, 109)), 80) for s in start])
    played = for_guitar(notes)
    assert played.pitch.min() >= LOWEST
    assert played.pitch.max() <= HIGHEST
    for t in np.arange(0, 20, 0.01):
        sounding = played.pitch[(played.start_s <= t) & (t < played.end_s)]
        assert len(sounding) <= 6
        assert len(set(sounding)) == len(sounding)


def test_a_seventh_note_ends_the_oldest() -> None:
    played = for_guitar(Notes.of([(0.1 * k, 5.0, 50 + k, 80) for k in range(7)]))
    assert played.end_s[0] == pytest.approx(0.6)
    assert (played.end_s[1:] == 5.0).all()


def test_a_broken_file_says_which(tmp_path: Path) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(b"MThd but no more")
    with pytest.raises(CorpusError, match=r"broken\.mid"):
        read_midi(path)
