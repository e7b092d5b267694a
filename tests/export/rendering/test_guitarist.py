from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.notes import Notes
from export.rendering import guitarist
from export.rendering.fretboard import FRETS, OPEN_STRINGS, REACH, shapes
from export.rendering.guitarist import Style, perform

SEEDS = range(6)


@pytest.fixture
def piano() -> Notes:
    """Ten-note chords, clusters, wide leaps and fast runs over five octaves: much of it no hand can stop."""
    rng = np.random.default_rng(3)
    rows = []
    for at in np.cumsum(rng.uniform(0.05, 0.6, 120)):
        for _ in range(rng.integers(1, 10)):
            start = at + rng.uniform(0, 0.02)
            rows.append((start, start + rng.uniform(0.05, 2.5), int(rng.integers(28, 100)), int(rng.integers(30, 110))))
    return Notes.of(rows)


def styled(monkeypatch: pytest.MonkeyPatch, **values: float) -> None:
    quiet = Style(1.0, 0, 0.5, 0.0, 0.012, 0.0, 0.0, 0.0)
    monkeypatch.setattr(Style, "draw", classmethod(lambda cls, rng: replace(quiet, **values)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_string_sounds_one_note_at_a_time_at_the_pitch_of_its_fret(piano: Notes, seed: int) -> None:
    played = perform(piano, seed)
    assert len(played.notes) > 0.5 * len(piano)
    np.testing.assert_array_equal(np.array(OPEN_STRINGS)[played.string] + played.fret, played.notes.pitch)
    assert played.fret.min() >= 0
    assert played.fret.max() <= FRETS
    assert (played.notes.end_s > played.notes.start_s).all()
    for s in range(6):
        on = played.string == s
        assert (played.notes.start_s[on][1:] > played.notes.end_s[on][:-1]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_stopped_at_one_time_lies_within_the_hands_reach(piano: Notes, seed: int) -> None:
    played = perform(piano, seed)
    notes = played.notes
    for t in np.arange(0.0, notes.length_s, 0.037):
        sounding = (notes.start_s <= t) & (t < notes.end_s) & (played.fret > 0)
        # the hand goes to its new place while the last sound of a chord played late still fades
        settled = np.abs(played.shift_s - t).min(initial=9.0) > 0.15
        if sounding.any() and settled:
            assert np.ptp(played.fret[sounding]) <= REACH


def test_melody_and_bass_of_a_chord_without_a_fingering_are_kept() -> None:
    for wanted in ((40, 41, 42, 43, 44, 76), (41, 43, 45, 47, 83), (40, 52, 55, 59, 64, 67, 71)):
        found = shapes(wanted)
        assert found.pitches[-1] == wanted[-1]
        assert found.pitches[0] % 12 == wanted[0] % 12
        assert all((p - wanted[k]) % 12 == 0 for p, k in zip(found.pitches, found.source, strict=True))


def test_a_strum_runs_over_the_strings_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    styled(monkeypatch, strum_chance=1.0)
    chord = [(float(at), at + 0.9, pitch, 80) for at in range(12) for pitch in (40, 47, 52, 56, 59, 64)]
    played = perform(Notes.of(chord), 0)
    ways = set()
    for at in range(12):
        strum = np.flatnonzero(np.abs(played.notes.start_s - at) < 0.3)
        order = played.string[strum].tolist()
        assert order in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0])
        ways.add(order[0])
        steps = np.diff(played.notes.start_s[strum])
        assert steps.min() > 0.003
        assert steps.max() < 0.035
    assert ways == {0, 5}


def test_legato_rings_on_with_the_style_and_staccato_never_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def mean_length(written_s: float, let_ring: float) -> float:
        styled(monkeypatch, let_ring=let_ring)
        arpeggio = [(0.5 * k, 0.5 * k + written_s, (40, 47, 52, 56, 59, 64)[k % 6], 80) for k in range(24)]
        notes = perform(Notes.of(arpeggio), 0).notes
        return float((notes.end_s - notes.start_s).mean())

    assert mean_length(0.1, 0.0) == pytest.approx(0.1, abs=0.01)
    assert mean_length(0.1, 1.0) == pytest.approx(0.1, abs=0.01)
    assert mean_length(0.5, 0.0) == pytest.approx(0.5, abs=0.03)
    assert mean_length(0.5, 1.0) > 1.2


def test_tempo_and_transposition_are_what_the_style_says(monkeypatch: pytest.MonkeyPatch) -> None:
    styled(monkeypatch, tempo=1.05, transposition=2)
    played = perform(Notes.of([(0.0, 1.0, 52, 80), (21.0, 22.0, 86, 80)]), 0).notes
    assert played.start_s[1] == pytest.approx(20.0, abs=0.03)
    assert played.pitch.tolist() == [54, 76]  # the second would leave the fretboard: an octave lower


def test_a_seed_gives_one_performance_and_another_seed_another(piano: Notes) -> None:
    first, again, other = perform(piano, 1), perform(piano, 1), perform(piano, 2)
    assert first.notes.rows() == again.notes.rows()
    assert first.notes.rows() != other.notes.rows()
    styles = [perform(piano, seed).style for seed in range(40)]
    assert {s.transposition for s in styles} == {-2, -1, 0, 1, 2}
    assert all(0.92 <= s.tempo <= 1.09 for s in styles)


def test_no_notes_make_an_empty_performance() -> None:
    assert len(perform(Notes.of([]), 0).notes) == 0
    assert guitarist.LONGEST_S <= 5.0
