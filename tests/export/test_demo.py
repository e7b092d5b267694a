from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

import edge
from edge.types import EMOTIONS
from export.demo import RATE_HZ, compose, record
from export.notes import HIGHEST, LOWEST

TAKE = Path(edge.__file__).parent / "assets" / "demo.flac"


def test_four_passages_follow_each_other_without_a_hole() -> None:
    notes, passages = compose()
    assert sorted(p.emotion for p in passages) == sorted(EMOTIONS)
    for p in passages:
        assert 12.0 < p.to_s - p.from_s < 20.0
        onsets = notes.window(p.from_s - 0.05, p.to_s).start_s
        assert np.diff(onsets).max() < 1.5
    assert notes.pitch.min() >= LOWEST
    assert notes.pitch.max() <= HIGHEST


def test_the_same_seed_plays_the_same_and_another_does_not() -> None:
    assert compose(7)[0].rows() == compose(7)[0].rows()
    assert compose(7)[0].rows() != compose(8)[0].rows()


def test_the_shipped_take_is_sound_at_the_promised_level_and_loops() -> None:
    sound, rate_hz = soundfile.read(TAKE)
    assert sound.ndim == 1
    assert rate_hz in (44100, 48000)
    assert 55 < len(sound) / rate_hz < 75
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-20.0, abs=0.6)
    assert 20 * np.log10(np.abs(sound).max()) < -1.0
    assert abs(sound[0] - sound[-1]) < 0.05
    assert TAKE.stat().st_size < 3_000_000


@pytest.mark.data
def test_the_shipped_take_is_the_one_that_the_composer_plays(data: Path) -> None:
    sound, _ = soundfile.read(TAKE, dtype="float32")
    again = record(compose()[0])
    assert len(again) / RATE_HZ == pytest.approx(len(sound) / RATE_HZ, abs=0.01)
    np.testing.assert_allclose(sound, again, atol=2e-4)
