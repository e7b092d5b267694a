"""Parts can be heard: by how much they stand out, without clicks, and with the network's own answer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing, hear
from edge.explain.heard.listening import CLEARLY_DB, GAINS_DB, ORIGINAL, render, versions
from edge.explain.heard.loudness import loudness_lufs
from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.model import Model
from tests.edge.explain.excerpts import S, guitarset, spectrogram_of

T = np.arange(6 * S.rate_hz) / S.rate_hz
LOW_HZ, HIGH_HZ = 430.664, 3004.98  # on bins of the transform
BETWEEN_HZ = 1200.0


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


def two_bands(spectrogram: Spectrogram, soft: bool) -> Parts:
    """Return what is below and what is above `BETWEEN_HZ`."""
    high = np.tile(spectrogram.bins_hz > BETWEEN_HZ, (len(spectrogram), 1))
    if not soft:
        return Parts.of_labels(high.astype(int), spectrogram)
    return Parts.of_shares(np.stack([~high, high]).astype(np.float32), spectrogram, ["low", "high"])


def level_db(sound: NDArray[np.float32], hz: float) -> float:
    """Return the level of one frequency in the middle of a sound."""
    middle = sound[len(sound) // 4 : len(sound) // 4 + S.rate_hz] * np.hanning(S.rate_hz)
    return float(20 * np.log10(np.abs(np.exp(-2j * np.pi * hz * T[: len(middle)]) @ middle)))


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_each_version_raises_or_lowers_the_chosen_by_what_it_says(model: Model, soft: bool) -> None:
    sound = 0.2 * np.sin(2 * np.pi * LOW_HZ * T) + 0.05 * np.sin(2 * np.pi * HIGH_HZ * T)
    spectrogram = spectrogram_of(sound, 4.0)
    found = versions(Hearing(model, spectrogram.excerpt), spectrogram, two_bands(spectrogram, soft), [1])
    assert tuple(found) == tuple(GAINS_DB)
    ratio = {name: level_db(v.sound, HIGH_HZ) - level_db(v.sound, LOW_HZ) for name, v in found.items()}
    expected = {"alone": -QUIET_DB, "enhanced": CLEARLY_DB, "weakened": -CLEARLY_DB, "removed": QUIET_DB}
    for name, gain_db in expected.items():
        assert ratio[name] - ratio[ORIGINAL] == pytest.approx(gain_db, abs=0.2), name


def test_all_versions_are_the_window_equally_loud_without_clipping_and_faded(model: Model) -> None:
    sound = 0.9 * np.sin(2 * np.pi * LOW_HZ * T) + 0.3 * np.sin(2 * np.pi * HIGH_HZ * T)
    spectrogram = spectrogram_of(sound, 4.0)
    found = versions(Hearing(model, spectrogram.excerpt), spectrogram, two_bands(spectrogram, False), [0])
    loudness = []
    for version in found.values():
        assert version.sound.dtype == np.float32
        assert len(version.sound) == spectrogram.excerpt.window_steps * S.step
        assert np.abs(version.sound).max() < 0.9
        assert np.abs(version.sound[[0, -1]]).max() < 0.01
        loudness.append(loudness_lufs(version.sound, S.rate_hz))
    assert np.ptp(loudness[:4]) < 0.5  # what is left when nearly all is removed stays soft
    assert loudness[4] < loudness[0] + 0.5


def test_a_part_that_comes_and_goes_does_not_click(model: Model) -> None:
    spectrogram = spectrogram_of(0.3 * np.sin(2 * np.pi * LOW_HZ * T), 4.0)
    frames = np.arange(len(spectrogram))
    parts = Parts.of_labels(np.tile((frames // 10 % 2)[:, None], (1, len(spectrogram.bins_hz))), spectrogram)

    def splash_db(sound: NDArray[np.floating]) -> float:
        """Return how much of a pure tone's energy is not near it."""
        power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))))
        hz = np.fft.rfftfreq(len(sound), 1 / S.rate_hz)
        return float(10 * np.log10(power[np.abs(hz - LOW_HZ) > 300.0].sum() / power.sum()))

    begin = spectrogram.excerpt.context_steps * S.step
    rendered = render(spectrogram, parts, np.array([QUIET_DB, 0.0]))
    window = spectrogram.excerpt.sound[begin:]
    switched = window * np.where(np.arange(len(window)) // (10 * S.hop) % 2, 1.0, 10 ** (QUIET_DB / 20))
    assert splash_db(switched) > -40.0  # what it would be with gains that jump
    assert splash_db(rendered[begin:]) < -65.0
    assert np.abs(rendered[begin:]).min() < 0.3  # the gains did change
    # nor where the window begins, after a context that stays as it was
    around = slice(begin - S.rate_hz // 4, begin + S.rate_hz // 4)
    assert splash_db(rendered[around]) < splash_db(spectrogram.excerpt.sound[around]) + 20.0


@pytest.mark.data
def test_what_is_heard_is_the_networks_answer_to_exactly_that_sound(model: Model) -> None:
    spectrogram = guitarset("solo", 12.0, 6.0)
    parts = two_bands(spectrogram, False)
    extra = spectrogram.excerpt.sound * np.float32(0.5)
    found = versions(Hearing(model, spectrogram.excerpt), spectrogram, parts, [1], changed=extra)
    for name, (chosen_db, others_db) in GAINS_DB.items():
        rendered = render(spectrogram, parts, np.array([others_db, chosen_db]))
        answer = hear(model, spectrogram.excerpt, rendered)
        np.testing.assert_allclose(found[name].heard.mid_level, answer.mid_level, atol=2e-3, err_msg=name)
    assert not np.allclose(found["removed"].heard.mid_level, found[ORIGINAL].heard.mid_level, atol=0.05)
    np.testing.assert_allclose(
        found["changed"].heard.mid_level, hear(model, spectrogram.excerpt, extra).mid_level, atol=1e-5
    )
    # the original is what was played, but for the fades at its ends
    begin = spectrogram.excerpt.context_steps * S.step
    played = spectrogram.excerpt.sound[begin:][500:-500]
    ratio = found[ORIGINAL].sound[500:-500] @ played / (played @ played)
    np.testing.assert_allclose(found[ORIGINAL].sound[500:-500], ratio * played, atol=1e-5)
