import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio.resample import Resampler

OUT_HZ = 22050


def sine(hz, rate_hz, seconds=1.0):
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=20), st.sampled_from([8000, 22050, 44100, 48000, 96000]))
def test_any_split_gives_the_same_samples(sizes, rate_hz):
    sound = np.random.default_rng(0).standard_normal(rate_hz).astype(np.float32) * 0.1
    whole = Resampler(rate_hz, OUT_HZ).push(sound, last=True)
    resampler, parts, start = Resampler(rate_hz, OUT_HZ), [], 0
    for size in sizes:
        parts.append(resampler.push(sound[start : start + size]))
        start += size
    parts.append(resampler.push(sound[start:], last=True))
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert len(whole) == pytest.approx(OUT_HZ, abs=2)


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_pitch_and_level_are_kept_and_what_cannot_be_shown_is_gone(rate_hz):
    for hz in (82.4, 440.0, 8000.0):
        out = Resampler(rate_hz, OUT_HZ).push(sine(hz, rate_hz), last=True)[2000:-2000]
        spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
        assert spectrum.argmax() * OUT_HZ / len(out) == pytest.approx(hz, abs=2.0)
        assert 20 * np.log10(out.std() / sine(hz, OUT_HZ).std()) == pytest.approx(0.0, abs=0.25)
    above_nyquist = Resampler(rate_hz, OUT_HZ).push(sine(14000.0, rate_hz), last=True)[2000:-2000]
    assert 20 * np.log10(above_nyquist.std()) < -100


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_a_sample_waits_less_than_five_milliseconds(rate_hz):
    resampler, taken, given_, worst_s = Resampler(rate_hz, OUT_HZ), 0, 0, 0.0
    for _ in range(400):
        given_ += len(resampler.push(np.zeros(256, np.float32)))
        taken += 256
        worst_s = max(worst_s, taken / rate_hz - given_ / OUT_HZ)
    assert worst_s < 0.005
