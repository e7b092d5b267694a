"""The spectrogram as a picture: readable by others, in the right places, and small."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.spectrogram_png import HIGHEST_HZ, LOWEST_HZ, SpectrogramPng, spectrogram_png
from edge.features import FrontEndSettings
from edge.history import Excerpt
from edge.types import MID_LEVEL

S = FrontEndSettings()
SECONDS = 8.0


def drawn(sound: np.ndarray) -> tuple[SpectrogramPng, np.ndarray]:
    steps = len(sound) // S.step
    excerpt = Excerpt(
        sound[: steps * S.step].astype(np.float32), np.full(steps, -20.0, np.float32), steps - 2, 30.0,
        np.zeros((1, len(MID_LEVEL)), np.float32),
    )  # fmt: skip
    picture = spectrogram_png(Spectrogram(excerpt, S))
    return picture, np.asarray(Image.open(io.BytesIO(picture.png)))


@pytest.mark.parametrize("hz", [110.0, 440.0, 3000.0])
def test_a_tone_is_dark_at_its_height_from_when_it_sounds(hz: float) -> None:
    times = np.arange(round(SECONDS * S.rate_hz)) / S.rate_hz
    rng = np.random.default_rng(1)
    picture, grey = drawn(
        np.where(times > 4.0, 0.3 * np.sin(2 * np.pi * hz * times), 0.0) + rng.normal(0, 1e-4, len(times))
    )
    row, _column = np.unravel_index(grey[:, -20:].argmin(), grey[:, -20:].shape)
    height = 1.0 - (row + 0.5) / len(grey)
    assert LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** height == pytest.approx(hz, rel=0.09)
    loud = np.flatnonzero(grey[row] < 60)[0] / grey.shape[1]
    begins_s = picture.t0_s + loud * (picture.t1_s - picture.t0_s)
    assert begins_s == pytest.approx(30.0 - SECONDS + 4.0, abs=0.15)
    assert grey[row, :20].min() > 150


def test_noise_which_nothing_makes_small_takes_less_than_60_kilobytes() -> None:
    picture, grey = drawn(np.random.default_rng(2).normal(0.0, 0.2, round(SECONDS * S.rate_hz)))
    assert len(picture.png) < 60_000
    assert grey.dtype == np.uint8
    assert grey.shape[1] == pytest.approx(SECONDS * S.rate_hz / S.hop, abs=12)


def test_silence_can_be_drawn() -> None:
    _picture, grey = drawn(np.zeros(3 * S.rate_hz))
    assert np.ptp(grey) == 0
