"""From notes to the sound of a guitar: General MIDI guitars by FluidSynth, sampled guitars by a small SFZ player.

Both are dry (no reverb, no chorus) and deterministic: the same notes, guitar and seed give the same samples.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from numpy.typing import NDArray

from export.corpora.folder import data_folder
from export.notes import CorpusError, Notes
from export.rendering.sfz import Sampler

GENERAL_MIDI = {"nylon": 24, "steel": 25, "jazz": 26, "clean": 27}
"""Guitars of the General MIDI standard by program number, counted from 0."""

SAMPLED = {
    "spanish": "guitars/spanish-classical/SpanishClassicalGuitar-20190618.sfz",
    "emily": "guitars/emily/emily_clean.sfz",
}
"""Sampled CC0 guitars, below the data folder."""

GUITARS = (*GENERAL_MIDI, *SAMPLED)
SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TAIL_S = 1.0  # sound kept after the last note's end


class Renderer:
    """Plays notes on one guitar."""

    def __init__(self, guitar: str, rate_hz: int = 22050) -> None:
        if guitar not in GUITARS:
            raise CorpusError(f"guitar {guitar!r} is not known; choose one of {', '.join(GUITARS)}")
        self.guitar, self.rate_hz = guitar, rate_hz
        self._sampler = Sampler(data_folder() / SAMPLED[guitar], rate_hz) if guitar in SAMPLED else None

    def play(self, notes: Notes, seed: int = 0) -> NDArray[np.float32]:
        """Return mono samples at `rate_hz` from time 0 to a second after the last note.

        `seed` chooses among a sampled guitar's alternative takes of a note (round robin).
        """
        n = round((notes.length_s + TAIL_S) * self.rate_hz)
        sound = self._sampler.play(notes, seed) if self._sampler else self._fluidsynth(notes)
        return np.pad(sound[:n], (0, max(0, n - len(sound)))).astype(np.float32)

    def _fluidsynth(self, notes: Notes) -> NDArray[np.float32]:
        if shutil.which("fluidsynth") is None or not SOUNDFONT.is_file():
            raise CorpusError(f"fluidsynth or {SOUNDFONT} is missing; install fluidsynth and fluid-soundfont-gm")
        midi = pretty_midi.PrettyMIDI(resolution=960)
        part = pretty_midi.Instrument(GENERAL_MIDI[self.guitar])
        part.notes = [pretty_midi.Note(v, p, start, end) for start, end, p, v in notes.rows()]
        midi.instruments.append(part)
        with tempfile.TemporaryDirectory() as folder:
            score, sound = f"{folder}/score.mid", f"{folder}/sound.wav"
            midi.write(score)
            options = ["-ni", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(self.rate_hz), "-O", "float"]
            options += ["-o", "synth.dynamic-sample-loading=1", "-F", sound]  # loads the guitar alone: 2 times faster
            done = subprocess.run(
                ["fluidsynth", *options, str(SOUNDFONT), score], capture_output=True, text=True, check=False
            )
            if done.returncode or not Path(sound).is_file():
                raise CorpusError(f"fluidsynth could not render on {self.guitar}: {done.stderr.strip()[-200:]}")
            return soundfile.read(sound, dtype="float32")[0].mean(axis=1)
