"""Where on the fretboard notes can be stopped, and which of those places a hand finds easiest.

A chord is tried on every choice of strings that keeps low notes on low strings; a Viterbi search through the piece
then weighs the hand's travel against strings cut short, as in Sayegh (1989), "Fingering for string instruments with
the optimum path paradigm".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

OPEN_STRINGS = (40, 45, 50, 55, 59, 64)
"""MIDI notes of the open strings, E2 A2 D3 G3 B3 E4: string 0 is the lowest."""

FRETS = 22
REACH = 4
"""Frets between index and little finger; open strings need no finger."""

_FINGERS = 4
_OPEN = np.array(OPEN_STRINGS)
_CHOICES = {n: np.array(list(combinations(range(6), n))) for n in range(1, 7)}
_NONE = 99  # lowest fret of a shape that stops no string

# weights of the search, in frets of travel
_HEIGHT, _SPREAD, _HIGH_ON_LOW, _CUT_PER_S, _RELEASED = 0.06, 0.35, 0.02, 4.0, 1.5


@dataclass(frozen=True, slots=True)
class Shapes:
    """All ways to stop one chord.

    Attributes
    ----------
    pitches : tuple of int
        Ascending; what is left of the chord, some of it moved by octaves.
    source : tuple of int
        Position in the wanted chord of each of `pitches`.
    strings, frets : (shapes, notes) int
    low, high : (shapes,) int
        Lowest and highest stopped fret; `low` is 99 and `high` 0 where every string is open.
    cost : (shapes,) float
        Discomfort of the shape itself.
    used : (shapes, 6) bool
    """

    pitches: tuple[int, ...]
    source: tuple[int, ...]
    strings: NDArray[np.int_]
    frets: NDArray[np.int_]
    low: NDArray[np.int_]
    high: NDArray[np.int_]
    cost: NDArray[np.float64]
    used: NDArray[np.bool_]


@lru_cache(maxsize=65536)
def shapes(wanted: tuple[int, ...]) -> Shapes:
    """Return the shapes of a chord of ascending pitches within the guitar's range.

    What no hand can stop is moved by octaves, inner voices first, or else left out: the melody is kept, then the bass.
    """
    chord = list(enumerate(wanted))
    while True:
        if len(chord) <= 6:
            for candidate in _moved_by_octaves(chord):
                found = _reachable(candidate)
                if found is not None:
                    return found
        chord.pop(1 if len(chord) > 2 else 0)


def _moved_by_octaves(chord: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the chord itself, then versions with one note an octave away, inner voices before the bass."""
    found = [chord]
    taken = {pitch for _, pitch in chord}
    for k in [*range(1, len(chord) - 1), 0][: len(chord) - 1]:
        for octave in (12, -12, 24):
            pitch = chord[k][1] + octave
            if OPEN_STRINGS[0] <= pitch < chord[-1][1] and pitch not in taken:
                found.append(sorted([*chord[:k], (chord[k][0], pitch), *chord[k + 1 :]], key=lambda note: note[1]))
    return found


def _reachable(chord: list[tuple[int, int]]) -> Shapes | None:
    source, pitches = zip(*chord, strict=True)
    strings = _CHOICES[len(pitches)]
    frets = np.array(pitches) - _OPEN[strings]
    stopped = frets > 0
    low, high = np.where(stopped, frets, _NONE).min(axis=1), frets.max(axis=1)
    above = (frets > low[:, None]).sum(axis=1)
    fingers = stopped.sum(axis=1)
    barre = (above < _FINGERS) & stopped.all(axis=1)  # the index finger lies across: no string below it is open
    fits = (frets.min(axis=1) >= 0) & (high <= FRETS) & (high - low <= REACH) & ((fingers <= _FINGERS) | barre)
    if not fits.any():
        return None
    strings, frets, low, high = strings[fits], frets[fits], low[fits], high[fits]
    used = np.zeros((len(strings), 6), bool)
    np.put_along_axis(used, strings, True, axis=1)
    cost = _SPREAD * np.maximum(high - low, 0) + _HIGH_ON_LOW * (frets * (5 - strings)).sum(axis=1)
    return Shapes(pitches, source, strings, frets, low, high, cost, used)


def finger(
    chords: list[Shapes], onset_s: NDArray[np.float64], written_end_s: list[NDArray[np.float64]]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return for each chord the shape that is chosen and the fret of the index finger, by dynamic programming.

    Parameters
    ----------
    chords : list of Shapes
    onset_s : (chords,) float
    written_end_s : list of (notes,) float
        Ends of each chord's notes, in the order of `Shapes.pitches`.
    """
    hand, total = np.array([2]), np.zeros(1)
    until, stopped = np.zeros((1, 6)), np.zeros((1, 6), bool)  # written end of what each string sounds; on a fret?
    came_from, hands = [], []
    for k, chord in enumerate(chords):
        wait_s = onset_s[k] - onset_s[k - 1] if k else 1.0
        placed = np.maximum(np.minimum(hand[:, None], chord.low), chord.high - REACH)  # (before, now)
        travel = np.abs(placed - hand[:, None])
        left_s = np.clip(until - onset_s[k], 0.0, 1.0)
        cut = left_s @ chord.used.T * _CUT_PER_S
        cut += (travel > 0) * _RELEASED * (left_s * stopped).sum(axis=1)[:, None]
        cost = total[:, None] + travel * (0.3 + 0.25 / (wait_s + 0.15)) + _HEIGHT * placed + chord.cost + cut
        best = cost.argmin(axis=0)
        shape = np.arange(len(best))
        total, hand = cost[best, shape], placed[best, shape]
        until = np.where(chord.used, 0.0, until[best])
        stopped = stopped[best] & ~chord.used
        np.put_along_axis(until, chord.strings, np.broadcast_to(written_end_s[k], chord.strings.shape), axis=1)
        np.put_along_axis(stopped, chord.strings, chord.frets > 0, axis=1)
        came_from.append(best)
        hands.append(hand)
    chosen, index_fret = np.zeros(len(chords), int), np.zeros(len(chords), int)
    at = int(total.argmin()) if chords else 0
    for k in reversed(range(len(chords))):
        chosen[k], index_fret[k] = at, hands[k][at]
        at = int(came_from[k][at])
    return chosen, index_fret
