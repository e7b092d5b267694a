"""Loudness as the recommendation has it, and versions of one sound made alike."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import freqz

from edge.explain.heard.loudness import MOST_UP_DB, PEAK_DBFS, SILENT_LUFS, loudness_lufs, matched

RATE = 22050


def sine(hz: float, peak: float = 1.0, seconds: float = 3.0) -> NDArray[np.float32]:
    return (peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_full_scale_sine_at_997_hz_has_minus_3_lufs() -> None:
    # ITU-R BS.1770-4, annex 1
    assert loudness_lufs(sine(997.0), RATE) == pytest.approx(-3.01, abs=0.1)
    assert loudness_lufs(sine(997.0, 0.1), RATE) == pytest.approx(-23.01, abs=0.1)


@pytest.mark.parametrize("hz", [40.0, 100.0, 500.0, 1000.0, 2000.0, 4000.0, 9000.0])
def test_k_weighting_is_that_of_the_recommended_filters(hz: float) -> None:
    shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
    high_pass = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
    response = np.prod([freqz(*filter_, worN=[hz], fs=48000)[1][0] for filter_ in (shelf, high_pass)])
    expected = -0.691 - 3.01 + 20.0 * np.log10(np.abs(response))
    assert loudness_lufs(sine(hz), RATE) == pytest.approx(expected, abs=0.15)


def test_rests_do_not_count() -> None:
    sound = sine(440.0, 0.3)
    with_rest = np.concatenate([sound, np.zeros(4 * len(sound), np.float32)])
    assert loudness_lufs(with_rest, RATE) == pytest.approx(loudness_lufs(sound, RATE), abs=0.3)


def test_silence_and_next_to_nothing() -> None:
    assert loudness_lufs(np.zeros(RATE, np.float32), RATE) == SILENT_LUFS
    assert loudness_lufs(np.zeros(0, np.float32), RATE) == SILENT_LUFS
    assert loudness_lufs(np.ones(1, np.float32), RATE) >= SILENT_LUFS


def test_matched_sounds_are_equally_loud_and_never_clip() -> None:
    sounds = {"original": sine(440.0, 0.9), "quiet": sine(440.0, 0.3), "low": sine(60.0, 0.8)}
    out = matched(sounds, RATE, "original")
    loud = [loudness_lufs(sound, RATE) for sound in out.values()]
    assert np.ptp(loud) < 0.1
    assert max(np.abs(sound).max() for sound in out.values()) <= 10 ** (PEAK_DBFS / 20) + 1e-6


def test_a_whisper_stays_one() -> None:
    sounds = {"original": sine(440.0, 0.2), "whisper": sine(440.0, 0.001)}
    out = matched(sounds, RATE, "original")
    assert np.abs(out["whisper"]).max() == pytest.approx(0.001 * 10 ** (MOST_UP_DB / 20), rel=1e-3)
    np.testing.assert_array_equal(out["original"], sounds["original"])
