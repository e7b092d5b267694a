"""The front end against librosa, and against itself in any split."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.features import (
    FrontEnd,
    FrontEndSettings,
    ReferenceLevel,
    mel_filterbank,
    network_inputs,
    pitch_filterbank,
)

S = FrontEndSettings()


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(int(seconds * S.rate_hz)) * 0.1


def sine(hz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * S.rate_hz)) / S.rate_hz)


def test_mel_filterbank_is_librosas():
    ours = mel_filterbank(S)
    theirs = librosa.filters.mel(
        sr=S.rate_hz, n_fft=S.mel_frame, n_mels=S.mel_bands, fmin=S.mel_low_hz, fmax=S.mel_high_hz, dtype=np.float64
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("signal", [noise(3.0), sine(196.0, 3.0) * 0.5 + noise(3.0, 1) * 0.001])
def test_log_mel_equals_librosas(signal):
    steps = FrontEnd().push(signal)
    padded = np.pad(signal[: len(steps) * S.step], (S.mel_frame - S.hop, 0))
    power = librosa.feature.melspectrogram(
        y=padded,
        sr=S.rate_hz,
        n_fft=S.mel_frame,
        hop_length=S.hop,
        center=False,
        n_mels=S.mel_bands,
        fmin=S.mel_low_hz,
        fmax=S.mel_high_hz,
    )
    reference = librosa.power_to_db(power, top_db=None).T
    ours = steps.mel_db.reshape(-1, S.mel_bands)
    above_floor = reference > -90.0
    assert above_floor.mean() > 0.9
    assert np.abs(ours - reference)[above_floor].max() < 1e-4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9000), min_size=1, max_size=30), st.integers(0, 3))
def test_any_split_into_blocks_gives_the_whole_files_steps(sizes, seed):
    signal = noise(3.0, seed)
    whole = FrontEnd().push(signal)
    front_end, parts, start = FrontEnd(), [], 0
    for size in [*sizes, len(signal)]:
        parts.append(front_end.push(signal[start : start + size]))
        start += size
    for name in ("mel_db", "pitch_db", "level_dbfs"):
        streamed = np.concatenate([getattr(p, name) for p in parts])
        np.testing.assert_allclose(streamed, getattr(whole, name), atol=1e-5)


def test_without_a_reset_the_next_sound_sees_the_last_one():
    front_end = FrontEnd()
    first = front_end.push(noise(1.0))
    carried = front_end.push(noise(1.0, 5))
    front_end.reset()
    fresh = front_end.push(noise(1.0, 5))
    assert (len(first), len(fresh)) == (10, 10)
    assert len(carried) == 11  # completed by what was left over
    assert np.abs(carried.pitch_db[0] - fresh.pitch_db[0]).max() > 1.0
    np.testing.assert_array_equal(fresh.pitch_db, FrontEnd().push(noise(1.0, 5)).pitch_db)


def test_no_pitch_filter_is_empty_and_each_peaks_at_its_own_note():
    filters = pitch_filterbank(S)
    assert (filters.sum(axis=1) > 0).all()
    for semitone in (2, 14, 33, 60):
        hz = S.pitch_low_hz * 2 ** (semitone / 12)
        spectrum = FrontEnd().push(sine(hz)).pitch_db[-1]
        assert abs(int(spectrum.argmax()) - 3 * semitone) <= 1
        assert spectrum.max() == pytest.approx(0.0, abs=2.0)


def test_full_scale_sine_has_minus_three_dbfs():
    assert FrontEnd().push(sine(440.0)).level_dbfs[-1] == pytest.approx(-3.01, abs=0.05)


def test_reference_follows_the_loudest_and_sinks_only_while_somebody_plays():
    reference = ReferenceLevel(steps_per_second=10.0)
    levels = np.array([-30.0] * 5 + [-10.0] + [-30.0] * 100 + [-90.0] * 1000, np.float32)
    out = reference.follow(levels)
    assert out[4] == pytest.approx(-30.0, abs=0.1)
    assert out[5] == -10.0
    assert out[105] == pytest.approx(-10.0 - 100 * 0.02, abs=0.01)
    assert out[-1] == out[105]


def test_gain_does_not_matter_to_the_network():
    quiet, loud = FrontEnd().push(noise(2.0) * 0.05), FrontEnd().push(noise(2.0) * 0.5)
    inputs = [network_inputs(s, ReferenceLevel(S.steps_per_second).follow(s.level_dbfs), S) for s in (quiet, loud)]
    for a, b in zip(*inputs, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_silence_is_zero_for_the_network():
    steps = FrontEnd().push(np.zeros(S.rate_hz))
    mel, pitch = network_inputs(steps, ReferenceLevel(S.steps_per_second).follow(steps.level_dbfs), S)
    assert mel.max() == pitch.max() == 0.0
