"""The notes of a piece: what a score or an annotation says, before any sound is made of it."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pretty_midi
from numpy.typing import NDArray

from edge.errors import AffettoError

LOWEST, HIGHEST = 40, 86  # MIDI notes of a guitar in standard tuning, E2 to the 22nd fret, D6
STRINGS = 6
STRUM_S = 0.04
"""Onsets closer than this are one movement of the hand: a strum, or a chord that is plucked."""


class CorpusError(AffettoError):
    """A corpus, a score or an instrument is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes in the order of their onsets.

    Attributes
    ----------
    start_s, end_s : (n,) float64
        Onset and end, in seconds.
    pitch : (n,) int
        MIDI note number; 69 is A4, 440 Hz.
    velocity : (n,) int
        1 to 127.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    pitch: NDArray[np.int_]
    velocity: NDArray[np.int_]

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def length_s(self) -> float:
        """Time of the last note's end."""
        return float(self.end_s.max(initial=0.0))

    @classmethod
    def of(cls, rows: list[tuple[float, float, int, int]]) -> Notes:
        """Build from (start_s, end_s, pitch, velocity) in any order."""
        table = np.array(sorted(rows), float).reshape(-1, 4)
        return cls(table[:, 0], table[:, 1], table[:, 2].astype(int), table[:, 3].astype(int))

    def window(self, from_s: float, to_s: float) -> Notes:
        """Return the notes that begin in [from_s, to_s); they keep their whole length."""
        keep = (self.start_s >= from_s) & (self.start_s < to_s)
        return Notes(self.start_s[keep], self.end_s[keep], self.pitch[keep], self.velocity[keep])

    def rows(self) -> list[tuple[float, float, int, int]]:
        return list(
            zip(self.start_s.tolist(), self.end_s.tolist(), self.pitch.tolist(), self.velocity.tolist(), strict=True)
        )


def read_midi(source: Path | bytes) -> Notes:
    """Read all pitched notes of a MIDI file; pedals are left out, since a guitar has none."""
    try:
        midi = pretty_midi.PrettyMIDI(io.BytesIO(source) if isinstance(source, bytes) else str(source))
    except Exception as error:  # pretty_midi and mido raise many kinds
        name = "the MIDI data" if isinstance(source, bytes) else str(source)
        raise CorpusError(f"{name}: no MIDI file that can be read ({error}); fetch it again") from error
    return Notes.of(
        [
            (n.start, n.end, n.pitch, n.velocity)
            for instrument in midi.instruments
            if not instrument.is_drum
            for n in instrument.notes
        ]
    )


def read_jams(source: Path | bytes) -> Notes:
    """Read the notes of a GuitarSet annotation, namespace `note_midi`; it holds no velocities, so all are 80."""
    raw = source if isinstance(source, bytes) else source.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    rows = [
        (note["time"], note["time"] + note["duration"], round(note["value"]), 80)
        for annotation in json.loads(raw)["annotations"]
        if annotation["namespace"] == "note_midi"
        for note in annotation["data"]
    ]
    return Notes.of(rows)


def for_guitar(notes: Notes) -> Notes:
    """Return what a guitarist could play of it: octaves moved into the guitar's range, six strings at once.

    A note that falls on one that sounds at the same pitch ends it; a seventh note ends the oldest.
    """
    rows: list[list[float]] = []
    sounding: list[int] = []
    for start, end, pitch, velocity in notes.rows():
        while pitch < LOWEST:
            pitch += 12
        while pitch > HIGHEST:
            pitch -= 12
        sounding = [k for k in sounding if rows[k][1] > start]
        same = [k for k in sounding if rows[k][2] == pitch]
        if any(rows[k][0] == start for k in same):  # an octave doubling that fell on its fellow
            continue
        ended = same or (sounding[:1] if len(sounding) >= STRINGS else [])
        for k in ended:
            rows[k][1] = start
            sounding.remove(k)
        sounding.append(len(rows))
        rows.append([start, max(end, start + 0.05), pitch, velocity])
    return Notes.of([(r[0], r[1], int(r[2]), int(r[3])) for r in rows if r[1] > r[0]])
