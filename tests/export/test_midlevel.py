"""Textbook cases: what each measure must say of music that everybody would judge alike."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.features import FrontEnd, FrontEndSettings
from edge.types import MID_LEVEL
from export import midlevel
from export.notes import Notes

C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)
A_HARMONIC_MINOR = (57, 59, 60, 62, 64, 65, 68, 69)


def line(pitches: tuple[int, ...], every_s: float = 0.5, length_s: float = 0.5, velocity: int = 80) -> Notes:
    return Notes.of([(k * every_s, k * every_s + length_s, p, velocity) for k, p in enumerate(pitches)])


def at(times_s: NDArray[np.float64]) -> Notes:
    return Notes.of([(t, t + 0.2, 60, 80) for t in times_s])


def beats(*phases: float) -> Notes:
    """Sixteen beats of 0.5 s with a note at each of the phases."""
    return at(np.array([(beat + phase) * 0.5 for beat in range(16) for phase in phases]))


def scattered() -> Notes:
    return at(np.sort(np.random.default_rng(1).uniform(0, 8, 16)))


def cadence(third: int) -> Notes:
    """Tonic, subdominant, dominant, tonic; `third` is that of tonic and subdominant."""
    chords = ((60, 60 + third, 67), (65, 65 + third, 72), (67, 71, 74), (60, 60 + third, 67))
    return Notes.of([(k, k + 1.0, p, 80) for k, chord in enumerate(chords) for p in chord])


def test_a_singable_tune_is_more_melodious_than_wide_leaps() -> None:
    tune = (64, 62, 60, 62, 64, 64, 64, 62, 62, 62, 64, 67, 67)  # Mary had a little lamb
    leaps = (60, 71, 58, 70, 55, 66, 77, 63, 52, 73, 56, 69, 54)
    assert midlevel.melodiousness(line(tune)) > midlevel.melodiousness(line(C_MAJOR)) + 0.3
    assert midlevel.melodiousness(line(C_MAJOR)) > midlevel.melodiousness(line(leaps)) + 0.2


def test_the_melody_is_the_highest_voice() -> None:
    tonic_in_the_bass = [(k * 0.5, k * 0.5 + 0.5, p, 80) for k, p in enumerate((48, 43) * 4)]
    accompanied = Notes.of(tonic_in_the_bass + line(C_MAJOR).rows())
    assert midlevel.melodiousness(accompanied) == pytest.approx(midlevel.melodiousness(line(C_MAJOR)), abs=0.4)


def test_staccato_is_high_and_legato_low() -> None:
    assert midlevel.articulation(line(C_MAJOR, length_s=0.5)) == pytest.approx(0.0, abs=1e-6)
    assert midlevel.articulation(line(C_MAJOR, length_s=0.125)) == pytest.approx(2.0)
    assert midlevel.articulation(line(C_MAJOR, length_s=1.0)) == pytest.approx(-1.0)


def test_even_notes_have_no_rhythmic_complexity_and_offbeats_add_to_it() -> None:
    assert midlevel.rhythmic_complexity(line(C_MAJOR)) == 0.0
    assert midlevel.rhythmic_complexity(beats(0.0)) == 0.0
    assert 0.5 < midlevel.rhythmic_complexity(beats(0.0, 0.75)) <= 1.0
    assert midlevel.rhythmic_complexity(scattered()) > 1.5


def test_human_timing_does_not_make_a_rhythm_complex() -> None:
    exact = beats(0.0, 0.75)
    human = at(exact.start_s + np.random.default_rng(2).normal(0, 0.005, len(exact)))
    assert midlevel.rhythmic_complexity(human) == pytest.approx(midlevel.rhythmic_complexity(exact), abs=0.1)
    assert midlevel.rhythmic_stability(human) == pytest.approx(midlevel.rhythmic_stability(exact), abs=0.05)


def test_a_strum_is_one_onset() -> None:
    strums = Notes.of([(k + 0.012 * string, k + 0.9, 50 + 5 * string, 80) for k in range(6) for string in range(4)])
    assert midlevel.rhythmic_complexity(strums) == 0.0


def test_a_steady_beat_is_more_stable_than_scattered_onsets() -> None:
    assert midlevel.rhythmic_stability(beats(0.0)) > 0.95
    assert midlevel.rhythmic_stability(scattered()) < 0.5


@pytest.mark.parametrize(("smoother", "rougher"), [(7, 1), (12, 6), (4, 1), (5, 2)])
def test_seconds_and_tritones_are_rougher_than_consonances(smoother: int, rougher: int) -> None:
    def of(interval: int) -> float:
        return midlevel.dissonance(Notes.of([(0.0, 2.0, 60, 80), (0.0, 2.0, 60 + interval, 80)]))

    assert of(rougher) > of(smoother) > 0.0


def test_one_voice_alone_is_not_dissonant() -> None:
    assert midlevel.dissonance(line(C_MAJOR)) == 0.0


def test_minor_and_major_are_told_apart_in_every_key() -> None:
    for shift in range(12):
        major, minor = cadence(4), cadence(3)
        major = Notes(major.start_s, major.end_s, major.pitch + shift, major.velocity)
        minor = Notes(minor.start_s, minor.end_s, minor.pitch + shift, minor.velocity)
        assert midlevel.minorness(major) < -0.1
        assert midlevel.minorness(minor) > 0.1
    assert midlevel.minorness(line(A_HARMONIC_MINOR)) > midlevel.minorness(line(C_MAJOR))


def test_a_cadence_is_tonally_stabler_than_a_chromatic_scale() -> None:
    chromatic = line(tuple(range(60, 72)))
    assert midlevel.tonal_stability(cadence(4)) > 0.7
    assert midlevel.tonal_stability(chromatic) < 0.6


def test_cues_are_what_they_are_called() -> None:
    values = dict(zip(MID_LEVEL, midlevel.of_notes(line(C_MAJOR, velocity=90), 0.0, 4.0), strict=True))
    assert values["register"] == np.mean(C_MAJOR)
    assert values["note_density"] == 1.0  # log2 of two a second


def test_too_few_notes_are_no_opinion() -> None:
    values = dict(zip(MID_LEVEL, midlevel.of_notes(line((60,)), 0.0, 4.0), strict=True))
    assert np.isnan(values["minorness"])
    assert np.isnan(values["rhythmic_stability"])


def test_brightness_is_the_spectral_centroid_in_octaves_from_1_khz() -> None:
    settings = FrontEndSettings()
    t = np.arange(2 * settings.rate_hz) / settings.rate_hz
    for hz in (500.0, 1000.0, 2000.0, 4000.0):
        steps = FrontEnd(settings).push(0.1 * np.sin(2 * np.pi * hz * t))
        assert midlevel.brightness(steps, settings) == pytest.approx(np.log2(hz / 1000.0), abs=0.12)
