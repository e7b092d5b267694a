"""From notes to the sound of a guitar: General MIDI guitars by FluidSynth, sampled guitars by a small SFZ player.

Both are dry (no reverb, no chorus) and deterministic: the same notes, guitar and seed give the same samples.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from export.corpora.folder import data_folder
from export.notes import CorpusError, Notes
from export.rendering.equalizer import high_shelf
from export.rendering.fluidsynth import SOUNDFONT, FluidSynth
from export.rendering.guitarist import Performance, perform
from export.rendering.recording import Rig
from export.rendering.sfz import Sampler

__all__ = ["GUITARS", "SOUNDFONT", "Renderer", "render_take"]

GENERAL_MIDI = {"nylon": 24, "steel": 25, "jazz": 26, "clean": 27}
"""Guitars of the General MIDI standard by program number, counted from 0."""

SAMPLED = {
    "spanish": "guitars/spanish-classical/SpanishClassicalGuitar-20190618.sfz",
    "emily": "guitars/emily/emily_basic.sfz",
}
"""Sampled CC0 guitars, below the data folder."""

GUITARS = (*GENERAL_MIDI, *SAMPLED)
TAIL_S = 1.0  # sound kept after the last note's end

_RELEASE_TIMECENTS = {"nylon": -2400.0, "steel": -4800.0, "jazz": 1200.0, "clean": -2400.0}
"""Measured: a note then falls by some 40 dB in 0.1 to 0.2 s, as under a damping hand; as shipped, in 0.03 to 3 s."""

_LOUD_PEAK_DB = {"nylon": -2.5, "steel": -8.0, "jazz": -3.5, "clean": -11.0, "spanish": 7.0, "emily": -1.0}
"""Measured: peak of loud passages as `Renderer.play` gives them."""

_VOICING: dict[str, tuple[tuple[float, float], ...]] = {
    "steel": ((1500.0, -5.0), (180.0, -3.0)),
    "jazz": ((900.0, -5.0),),
    "clean": ((250.0, -9.0), (1500.0, -3.0)),
}
"""Shelves, as Hz and dB above it, that bring the long-term spectra of some instruments nearer to real guitars'."""

_TOUCH = 0.75
"""Exponent on the velocity: instruments that follow its square span more loudness than a guitarist's hand."""

_LONGEST_RELEASE_S = 0.3
_FINGER_NOISE = {"emily": 90}
"""Key on which an instrument keeps the noises of a hand that moves."""


class Renderer:
    """Plays notes on one guitar."""

    def __init__(self, guitar: str, rate_hz: int = 22050) -> None:
        if guitar not in GUITARS:
            raise CorpusError(f"guitar {guitar!r} is not known; choose one of {', '.join(GUITARS)}")
        self.guitar, self.rate_hz = guitar, rate_hz
        self._instrument: Sampler | FluidSynth
        if guitar in SAMPLED:
            self._instrument = Sampler(data_folder() / SAMPLED[guitar], rate_hz, _LONGEST_RELEASE_S)
        else:
            self._instrument = FluidSynth(GENERAL_MIDI[guitar], rate_hz, _RELEASE_TIMECENTS[guitar])

    def play(self, notes: Notes, seed: int = 0, string: NDArray[np.int_] | None = None) -> NDArray[np.float32]:
        """Return mono samples at `rate_hz` from time 0 to a second after the last note.

        `seed` chooses among a sampled guitar's alternative takes of a note (round robin) and how far the strings of
        the others are out of tune. `string`, (n,), is where each note is played; without it, all are on one.
        """
        n = round((notes.length_s + TAIL_S) * self.rate_hz)
        if self.guitar != "emily":  # whose layers were played by a hand
            notes = replace(notes, velocity=np.rint(127 * (notes.velocity / 127) ** _TOUCH).astype(int))
        if isinstance(self._instrument, Sampler):
            sound = self._instrument.play(notes, seed)
        else:
            cents = np.random.default_rng(seed).normal(0.0, 3.0, 6)
            if string is None:
                string, cents = np.zeros(len(notes), int), np.zeros(6)
            sound = self._instrument.play(notes, string, cents, notes.length_s + TAIL_S)
        if self.guitar in _VOICING:
            shelves = [high_shelf(hz, db, self.rate_hz) for hz, db in _VOICING[self.guitar]]
            sound = signal.sosfilt(np.array(shelves), sound)
        return np.pad(sound[:n], (0, max(0, n - len(sound)))).astype(np.float32)

    @property
    def gain(self) -> np.float32:
        """Brings the peaks of loud passages to about full scale."""
        return np.float32(10.0 ** (-_LOUD_PEAK_DB[self.guitar] / 20.0))

    def noises(self, performance: Performance, seed: int) -> NDArray[np.float32] | None:
        """Return the fingers' noises as the hand moves, where the instrument has any."""
        if self.guitar not in _FINGER_NOISE or not isinstance(self._instrument, Sampler):
            return None
        start = np.maximum(performance.shift_s - 0.25, 0.0)  # the noise is loudest 0.28 s after its beginning
        key, velocity = np.full(len(start), _FINGER_NOISE[self.guitar]), np.full(len(start), 127)
        return self._instrument.play(Notes(start, start + 0.4, key, velocity), seed)


def render_take(
    notes: Notes, guitar: str | Renderer, seed: int, rig: Rig | None = None
) -> tuple[Performance, NDArray[np.float32]]:
    """Return what a guitarist plays of a score and its recording; `seed` fixes all of it.

    A `Renderer` may be given for the guitar: a sampled one keeps its pitched notes for the next take. Without a `rig`,
    one is drawn.
    """
    renderer = guitar if isinstance(guitar, Renderer) else Renderer(guitar)
    performance = perform(notes, seed)
    if rig is None:
        rig = Rig.draw(np.random.default_rng([seed, 1]), renderer.guitar)
    played = _slowed(performance, rig.speed)
    sound = renderer.play(played.notes, seed, played.string)
    noises = renderer.noises(played, seed)
    if noises is not None:
        n = min(len(sound), len(noises))
        sound[:n] += noises[:n]
    sound *= renderer.gain
    return performance, rig.record(sound, renderer.rate_hz)


def _slowed(performance: Performance, factor: float) -> Performance:
    """Return the performance as it must be played for a rig that speeds it up."""
    notes = performance.notes
    slow = replace(notes, start_s=notes.start_s * factor, end_s=notes.end_s * factor)
    return replace(performance, notes=slow, shift_s=performance.shift_s * factor)
