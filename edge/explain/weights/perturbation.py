"""What the network would say if parts of the sound were quieter, computed from features instead of from sound.

Both filterbanks of the front end are linear in power until the logarithm. So the power that each part puts into each
band is computed once, and what any mixture of the parts gives is a sum of these. Parts are turned down in the power of
the short-time Fourier transform, the same that `Spectrogram.sound` makes sound of: what is explained is what is heard.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.band_power import BandPower
from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.features import MEL_FLOOR, PITCH_FLOOR, Steps, network_inputs, to_db

Floats = NDArray[np.float32]

_THREADS = min(4, os.cpu_count() or 1)
_BATCH = 8  # windows at a time: more is not faster, and less memory is kind to a small board


class Perturbation:
    """The network as a function of which parts of a window sound.

    Parameters
    ----------
    hearing : Hearing
        Of the spectrogram's excerpt.
    spectrogram : Spectrogram
    parts : Parts

    Attributes
    ----------
    parts : Parts
    original : (window_steps, 11) float32
        The evidence for the sound as it was played.
    emotion_weights : (4, 11) float64
        From evidence to the logits of the emotions.
    step_ends_s : (window_steps,) float64
        When each step ends, in seconds of the recording.
    memory_s : float
        How far back the evidence of a step can hear.
    calls : int
        Windows that the network has been shown.
    """

    def __init__(self, hearing: Hearing, spectrogram: Spectrogram, parts: Parts) -> None:
        self._model = model = hearing.model
        self.parts = parts
        excerpt, self._settings = spectrogram.excerpt, spectrogram.settings
        s = self._settings
        self.emotion_weights = model.contract.emotion_weights
        self.step_ends_s = excerpt.window_s(s)[0] + np.arange(1, excerpt.window_steps + 1) / s.steps_per_second
        self.memory_s = (model.contract.receptive_steps * s.step + s.pitch_frame) / s.rate_hz
        self._reference = excerpt.reference_dbfs[excerpt.context_steps :]
        self._past, self.original = hearing.past, hearing.original
        self._bands = BandPower(spectrogram, parts)
        self.calls = 1

    @property
    def steps(self) -> int:
        """Steps of the window."""
        return len(self.step_ends_s)

    def evidence(self, on: NDArray[np.bool_]) -> Floats:
        """Return the evidence, (n, window_steps, 11), when only the parts in `on`, (n, parts), sound in full."""
        return self.evidence_of_gains(np.where(on, 1.0, 10.0 ** (QUIET_DB / 20.0)))

    def evidence_of_gains(self, gains: NDArray[np.floating]) -> Floats:
        """Return the evidence, (n, window_steps, 11), with each part multiplied by its gain, (n, parts)."""
        self.calls += len(gains)
        batches = [gains[k : k + _BATCH] for k in range(0, len(gains), _BATCH)]
        with ThreadPoolExecutor(_THREADS) as pool:  # numpy and onnxruntime let other threads run meanwhile
            return np.concatenate(list(pool.map(self._evidence, batches)))

    def _evidence(self, gains: NDArray[np.floating]) -> Floats:
        return self._model.evidence(*self._inputs(gains), self._past)

    def _inputs(self, gains: NDArray[np.floating]) -> tuple[Floats, Floats]:
        s = self._settings
        mel, pitch = self._bands.of_gains(np.asarray(gains, np.float32))
        n, steps = pitch.shape[:2]
        heard = Steps(
            to_db(mel, MEL_FLOOR).reshape(n * steps, s.hops_per_step, s.mel_bands),
            to_db(pitch, PITCH_FLOOR).reshape(n * steps, s.pitch_bins),
            np.empty(n * steps, np.float32),
        )
        mel, pitch = network_inputs(heard, np.tile(self._reference, n), s)
        return mel.reshape(n, steps, s.hops_per_step, s.mel_bands), pitch.reshape(n, steps, s.pitch_bins)
