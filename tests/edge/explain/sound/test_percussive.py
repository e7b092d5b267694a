"""Attacks against librosa, and against what was made to be one or the other."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from edge.explain.sound.percussive import percussive_share
from tests.edge.explain.excerpts import S, guitarset, spectrogram_of


@pytest.mark.data
@pytest.mark.parametrize("window_s", [0.3, 3.0])
def test_share_is_librosas(window_s: float) -> None:
    magnitude = np.abs(guitarset("comp", 12.0, window_s).stft)
    _, theirs = librosa.decompose.hpss(magnitude.T, mask=True)
    np.testing.assert_allclose(percussive_share(magnitude), theirs.T, atol=1e-5)


def test_a_click_is_percussive_and_a_tone_is_not() -> None:
    t = np.arange(3 * S.rate_hz) / S.rate_hz
    tone = 0.1 * np.sin(2 * np.pi * 330.0 * t)
    click = np.zeros(len(t))
    click[2 * S.rate_hz] = 1.0
    for sound, least, most in ((tone, 0.0, 0.05), (click, 0.95, 1.0)):
        spectrogram = spectrogram_of(sound, 2.0)
        share = percussive_share(np.abs(spectrogram.stft))
        assert least <= (share * spectrogram.power).sum() / spectrogram.power.sum() <= most


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e-30, 1e15])
def test_any_level_gives_shares(scale: float) -> None:
    magnitude = np.random.default_rng(0).random((8, 1025), np.float32) * np.float32(scale)
    share = percussive_share(magnitude)
    assert np.isfinite(share).all()
    if scale:
        np.testing.assert_allclose(share, percussive_share(magnitude / np.float32(scale)), atol=1e-5)
    else:
        np.testing.assert_array_equal(share, 0.5)
