"""Where parts lie, and the gain of every bin."""

from __future__ import annotations

import numpy as np
import pytest

from edge.explain.sound.parts import Parts
from tests.edge.explain.excerpts import pluck, spectrogram_of

SPECTROGRAM = spectrogram_of(pluck(196.0, 4.0), window_s=2.0)
SHAPE = (len(SPECTROGRAM), len(SPECTROGRAM.bins_hz))


def test_labels_are_numbered_and_placed_in_seconds_and_hertz() -> None:
    labels = np.full(SHAPE, 7)
    labels[10:20, 100:200] = 42
    parts = Parts.of_labels(labels, SPECTROGRAM, names=("around", "inside"))
    assert len(parts) == 2
    inside = parts.parts[1]
    assert inside.name == "inside"
    assert (inside.t0_s, inside.t1_s) == (SPECTROGRAM.edges_s[10], SPECTROGRAM.edges_s[20])
    bin_hz = SPECTROGRAM.bins_hz[1]
    assert (inside.f0_hz, inside.f1_hz) == pytest.approx((99.5 * bin_hz, 199.5 * bin_hz))
    around = parts.parts[0]
    assert (around.f0_hz, around.f1_hz) == pytest.approx((0.0, 11025.0))


def test_the_gain_of_a_hard_part_is_its_own() -> None:
    labels = np.zeros(SHAPE, int)
    labels[:, 500:] = 1
    gain = Parts.of_labels(labels, SPECTROGRAM).gain(np.array([1.0, 0.25]))
    assert np.all(gain[:, :500] == 1.0)
    assert np.all(gain[:, 500:] == 0.25)


def test_the_power_of_soft_parts_adds_up() -> None:
    share = np.linspace(0.0, 1.0, SHAPE[1], dtype=np.float32)[None] * np.ones(SHAPE, np.float32)
    parts = Parts.of_shares(np.stack([share, 1.0 - share]), SPECTROGRAM, ["high", "low"])
    power = [np.square(parts.gain(gains)) for gains in ([1.0, 0.0], [0.0, 1.0], [1.0, 1.0])]
    assert power[0] + power[1] == pytest.approx(power[2], abs=1e-6)
    assert power[2] == pytest.approx(1.0, abs=1e-6)
