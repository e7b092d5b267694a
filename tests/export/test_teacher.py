from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.corpora import Piece
from export.notes import Notes
from export.teacher import read_emotions, statistics


def chords(minor: bool, seed: int, count: int = 16) -> Notes:
    rng = np.random.default_rng(seed)
    root = int(rng.integers(45, 57))
    rows = []
    for k in range(count):
        chord = root + int(rng.choice((0, 5, 7)))
        rows += [(1.0 * k, k + 0.9, chord + i, int(rng.integers(60, 90))) for i in (0, 3 if minor else 4, 7)]
    return Notes.of(rows)


def test_transposing_changes_the_register_alone() -> None:
    notes = chords(True, 0)
    one, other = statistics(notes), statistics(replace(notes, pitch=notes.pitch + 5))
    moved = np.flatnonzero(~np.isclose(one, other, equal_nan=True, atol=1e-6))
    assert 0 < len(moved) < 25
    assert len(one) == len(other) > 100


def test_one_note_has_statistics_too() -> None:
    assert np.isinf(statistics(Notes.of([(0.0, 1.0, 60, 80)]))).sum() == 0


def test_pieces_are_read_by_a_teacher_that_never_saw_their_song() -> None:
    """Songs whose label contradicts their notes are read by their notes: their own label taught nothing."""
    pieces = [Piece(f"p{k}", f"s{k}", "train", 3 if k % 2 else 1, chords(bool(k % 2), k)) for k in range(60)]
    odd = Piece("odd", "odd", "train", 1, chords(True, 99))
    unlabelled = Piece("u", "u", "train", None, chords(True, 100))
    read = read_emotions([*pieces, odd, unlabelled])
    assert read["odd"][3] > 0.8
    assert read["u"][3] > 0.8
    assert all(row.sum() == pytest.approx(1.0, abs=1e-5) for row in read.values())
    assert np.mean([read[p.name].argmax() == p.emotion for p in pieces]) > 0.9
