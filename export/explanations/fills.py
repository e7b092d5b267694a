"""What "off" may mean: parts weaker by some dB, or replaced by what their band usually holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.band_power import BandPower
from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.perturbation import Perturbation

Floats = NDArray[np.float32]

BAND_MEAN = "band mean"
FILLS: tuple[float | str, ...] = (-10.0, -15.0, -20.0, QUIET_DB, -30.0, -40.0, BAND_MEAN)


class FilledPerturbation(Perturbation):
    """A perturbation whose parts, when off, are so many dB weaker, or `BAND_MEAN`."""

    def __init__(self, hearing: Hearing, spectrogram: Spectrogram, parts: Parts, fill: float | str) -> None:
        super().__init__(hearing, spectrogram, parts)
        self._gain = 0.0 if isinstance(fill, str) else 10.0 ** (fill / 20.0)
        if isinstance(fill, str):
            self._bands = _BandMean(spectrogram, parts)

    def evidence(self, on: NDArray[np.bool_]) -> Floats:
        return self.evidence_of_gains(np.where(on, 1.0, self._gain))


class _BandMean(BandPower):
    """Band power in which what is off has the mean power that its band has in the window."""

    def __init__(self, spectrogram: Spectrogram, parts: Parts) -> None:
        super().__init__(spectrogram, parts)
        every, none = np.ones((1, len(parts)), np.float32), np.zeros((1, len(parts)), np.float32)
        self._before = super().of_gains(none)  # of the context, which is always on
        self._to_mean = []
        for power, before in zip(super().of_gains(every), self._before, strict=True):
            inside = power - before
            mean = inside.mean(axis=1, keepdims=True)
            self._to_mean.append(np.divide(mean, inside, out=np.zeros_like(inside), where=inside > 1e-12 * mean))

    def of_gains(self, gains: Floats) -> tuple[Floats, Floats]:
        on, off = super().of_gains(gains), super().of_gains(1.0 - gains)
        mel, pitch = (
            a + (b - before) * to_mean
            for a, b, before, to_mean in zip(on, off, self._before, self._to_mean, strict=True)
        )
        return mel, pitch
