"""A teacher that reads the score: how likely each emotion is, for pieces that it never learned from.

A label is one annotator panel's choice among four; the probabilities of a model that sees the notes themselves say how
clear that choice was, and the network that only hears them learns more from both (distillation with privileged
information, Lopez-Paz et al., ICLR 2016). The teacher reads 163 statistics of the whole piece.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from edge.features import Floats
from edge.types import EMOTIONS, MID_LEVEL
from export import midlevel
from export.corpora import Piece
from export.corpora.folds import grouped_folds
from export.kept import kept
from export.notes import STRUM_S, Notes

_READINGS = 5  # each labelled piece is judged by a teacher that learned from the other songs' four fifths
_DIATONIC = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11)).astype(float)


def read_emotions(pieces: list[Piece], cache: Path | None = None, seed: int = 0) -> dict[str, Floats]:
    """Return (4,) probabilities for each piece: the labelled ones as read by a teacher without their own song.

    Pieces without a label are read by a teacher of all labelled ones.
    """
    labelled = [p for p in pieces if p.emotion is not None]
    others = [p for p in pieces if p.emotion is None]
    x, y = _table(labelled, cache), np.array([p.emotion for p in labelled])
    folds = grouped_folds([p.song for p in labelled], y.tolist(), _READINGS, seed)
    found: dict[str, Floats] = {}
    for k in range(_READINGS):
        of_fold = [p for p, fold in zip(labelled, folds, strict=True) if fold == k]
        found |= _read(_fit(x[folds != k], y[folds != k], seed), of_fold, x[folds == k])
    return found | read_unseen(labelled, others, cache, seed) if others else found


def read_unseen(
    learned: list[Piece], unseen: list[Piece], cache: Path | None = None, seed: int = 0
) -> dict[str, Floats]:
    """Return (4,) probabilities for each of the `unseen` pieces, read by a teacher of all `learned` ones."""
    model = _fit(_table(learned, cache), np.array([p.emotion for p in learned]), seed)
    return _read(model, unseen, _table(unseen, cache))


def _table(pieces: list[Piece], cache: Path | None) -> NDArray[np.float64]:
    found = kept(cache, "statistics", {p.name: p.notes for p in pieces}, statistics, (midlevel, sys.modules[__name__]))
    return np.array([found[p.name] for p in pieces])


def _fit(x: NDArray[np.float64], y: NDArray[np.int_], seed: int) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.04, max_leaf_nodes=8, l2_regularization=5.0, max_features=0.2, random_state=seed
    )
    # its threads wait for each other at every split: where another program has a core, minutes instead of seconds
    with threadpool_limits(1, user_api="openmp"):
        return model.fit(x, y)


def _read(model: HistGradientBoostingClassifier, pieces: list[Piece], x: NDArray[np.float64]) -> dict[str, Floats]:
    table = np.zeros((len(pieces), len(EMOTIONS)), np.float32)
    table[:, model.classes_] = model.predict_proba(x)
    return {p.name: row for p, row in zip(pieces, table, strict=True)}


def statistics(notes: Notes) -> NDArray[np.float64]:
    """Return what the teacher reads: (n,) numbers, all but the register ones blind to transposition; NaN is missing.

    The mid-level values of the piece and of its windows; spread of velocity, pitch and length; density; melody and
    bass (the skyline, Uitdenbogerd & Zobel 1999, and its lower fellow); pitch classes in relation to the diatonic
    collection that fits best, to the bass and to themselves.
    """
    length_s = max(notes.length_s, 1.0)
    starts = np.arange(0.0, max(1.0, length_s - midlevel.WINDOW_S), midlevel.WINDOW_S / 2)
    windows = np.array([_of_score(notes, s, s + midlevel.WINDOW_S) for s in starts])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a value that no window has stays missing
        of_windows = [np.nanmean(windows, axis=0), np.nanstd(windows, axis=0)]
    group = np.cumsum(np.diff(notes.start_s, prepend=notes.start_s[:1]) > STRUM_S)
    onsets = notes.start_s[np.flatnonzero(np.diff(group, prepend=-1))]
    melody, bass = (np.full(group[-1] + 1, first) for first in (-1, 128))
    np.maximum.at(melody, group, notes.pitch)
    np.minimum.at(bass, group, notes.pitch)
    played_s, between_s = notes.end_s - notes.start_s, np.diff(onsets)
    weight = np.minimum(played_s, 2.0) * notes.velocity
    classes = _shares(notes.pitch % 12, weight, 12)
    key = int(np.argmax([np.roll(_DIATONIC, k) @ classes for k in range(12)]))
    return np.concatenate(
        [
            _of_score(notes, 0.0, length_s),
            *of_windows,
            *(_spread(v) for v in (notes.velocity, notes.pitch, np.log(played_s), melody, bass)),
            _spread(np.log(between_s)) if len(between_s) else np.full(5, np.nan),
            [np.log(len(notes) / length_s), np.log(len(onsets) / length_s), len(notes) / len(onsets)],
            *(_moves(line) for line in (melody, bass)),
            np.sort(classes)[::-1][:8],
            np.roll(classes, -key),
            np.roll(_shares(bass % 12, None, 12), -key),
            [classes @ np.roll(classes, k) for k in range(1, 7)],
            _shares((notes.pitch - bass[group]) % 12, weight, 12),
        ]
    )


def ten_statistics(notes: Notes) -> NDArray[np.float64]:
    """Return ten statistics of a piece's notes, the plain baseline: how many, how high, how loud, how long."""
    length_s = max(notes.length_s, 1.0)
    played_s, between_s = notes.end_s - notes.start_s, np.diff(notes.start_s)
    return np.array(
        [
            len(notes) / length_s,
            notes.pitch.mean(),
            notes.pitch.std(),
            np.ptp(notes.pitch),
            notes.velocity.mean(),
            notes.velocity.std(),
            played_s.mean(),
            played_s.sum() / length_s,  # how many sound at once
            between_s.std() if len(between_s) else 0.0,
            midlevel.of_notes(notes, 0.0, length_s)[MID_LEVEL.index("minorness")],
        ]
    )


def _of_score(notes: Notes, from_s: float, to_s: float) -> NDArray[np.float64]:
    """Return the mid-level values that notes alone can give: all but brightness."""
    return np.delete(midlevel.of_notes(notes, from_s, to_s), MID_LEVEL.index("brightness"))


def _spread(values: NDArray[np.float64] | NDArray[np.int_]) -> NDArray[np.float64]:
    return np.array([values.mean(), values.std(), *np.percentile(values, (10, 50, 90))])


def _moves(line: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return how a line moves: share of each size up to an octave, and of each pitch class it moves by."""
    moves = np.diff(line)
    return np.concatenate([_shares(np.minimum(np.abs(moves), 12), None, 13), _shares(moves % 12, None, 12)])


def _shares(of: NDArray[np.int_], weight: NDArray[np.float64] | None, count: int) -> NDArray[np.float64]:
    counts = np.bincount(of, weight, count).astype(float)
    return counts / max(float(counts.sum()), 1e-12)
