"""What a guitarist makes of a score: strings and frets, plucks and strums, what rings and what is damped.

Everything is drawn from one seed. Tempo and transposition change a little from one performance to the next: time
stretch and pitch shift keep the emotion, and of all changes helped most in Rossi et al. (2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.notes import HIGHEST, LOWEST, STRUM_S, Notes
from export.rendering.fretboard import REACH, Shapes, finger, shapes

LONGEST_S = 5.0  # a plucked string is hardly heard any longer
_SHORTEST_S = 0.04
_DAMP_BEFORE_PLUCK_S = 0.006  # the finger or the pick rests on the string before it plucks again
_STRUM_FROM = 4  # notes


@dataclass(frozen=True, slots=True)
class Style:
    """How one performance is played; each value is drawn once.

    Attributes
    ----------
    tempo : float
        Factor on the written tempo.
    transposition : int
        Semitones.
    let_ring : float
        0: every note is damped at its written end; 1: it rings for as long as string and hand allow.
    strum_chance : float
        Of a chord of four notes or more.
    strum_s : float
        Mean time between two strings of a strum.
    timing_s, velocity_deviation : float
        Standard deviations of the human error.
    melody_accent : float
        Velocity added to a chord's highest note.
    """

    tempo: float
    transposition: int
    let_ring: float
    strum_chance: float
    strum_s: float
    timing_s: float
    velocity_deviation: float
    melody_accent: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Style:
        return cls(
            tempo=float(np.exp(rng.uniform(np.log(0.92), np.log(1.09)))),
            transposition=int(rng.integers(-2, 3)),
            let_ring=float(rng.beta(0.9, 1.1)),
            strum_chance=float(rng.uniform(0.1, 0.9)),
            strum_s=float(np.exp(rng.uniform(np.log(0.007), np.log(0.02)))),
            timing_s=float(rng.uniform(0.004, 0.008)),
            velocity_deviation=float(rng.uniform(3.0, 6.0)),
            melody_accent=float(rng.uniform(0.0, 8.0)),
        )


@dataclass(frozen=True, slots=True)
class Performance:
    """What was played.

    Attributes
    ----------
    notes : Notes
        With their ends as they sound, ringing included.
    string : (n,) int
        0 is the lowest, E2.
    fret : (n,) int
        0 is the open string.
    shift_s : (k,) float64
        When the hand moved along the neck.
    style : Style
    """

    notes: Notes
    string: NDArray[np.int_]
    fret: NDArray[np.int_]
    shift_s: NDArray[np.float64]
    style: Style


def perform(notes: Notes, seed: int) -> Performance:
    """Play a score on a guitar in standard tuning: at most one note a string, one hand on the neck."""
    rng = np.random.default_rng(seed)
    style = Style.draw(rng)
    written = Notes(
        notes.start_s / style.tempo,
        notes.end_s / style.tempo,
        _within_range(notes.pitch + style.transposition),
        notes.velocity,
    )
    groups = _chords(written)
    chords, members = [], []
    for group in groups:
        chord = _distinct(written, group)
        found = shapes(tuple(written.pitch[chord].tolist()))
        chords.append(found)
        members.append(chord[list(found.source)])
    onset_s = np.array([written.start_s[g].min() for g in groups])
    chosen, hand = finger(chords, onset_s, [written.end_s[m] for m in members])
    gap_s = np.diff(onset_s, append=np.inf)
    plucked = [
        _pluck(rng, style, chord, int(shape), onset, gap, written.velocity[m])
        for chord, shape, onset, gap, m in zip(chords, chosen, onset_s, gap_s, members, strict=True)
    ]
    table = np.concatenate([*plucked, np.empty((0, 4))])  # start, string, fret, velocity
    pitch = np.concatenate([*(c.pitches for c in chords), np.empty(0)]).astype(int)
    index = np.concatenate([*members, np.empty(0)]).astype(int)
    chord_of = np.repeat(np.arange(len(chords)), [len(c.pitches) for c in chords])
    start = _one_after_another(table[:, 0], table[:, 1].astype(int))
    end = _ends(style, written, index, chord_of, onset_s, hand, start, table[:, 1].astype(int), table[:, 2].astype(int))
    order = np.lexsort((pitch, start))
    played = Notes(start[order], end[order], pitch[order], table[order, 3].astype(int))
    shift_s = onset_s[1:][np.diff(hand) != 0]
    return Performance(played, table[order, 1].astype(int), table[order, 2].astype(int), shift_s, style)


def _within_range(pitch: NDArray[np.int_]) -> NDArray[np.int_]:
    pitch = np.where(pitch < LOWEST, LOWEST + (pitch - LOWEST) % 12, pitch)
    return np.where(pitch > HIGHEST, HIGHEST - (HIGHEST - pitch) % 12, pitch)


def _chords(notes: Notes) -> list[NDArray[np.int_]]:
    """Return the indices of the notes that begin together, within `STRUM_S` of the first of them."""
    groups: list[list[int]] = []
    first = -np.inf
    for k, start in enumerate(notes.start_s.tolist()):
        if start - first > STRUM_S:
            groups.append([])
            first = start
        groups[-1].append(k)
    return [np.array(g) for g in groups]


def _distinct(notes: Notes, group: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return the indices with ascending pitch; of two alike, the longer one."""
    order = group[np.lexsort((-notes.end_s[group], notes.pitch[group]))]
    return order[np.append(True, np.diff(notes.pitch[order]) > 0)]


