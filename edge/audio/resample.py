"""From the source's rate to the network's, as a stream."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

# libsoxr works in blocks of 2^n samples; its own choice of 1024 and more would delay the sound by up to 42 ms
os.environ.setdefault("SOXR_MIN_DFT_SIZE", "8")
os.environ.setdefault("SOXR_LARGE_DFT_SIZE", "8")

import soxr

Samples = NDArray[np.float32]

QUALITY = "LQ"
"""Flat within 0.2 dB up to 8 kHz, where the front end stops, 110 dB down above 12 kHz, under 5 ms of delay.
"HQ" is flat to 10 kHz at 11 ms on average: too late for what nobody looks at."""


class Resampler:
    """Streaming resampler by libsoxr; any split into blocks gives the same samples. Equal rates pass through."""

    def __init__(self, rate_in_hz: int, rate_out_hz: int) -> None:
        same = rate_in_hz == rate_out_hz
        self.typical_delay_s = 0.0 if same else 0.0015
        """Sound newer than this is seldom in what `push` returns."""
        self._stream = None if same else soxr.ResampleStream(rate_in_hz, rate_out_hz, 1, "float32", QUALITY)

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """Take new mono samples and return those that are ready; with `last`, also what was held back."""
        if self._stream is None:
            return samples
        return np.asarray(self._stream.resample_chunk(samples, last=last), np.float32)
