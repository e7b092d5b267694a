"""The spectrogram that masks act on: its frames are the front end's, and sound comes back from it."""

from __future__ import annotations

import numpy as np
import pytest

from edge.features import FrontEnd, mel_filterbank, to_db
from tests.edge.explain.excerpts import S, pluck, spectrogram_of

SOUND = np.concatenate([pluck(hz, 0.6) for hz in (110.0, 147.0, 196.0, 247.0, 330.0, 98.0)])


def test_its_power_gives_the_front_ends_own_mel_bands() -> None:
    spectrogram = spectrogram_of(SOUND, window_s=2.0)
    of_frames = to_db(spectrogram.power @ mel_filterbank(S).T, 1e-10)
    steps = FrontEnd(S).push(spectrogram.excerpt.sound)
    expected = steps.mel_db[spectrogram.excerpt.context_steps :].reshape(of_frames.shape)
    assert of_frames == pytest.approx(expected, abs=0.01)


def test_a_gain_of_one_gives_the_sound_back() -> None:
    spectrogram = spectrogram_of(SOUND, window_s=2.0)
    back = spectrogram.sound(np.ones((len(spectrogram), len(spectrogram.bins_hz))))
    assert back == pytest.approx(spectrogram.excerpt.sound, abs=1e-5)


def test_only_the_window_changes() -> None:
    spectrogram = spectrogram_of(SOUND, window_s=2.0)
    quiet = spectrogram.sound(np.full((len(spectrogram), len(spectrogram.bins_hz)), 0.1))
    begin = spectrogram.excerpt.context_steps * S.step
    assert quiet[: begin - S.mel_frame] == pytest.approx(spectrogram.excerpt.sound[: begin - S.mel_frame], abs=1e-5)
    assert quiet[begin:] == pytest.approx(0.1 * spectrogram.excerpt.sound[begin:], abs=1e-5)


def test_a_band_that_is_turned_down_is_gone_from_the_sound() -> None:
    t = np.arange(4 * S.rate_hz) / S.rate_hz
    spectrogram = spectrogram_of(0.3 * np.sin(2 * np.pi * 300 * t) + 0.3 * np.sin(2 * np.pi * 1200 * t), window_s=3.0)
    gain = np.broadcast_to(np.where(spectrogram.bins_hz > 700.0, 0.01, 1.0), (len(spectrogram), 1025))
    end = spectrogram.sound(gain)[-S.rate_hz :]
    spectrum = np.abs(np.fft.rfft(end * np.hanning(len(end))))
    assert 20 * np.log10(spectrum[1200] / spectrum[300]) == pytest.approx(-40.0, abs=1.0)


def test_frames_lie_where_their_sound_is() -> None:
    click = np.zeros(4 * S.step * 10)
    at = 3 * S.step * 10
    click[at] = 1.0
    spectrogram = spectrogram_of(click, window_s=20 * S.step / S.rate_hz)
    loudest = int(spectrogram.power.sum(axis=1).argmax())
    begin_s, end_s = spectrogram.edges_s[loudest : loudest + 2]
    assert begin_s - 0.01 <= at / S.rate_hz <= end_s + 0.01
    assert len(spectrogram.edges_s) == len(spectrogram) + 1