def _pluck(
    rng: np.random.Generator,
    style: Style,
    chord: Shapes,
    shape: int,
    onset_s: float,
    gap_s: float,
    velocity: NDArray[np.int_],
) -> NDArray[np.float64]:
    """Return (notes, 4): start, string, fret, velocity."""
    n = len(chord.pitches)
    loud = velocity + rng.normal(0.0, style.velocity_deviation, n)
    loud[-1] += style.melody_accent
    onset_s += rng.normal(0.0, style.timing_s)
    if n >= _STRUM_FROM and rng.random() < style.strum_chance:
        step_s = min(style.strum_s * rng.lognormal(0.0, 0.2), 0.03, 0.4 * gap_s / n)
        turn = np.arange(n) if rng.random() < 0.75 else np.arange(n)[::-1]  # down: from the lowest string
        late_s = step_s * (turn * rng.uniform(0.9, 1.1, n) - 0.4 * n)
        loud -= 1.5 * turn  # the hand loses way
    else:
        late_s = np.abs(rng.normal(0.0, 0.004, n))
    start = onset_s + late_s
    start += max(0.0, -float(start.min()))  # nothing begins before the recording
    return np.stack([start, chord.strings[shape], chord.frets[shape], np.clip(loud, 8, 127)], axis=1)


def _one_after_another(start_s: NDArray[np.float64], string: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return the starts such that no jitter lets a string's notes change places."""
    out = start_s.copy()
    for s in range(6):
        on = np.flatnonzero(string == s)
        room = np.arange(len(on)) * (_SHORTEST_S / 2 + _DAMP_BEFORE_PLUCK_S)
        out[on] = np.maximum.accumulate(start_s[on] - room) + room
    return out


def _ends(
    style: Style,
    written: Notes,
    index: NDArray[np.int_],
    chord_of: NDArray[np.int_],
    onset_s: NDArray[np.float64],
    hand: NDArray[np.int_],
    start: NDArray[np.float64],
    string: NDArray[np.int_],
    fret: NDArray[np.int_],
) -> NDArray[np.float64]:
    """Return when each note stops: damped at its written end, or rung on until string or hand is needed again."""
    until = start + LONGEST_S
    for s in range(6):
        on = np.flatnonzero(string == s)
        until[on[:-1]] = np.minimum(until[on[:-1]], start[on[1:]] - _DAMP_BEFORE_PLUCK_S)
    until = np.minimum(until, _hand_leaves(chord_of, onset_s, hand, fret))
    length = (written.end_s - written.start_s)[index]
    gap = np.diff(onset_s, append=np.inf)[chord_of]
    held = np.clip((length / np.minimum(gap, 1.5) - 0.45) / 0.4, 0.0, 1.0)  # 0: clearly detached, 1: legato
    ring = style.let_ring * held * np.where(fret == 0, 1.0, 0.7)
    damped = np.minimum(start + np.maximum(length, _SHORTEST_S), until)
    return np.maximum(damped + ring * (until - damped), start + _SHORTEST_S / 2)


def _hand_leaves(
    chord_of: NDArray[np.int_], onset_s: NDArray[np.float64], hand: NDArray[np.int_], fret: NDArray[np.int_]
) -> NDArray[np.float64]:
    """Return when the hand moves to where the note's fret is out of reach; never, for an open string."""
    leaves = np.full(len(fret), np.inf)
    for k in np.flatnonzero(fret > 0):
        later = hand[chord_of[k] + 1 :]
        gone = (fret[k] < later) | (fret[k] > later + REACH)
        if gone.any():
            leaves[k] = onset_s[chord_of[k] + 1 + int(gone.argmax())] - _DAMP_BEFORE_PLUCK_S
    return leaves
