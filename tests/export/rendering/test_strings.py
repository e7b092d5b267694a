from __future__ import annotations

import numpy as np
import pytest

from export.rendering.fretboard import OPEN_STRINGS
from export.rendering.strings import pick, sympathetic

RATE_HZ = 22050


def test_a_pick_lifts_attacks_and_leaves_what_is_held() -> None:
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    note = np.where(t > 1.0, np.sin(2 * np.pi * 220 * t), 0.0).astype(np.float32)
    lifted = pick(note, RATE_HZ, 6.0)
    assert len(lifted) == len(note)
    assert np.abs(lifted[RATE_HZ : RATE_HZ + 300]).max() == pytest.approx(2.0, rel=0.15)
    held = slice(round(1.3 * RATE_HZ), None)
    np.testing.assert_allclose(lifted[held], note[held], atol=0.06)
    assert np.abs(np.diff(lifted)).max() < 2.5 * np.abs(np.diff(note)).max()  # no click
    assert len(pick(np.zeros(0, np.float32), RATE_HZ, 6.0)) == 0


def test_open_strings_ring_along_at_their_own_pitches_and_die_away() -> None:
    response = sympathetic(RATE_HZ, 3).astype(float)
    assert np.square(response).sum() == pytest.approx(1.0, rel=1e-4)
    assert np.square(response[RATE_HZ:]).sum() < 0.1
    spectrum = np.abs(np.fft.rfft(response, 4 * RATE_HZ))
    for pitch in OPEN_STRINGS:
        hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
        near = spectrum[round(4 * hz * 0.98) : round(4 * hz * 1.02)].max()
        assert near > 5 * spectrum[round(4 * hz * 1.06) : round(4 * hz * 1.09)].max()
    np.testing.assert_array_equal(response, sympathetic(RATE_HZ, 3))
    assert not np.array_equal(response, sympathetic(RATE_HZ, 4))
