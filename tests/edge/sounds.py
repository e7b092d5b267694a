"""Small sounds that the tests of several parts use, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray


def strings(seconds: float, rate_hz: int = 44100, *, seed: int = 0, level: float = 0.2) -> NDArray[np.float32]:
    """Return plucked notes, (n,): decaying harmonics of a minor arpeggio, three a second."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * rate_hz))
    for start in np.arange(0.0, seconds, 1 / 3):
        note = 45 + rng.choice([0, 3, 7, 12, 15])
        n = np.arange(len(out) - int(start * rate_hz)) / rate_hz
        hz = 440.0 * 2 ** ((note - 69) / 12)
        pluck = sum(np.sin(2 * np.pi * hz * k * n) / k for k in range(1, 8)) * np.exp(-3.0 * n)
        out[int(start * rate_hz) :] += pluck
    return np.asarray(level * out / np.abs(out).max(), np.float32)


def write(path: Path, sound: NDArray[np.float32], rate_hz: int = 44100, channels: int = 1) -> Path:
    """Write `sound` as a float WAV file with the same sound in every channel, and return its path."""
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate_hz, subtype="FLOAT")
    return path
