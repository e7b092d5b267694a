from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from edge.features import FrontEndSettings
from export.notes import Notes
from export.rendering import comparison
from export.rendering.comparison import as_loud_as, as_table, compare_with_real
from export.rendering.statistics import STATISTICS, levels_db, mel_profile_db, statistics

RATE_HZ = 22050
T = np.arange(8 * RATE_HZ) / RATE_HZ


def plucks(decay_db_per_s: float, rise_s: float = 0.002) -> tuple[np.ndarray, np.ndarray]:
    """Tones of 440 Hz every 0.8 s that rise for a while and then decay, over a soft floor."""
    since = T % 0.8
    envelope = np.minimum(since / rise_s, 1.0) * 10 ** (-decay_db_per_s * since / 20)
    floor = 0.003 * np.random.default_rng(0).standard_normal(len(T))
    return (0.5 * envelope * np.sin(2 * np.pi * 440 * T) + floor).astype(np.float32), np.arange(0.8, 7.9, 0.8)


def test_a_tone_and_noise_have_the_spectrum_they_were_made_with() -> None:
    tone = np.sin(2 * np.pi * 1000 * T).astype(np.float32)
    white = np.random.default_rng(0).standard_normal(len(T)).astype(np.float32)
    pink = signal.lfilter([1], [1, -0.9], white).astype(np.float32)
    of_tone, of_white, of_pink = (statistics(x, None, RATE_HZ) for x in (tone, white, pink))
    assert of_tone["centroid_hz"] == pytest.approx(1000, abs=10)
    assert of_white["centroid_hz"] == pytest.approx(RATE_HZ / 4, rel=0.02)
    assert of_white["tilt_db_per_octave"] == pytest.approx(0.0, abs=0.3)
    assert of_pink["tilt_db_per_octave"] < -2
    assert of_white["flatness_db"] > -4 > -40 > of_tone["flatness_db"]
    assert of_white["above_4_khz_db"] == pytest.approx(10 * np.log10(1 - 4000 / (RATE_HZ / 2)), abs=0.2)
    assert set(of_tone) == set(STATISTICS)
    assert np.isnan(of_tone["decay_db_per_s"])


def test_decay_and_attack_are_those_of_the_notes() -> None:
    slow, fast = (statistics(*plucks(decay), RATE_HZ) for decay in (15.0, 40.0))
    assert slow["decay_db_per_s"] == pytest.approx(-15, abs=2)
    assert fast["decay_db_per_s"] == pytest.approx(-40, abs=4)
    sharp, soft = (statistics(*plucks(30.0, rise_s), RATE_HZ) for rise_s in (0.002, 0.06))
    assert soft["attack_ms"] > sharp["attack_ms"] + 10
    assert soft["flux_peak_db"] < sharp["flux_peak_db"]


def test_gain_changes_no_statistic() -> None:
    sound, onset_s = plucks(30.0)
    loud, quiet = statistics(sound, onset_s, RATE_HZ), statistics(sound * np.float32(0.1), onset_s, RATE_HZ)
    for name in STATISTICS:
        assert quiet[name] == pytest.approx(loud[name], rel=0.01, abs=0.1), name
    settings = FrontEndSettings()
    np.testing.assert_allclose(mel_profile_db(sound, settings), mel_profile_db(0.1 * sound, settings), atol=0.2)


def test_silence_around_the_playing_is_left_out() -> None:
    sound, onset_s = plucks(15.0)
    padded = np.concatenate([np.zeros(3 * RATE_HZ, np.float32), sound, np.zeros(3 * RATE_HZ, np.float32)])
    bare, silent = statistics(sound, onset_s, RATE_HZ), statistics(padded, onset_s + 3.0, RATE_HZ)
    assert silent["noise_floor_db"] == pytest.approx(bare["noise_floor_db"], abs=1.0)
    assert silent["loudness_range_db"] == pytest.approx(bare["loudness_range_db"], abs=1.0)


def test_velocities_are_read_off_the_recording() -> None:
    sound = (np.where(T < 4, 0.5, 0.05) * np.sin(2 * np.pi * 440 * T)).astype(np.float32)
    notes = as_loud_as(Notes.of([(1.0, 1.5, 69, 80), (2.0, 2.5, 69, 80), (6.0, 6.5, 69, 80)]), sound, RATE_HZ)
    assert abs(notes.velocity[0] - notes.velocity[1]) <= 1
    assert notes.velocity[2] == pytest.approx(notes.velocity[0] * 10 ** (-20 / 40), abs=2)
    assert levels_db(sound, RATE_HZ)[0] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.1)


@pytest.mark.data
def test_the_sheet_compares_real_and_rendered(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "GUITARS", ("nylon", "emily"))
    monkeypatch.setattr(comparison, "_RIGS", 2)
    report = compare_with_real(tmp_path)
    assert json.loads((tmp_path / "comparison.json").read_text()) == report
    assert (tmp_path / "comparison.md").read_text() == as_table(report)
    assert (tmp_path / "spectrograms.jpg").stat().st_size > 50_000
    assert len(report["real"]) == 7
    assert set(report["rendered"]) == {"nylon", "emily"}
    low, middle, high = report["rendered_range"]["decay_db_per_s"]
    assert low < middle < high < 0
