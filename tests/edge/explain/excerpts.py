"""Windows of made and of real playing, as explanations get them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from edge.explain.sound.spectrogram import Spectrogram
from edge.features import FrontEndSettings
from edge.history import Excerpt
from export.corpora.folder import data_folder
from export.notes import CorpusError

S = FrontEndSettings()


def spectrogram_of(sound: NDArray[np.floating], window_s: float, end_s: float | None = None) -> Spectrogram:
    """Return the spectrogram of the last `window_s` of `sound`, which is at 22,050 Hz and ends at `end_s`."""
    end_s = len(sound) / S.rate_hz if end_s is None else end_s
    steps = len(sound) // S.step
    sound = np.asarray(sound[len(sound) - steps * S.step :], np.float32)
    window = min(steps, round(window_s * S.steps_per_second))
    excerpt = Excerpt(sound, np.full(steps, -20.0, np.float32), window, end_s, np.zeros((1, 11), np.float32))
    return Spectrogram(excerpt, S)


def guitarset(kind: str, end_s: float, window_s: float) -> Spectrogram:
    """Return a window of the comping ("comp") or the solo ("solo") of GuitarSet; skips where there is none."""
    sound = real(f"guitarset/00_BN1-129-Eb_{kind}_mic.flac")
    return spectrogram_of(sound[: round(end_s * S.rate_hz)], window_s, end_s)


def real(name: str) -> NDArray[np.float32]:
    """Return a recording of a real guitar at 22,050 Hz, (n,)."""
    sound, rate_hz = soundfile.read(real_path(name), dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(sound.mean(axis=1), rate_hz, S.rate_hz))


def real_path(name: str) -> Path:
    """Return where a file of real guitars lies; skips where there are none."""
    try:
        return data_folder() / "real" / name
    except CorpusError as error:
        pytest.skip(str(error))


def pluck(hz: float, seconds: float, overtones: int = 8) -> NDArray[np.float64]:
    """Return a decaying string at 22,050 Hz, with a soft attack of 5 ms."""
    t = np.arange(round(seconds * S.rate_hz)) / S.rate_hz
    waves = sum(0.7**k * np.sin(2 * np.pi * hz * k * t) for k in range(1, overtones + 1))
    return 0.3 * waves * np.exp(-2.0 * t) * np.minimum(t / 0.005, 1.0)
