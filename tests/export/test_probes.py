from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.features import FrontEnd
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL
from export import midlevel, phrases
from export.notes import CorpusError, Notes
from export.phrases import RATE_HZ, Phrase, chords, damped, emily, even, guitarset, pairs, softer, strings, uneven
from export.probes import Answer, Probe, as_table, ask, hear, probes

FRAME = 441


def levels(sound: np.ndarray) -> np.ndarray:
    """Return root mean squares of 10 ms."""
    return np.sqrt(np.square(sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)).mean(axis=1))


def sounding_share(sound: np.ndarray, below_db: float = 30.0) -> float:
    level = levels(sound)
    return float(np.mean(level > level.max() * 10 ** (-below_db / 20)))


def spectrum(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.fft.rfftfreq(len(sound), 1 / RATE_HZ), np.abs(np.fft.rfft(sound * np.hanning(len(sound))))


def answer(lower: float, higher: float, expected: float = np.nan) -> Answer:
    silence = Phrase(np.zeros(8, np.float32))
    values = [np.full(len(MID_LEVEL), v) for v in (lower, higher)]
    likely = np.full(len(EMOTIONS), 0.25)
    return Answer(Probe("a → b", "register", silence, silence, "by hand"), *values, likely, likely, expected)


def test_an_answer_is_right_where_the_value_rises_and_only_clear_ones_count() -> None:
    right, wrong, close = answer(-1.0, 0.5, 1.0), answer(0.5, -1.0), answer(0.0, -1.0, 0.1)
    assert (right.right_way, wrong.right_way) == (True, False)
    assert right.to_dict()["difference"] == 1.5
    assert wrong.to_dict()["expected"] is None
    assert wrong.clear
    assert not close.clear
    assert "1 of 2 the right way" in as_table([right, wrong, close])


def test_uneven_onsets_are_as_many_in_the_same_time() -> None:
    regular, irregular = even(0.5), uneven(0.5)
    assert len(regular) == len(irregular) == 24
    assert irregular[0] == 0.0
    assert irregular[-1] < phrases.LENGTH_S
    assert np.diff(irregular).std() > 0.15
    assert np.diff(irregular).min() > 0.1


def test_a_softer_phrase_changes_its_level_alone_and_only_later() -> None:
    sound = np.sin(np.arange(4 * RATE_HZ) * 0.05).astype(np.float32)
    notes = Notes.of([(0.0, 1.0, 60, 80), (3.0, 4.0, 60, 80)])
    changed = softer(Phrase(sound, notes), -12.0, 2.0)
    np.testing.assert_array_equal(changed.sound[: 2 * RATE_HZ], sound[: 2 * RATE_HZ])
    np.testing.assert_allclose(changed.sound[2 * RATE_HZ :], sound[2 * RATE_HZ :] * 10 ** (-0.6), rtol=1e-5)
    assert changed.notes is not None
    assert changed.notes.velocity.tolist() == [80, 40]


def test_damping_needs_notes() -> None:
    with pytest.raises(CorpusError, match="annotation"):
        damped(Phrase(np.zeros(8, np.float32)), 0.5)


def test_silence_is_no_probe() -> None:
    with pytest.raises(CorpusError, match="nobody plays"):
        hear(Model(), np.zeros(10 * RATE_HZ, np.float32))


@pytest.mark.data
def test_staccato_sounds_for_less_of_the_time_with_the_same_attacks(data: Path) -> None:
    real = data / "real"
    legato, staccato = (strings(real, (55, 59, 50), even(0.5), s) for s in (np.inf, 0.15))
    assert sounding_share(staccato.sound) < 0.5 * sounding_share(legato.sound)
    first = round(0.1 * RATE_HZ)
    np.testing.assert_array_equal(staccato.sound[:first], legato.sound[:first])
    solo = guitarset(real, "00_BN1-129-Eb_solo")
    cut = damped(solo, 0.4)
    assert sounding_share(cut.sound) < 0.75 * sounding_share(solo.sound)
    assert cut.notes is not None
    assert np.all(cut.notes.end_s > cut.notes.start_s)
    # every attack is still there
    for start in cut.notes.start_s[:40]:
        part = slice(round((start + 0.01) * RATE_HZ), round((start + 0.025) * RATE_HZ))
        assert np.mean(cut.sound[part] == solo.sound[part]) > 0.9


@pytest.mark.data
def test_strings_sound_at_the_pitches_that_the_notes_say(data: Path) -> None:
    for pitch in (42, 45, 50, 57, 61, 64):
        phrase = strings(data / "real", (pitch,), even(2.0))
        hz, power = spectrum(phrase.sound[: 2 * RATE_HZ])
        expected = 440.0 * 2 ** ((pitch - 69) / 12)
        near = np.abs(np.log2(np.maximum(hz, 1) / expected)) < 0.04
        assert 12 * np.log2(hz[near][power[near].argmax()] / expected) == pytest.approx(0.0, abs=0.3)
        assert phrase.notes is not None
        assert set(phrase.notes.pitch.tolist()) == {pitch}


@pytest.mark.data
def test_chords_hold_the_third_of_their_mode(data: Path) -> None:
    for mode, major_third, minor_third in (("major", 59, 58), ("minor", 66, 65)):
        hz, power = spectrum(chords(data / "real", mode).sound)
        at = [
            power[np.abs(12 * np.log2(np.maximum(hz, 1) / 440) + 69 - p) < 0.3].max()
            for p in (major_third, minor_third)
        ]
        assert (at[0] > 3 * at[1]) == (mode == "major")
        assert (at[1] > 3 * at[0]) == (mode == "minor")


@pytest.mark.data
def test_recorded_soft_notes_are_softer_and_the_preparation_is_the_same(data: Path) -> None:
    soft, hard = emily(data, "p"), emily(data, "f")
    half = 10 * RATE_HZ - FRAME
    np.testing.assert_array_equal(soft.sound[:half], hard.sound[:half])
    quieter = 20 * np.log10(np.std(soft.sound[half:]) / np.std(hard.sound[half:]))
    assert -20.0 < quieter < -5.0


@pytest.mark.data
def test_the_notes_of_every_probe_agree_with_its_direction(data: Path) -> None:
    asked = probes(data)
    assert set(MID_LEVEL) == {p.unit for p in asked}
    for p in asked:
        assert len(p.lower.sound) == len(p.higher.sound)
        assert len(p.lower.sound) / RATE_HZ > p.from_s + 1.0
        assert max(np.abs(p.lower.sound).max(), np.abs(p.higher.sound).max()) < 1.0
        if p.lower.notes is not None and p.higher.notes is not None and p.unit != "brightness":
            k = MID_LEVEL.index(p.unit)
            begin = p.from_s - midlevel.WINDOW_S
            value = [midlevel.of_notes(x.notes, begin, p.from_s)[k] for x in (p.lower, p.higher) if x.notes]
            assert value[0] < value[1] or "comping" in p.name, f"{p.name}: {value}"


@pytest.mark.data
def test_minor_seconds_are_beside_each_other(data: Path) -> None:
    hz, power = spectrum(pairs(data / "real", 1, even(3.0)).sound[: 2 * RATE_HZ])
    for pitch in (50, 51):
        near = np.abs(12 * np.log2(np.maximum(hz, 1) / 440) + 69 - pitch) < 0.2
        assert power[near].max() > 0.2 * power[hz < 200].max()


@pytest.mark.data
def test_the_model_answers_as_the_instrument_would(data: Path) -> None:
    model = Model()
    probe = next(p for p in probes(data) if p.unit == "brightness")
    found = ask(model, [probe])[0]
    again = hear(model, probe.lower.sound)
    np.testing.assert_array_equal(found.lower, again[0])
    assert found.lower_emotions.sum() == pytest.approx(1.0, abs=1e-6)
    assert found.right_way
    assert len(FrontEnd().push(probe.lower.sound)) > 0
