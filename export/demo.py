"""The demo take: a small seeded composer improvises four passages, and a sampled CC0 guitar plays them.

It is what a new Affetto hears before a guitar is plugged in. The passages follow what performers do to be understood
(Juslin & Laukka 2003): relaxed is slow, soft and let ring; happy is fast, loud, bright and major; sad is slow, soft,
low and minor; aggressive is fast, loud, low and chromatic.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from export.notes import Notes
from export.rendering.render import TAIL_S, Renderer

RATE_HZ = 44100
GUITAR = "emily"
_RMS_DBFS, _PEAK_DBFS = -20.0, -1.2
_TIMING_S = 0.008  # standard deviation of a steady player's onsets
_STRUM_S = 0.014  # from one string to the next

Rows = list[tuple[float, float, int, int]]

# fingerings as MIDI notes, lowest string first
CHORDS = {
    "C": (48, 52, 55, 60, 64),
    "Cmaj7": (48, 52, 55, 59, 64),
    "D": (50, 57, 62, 66),
    "G": (43, 47, 50, 55, 59, 67),
    "Gmaj7": (43, 50, 54, 59, 62),
    "A": (45, 52, 57, 61, 64),
    "E7": (40, 47, 50, 56, 59, 64),
    "Am": (45, 52, 57, 60, 64),
    "Dm": (50, 57, 62, 65),
    "F": (41, 48, 53, 57, 60, 65),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the take: what it means to express, and when."""

    emotion: str
    from_s: float
    to_s: float


class Player:
    """Writes down notes as hands would play them: never quite on the beat, never twice as loud."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rows: Rows = []

    def pluck(self, at_s: float, length_s: float, pitch: int, velocity: float) -> None:
        at = max(0.0, at_s + self.rng.normal(0.0, _TIMING_S))
        loudness = int(np.clip(velocity + self.rng.normal(0.0, 4.0), 15, 127))
        self.rows.append((at, at + max(0.06, length_s * self.rng.uniform(0.95, 1.03)), pitch, loudness))

    def strum(self, at_s: float, length_s: float, chord: tuple[int, ...], velocity: float, up: bool = False) -> None:
        strings = chord[::-1][:4] if up else chord
        for k, pitch in enumerate(strings):
            self.pluck(at_s + k * _STRUM_S, length_s - k * _STRUM_S, pitch, velocity - (6 if up else 0) - 2 * k)

    def relaxed(self, at_s: float, beat_s: float) -> float:
        """Fingerpicked arpeggios that ring on, with a quiet melody note now and then."""
        for name in ("Gmaj7", "Cmaj7", "Gmaj7", "Cmaj7", "G", "Cmaj7", "D", "Cmaj7", "Gmaj7"):
            chord = CHORDS[name]
            order = [0, -3, -2, -1, -2, -3]  # thumb, then three fingers up and down
            for k, string in enumerate(order):
                start = at_s + k * beat_s / 2
                self.pluck(start, (len(order) - k + 0.6) * beat_s / 2, chord[string], 52 if k == 0 else 42)
            if self.rng.random() < 0.6:
                self.pluck(at_s + beat_s, 2 * beat_s, int(self.rng.choice([71, 74, 76])), 49)
            at_s += 3 * beat_s
        return at_s

    def happy(self, at_s: float, beat_s: float) -> float:
        """Bright strums, down on the beat and up between, under a tune on the top strings."""
        tune = (71, 74, 76, 74, 79, 76, 74, 71)
        for name in ("G", "C", "G", "D", "G", "C", "D", "G"):
            chord = CHORDS[name]
            for k, hit in enumerate("D-DU-UDU"):
                if hit != "-":
                    accent = 12 if k in (0, 6) else 0
                    self.strum(at_s + k * beat_s / 2, 0.42 * beat_s, chord, 84 + accent, up=hit == "U")
            first = int(self.rng.integers(4))
            for k in range(4):
                note = tune[(first + k) % 8]
                near = min((p + 12 for p in chord), key=lambda p, n=note: abs(p - n))
                self.pluck(at_s + k * beat_s, 0.8 * beat_s, near if k % 2 == 0 else note, 104)
            at_s += 4 * beat_s
        return at_s

    def sad(self, at_s: float, beat_s: float) -> float:
        """A low slow line over single bass notes, falling by step."""
        for name, falling in (("Am", (60, 59, 57)), ("Dm", (57, 56, 53)), ("Am", (60, 57, 52)), ("Am", (57, 52, 48))):
            chord = CHORDS[name]
            self.pluck(at_s, 3.9 * beat_s, chord[0], 46)
            self.pluck(at_s + 0.5 * beat_s, 3.3 * beat_s, chord[1], 34)
            for k, pitch in enumerate(falling):
                self.pluck(at_s + (1 + k) * beat_s, 1.5 * beat_s, pitch, 48 - 4 * k)
            at_s += 4 * beat_s
        return at_s

    def aggressive(self, at_s: float, beat_s: float) -> float:
        """Driving low notes and power chords that jump by semitones and tritones."""
        for bar in range(10):
            roots = (0, 0, 1, 0, 6, 5, 0, 1) if bar % 2 == 0 else (0, 0, 3, 0, 1, 0, 6, 7)
            for k in range(16):
                start, root = at_s + k * beat_s / 4, 40 + roots[k // 2]
                if k % 4 == 0 or (k % 4 == 2 and self.rng.random() < 0.5):
                    self.strum(start, 0.24 * beat_s, (root, root + 7, root + 12), 122)
                elif k % 4 != 3 or self.rng.random() < 0.8:
                    self.pluck(start, 0.2 * beat_s, root, 108)
            at_s += 4 * beat_s
        return at_s


def compose(seed: int = 7) -> tuple[Notes, list[Passage]]:
    """Return the notes of the take and its four passages; the same seed gives the same notes."""
    player, at_s = Player(seed), 0.15
    passages = []
    # a loud passage first: what is soft shows only beside it
    for emotion, beats_per_minute in (("happy", 132), ("relaxed", 104), ("aggressive", 152), ("sad", 62)):
        end_s = getattr(player, emotion)(at_s, 60.0 / beats_per_minute)
        passages.append(Passage(emotion, at_s, end_s))
        at_s = end_s + 0.25
    return Notes.of(player.rows), passages


def record(notes: Notes, guitar: str = GUITAR) -> NDArray[np.float32]:
    """Return the take, mono at `RATE_HZ`, -20 dBFS on average; what rings on after its end rings into its beginning.

    Peaks are bent softly below -1.2 dBFS, as an amplifier's valve would.
    """
    sound = Renderer(guitar, RATE_HZ).play(notes, seed=1)
    tail = round(TAIL_S * RATE_HZ)
    loop = sound[:-tail].copy()
    loop[:tail] += sound[-tail:] * np.linspace(1.0, 0.0, tail, dtype=np.float32)
    ceiling = 10.0 ** (_PEAK_DBFS / 20.0)
    for _ in range(3):  # bending takes level away: come closer to the wanted level from below
        loop *= 10.0 ** (_RMS_DBFS / 20.0) / np.sqrt(np.mean(np.square(loop)))
        loop = np.asarray(ceiling * np.tanh(loop / ceiling), np.float32)
    return loop


def write(path: Path, guitar: str = GUITAR, seed: int = 7) -> list[Passage]:
    """Compose, play and save the take; return its passages."""
    notes, passages = compose(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, record(notes, guitar), RATE_HZ)
    return passages
