"""One guitar divided into sources: nothing lost, nothing twice, and each sound where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from edge.errors import ExplainError
from edge.explain.sound.notes import note_groups
from edge.explain.sound.parts import Parts
from edge.explain.sound.sources import ATTACK, REGISTERS, STRINGS, sources
from edge.explain.sound.spectrogram import Spectrogram
from export.notes import read_jams
from tests.edge.explain.excerpts import S, guitarset, pluck, real, real_path, spectrogram_of

NAMES = ("parts", "notes", "blocks")
T = np.arange(5 * S.rate_hz) / S.rate_hz


def energies(parts: Parts, spectrogram: Spectrogram) -> dict[str, float]:
    """Return the share of the energy that each source has, by name."""
    assert parts.shares is not None
    energy = (parts.shares * spectrogram.power).sum(axis=(1, 2))
    return {part.name: float(e / energy.sum()) for part, e in zip(parts.parts, energy, strict=True)}


def assert_whole(parts: Parts) -> None:
    assert parts.shares is not None
    assert parts.shares.dtype == np.float32
    assert parts.shares.min() >= 0.0
    np.testing.assert_allclose(parts.shares.sum(axis=0), 1.0, atol=1e-5)
    assert len({part.name for part in parts.parts}) == len(parts)


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("kind", "end_s", "window_s"), [("comp", 12.0, 8.0), ("solo", 20.0, 8.0), ("solo", 12.0, 3.0)])
def test_shares_of_real_playing_sum_to_one(name: str, kind: str, end_s: float, window_s: float) -> None:
    window = guitarset(kind, end_s, window_s)
    parts = sources(name, window)
    assert_whole(parts)
    assert {"parts": 4, "notes": 3, "blocks": 16}[name] <= len(parts) <= {"parts": 4, "notes": 8, "blocks": 32}[name]
    np.testing.assert_array_equal(sources(name, window).shares, parts.shares)
    for part in parts.parts:
        assert window.edges_s[0] <= part.t0_s < part.t1_s <= window.edges_s[-1]
        assert 0.0 <= part.f0_hz < part.f1_hz <= S.rate_hz / 2


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_sounds_of_the_sources_have_the_power_of_the_whole(name: str) -> None:
    window = guitarset("comp", 12.0, 4.0)
    parts = sources(name, window)
    samples = slice(-window.excerpt.window_steps * S.step, None)
    alone = np.stack([window.sound(parts.gain(one)) for one in np.eye(len(parts))])[:, samples]
    whole = window.excerpt.sound[samples]
    assert np.square(alone).sum() == pytest.approx(np.square(whole).sum(), rel=0.05)
    # the roots of shares sum to more than one: louder, by 3 dB at most where two overlap, yet the same sound
    together = alone.sum(axis=0)
    assert np.corrcoef(together, whole)[0, 1] > 0.97
    assert 0.0 < 20 * np.log10(together.std() / whole.std()) < 4.0
    # all of them on is exactly the whole
    np.testing.assert_allclose(window.sound(parts.gain(np.ones(len(parts))))[samples], whole, atol=1e-5)


@pytest.mark.parametrize("name", [*NAMES, "strings"])
@pytest.mark.parametrize("steps", [1, 2, 6, 24])
@pytest.mark.parametrize("level", [0.0, 1e-20, 1e-9])
def test_silence_and_short_windows_give_shares(name: str, steps: int, level: float) -> None:
    sound = level * np.random.default_rng(0).standard_normal(3 * S.rate_hz)
    window = spectrogram_of(sound, steps / S.steps_per_second)
    parts = sources(name, window, np.tile(window.excerpt.sound, (6, 1)))
    assert_whole(parts)
    for part in parts.parts:
        assert part.t0_s < part.t1_s
        assert part.f0_hz < part.f1_hz


def test_a_click_is_an_attack() -> None:
    sound = np.zeros(len(T))
    sound[4 * S.rate_hz] = 1.0
    window = spectrogram_of(sound, 4.0)
    parts = sources("parts", window)
    assert energies(parts, window)[ATTACK] > 0.95
    attack = next(part for part in parts.parts if part.name == ATTACK)
    assert 3.9 < attack.t0_s < 4.0 < attack.t1_s < 4.1


@pytest.mark.parametrize(("hz", "register"), [(110.0, 0), (400.0, 1), (2000.0, 2)])
def test_a_tone_lies_in_its_register(hz: float, register: int) -> None:
    window = spectrogram_of(0.1 * np.sin(2 * np.pi * hz * T), 4.0)
    parts = sources("", window)
    assert [part.name for part in parts.parts] == [ATTACK, *REGISTERS]
    assert energies(parts, window)[REGISTERS[register]] > 0.95
    place = parts.parts[register + 1]
    assert place.f0_hz < hz < place.f1_hz
    assert place.f1_hz - place.f0_hz < 100.0


def alternating(first_hz: float, second_hz: float) -> Spectrogram:
    notes = [pluck(hz, 0.5) for hz in (first_hz, second_hz) * 5]
    return spectrogram_of(np.concatenate(notes), 4.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [((110.0, "A2"), (164.81, "E3")), ((82.41, "E2"), (123.47, "B2")), ((196.0, "G3"), (220.0, "A3"))],
)
def test_notes_that_alternate_are_different_groups(first: tuple[float, str], second: tuple[float, str]) -> None:
    window = alternating(first[0], second[0])
    parts = sources("notes", window)
    assert parts.shares is not None
    assert parts.parts[0].name == ATTACK
    # the notes last half a second each; the window begins with the third
    frames_s = (window.edges_s[:-1] + window.edges_s[1:]) / 2
    phase = frames_s % 0.5
    inside = (phase > 0.1) & (phase < 0.4)
    is_first = (frames_s // 0.5).astype(int) % 2 == 0
    energy = (parts.shares * window.power).sum(axis=2)
    for name, mine, other in ((first[1], is_first, ~is_first), (second[1], ~is_first, is_first)):
        group = [k for k, part in enumerate(parts.parts) if name in part.name]
        assert group, f"{name} is in none of {[part.name for part in parts.parts]}"
        its = energy[group].sum(axis=0)
        harmonic = energy[1:].sum(axis=0)
        assert its[inside & mine].sum() > 0.8 * harmonic[inside & mine].sum()
        assert its[inside & other].sum() < 0.1 * harmonic[inside & other].sum()


@pytest.mark.data
@pytest.mark.parametrize(("kind", "end_s"), [("comp", 12.0), ("comp", 20.0), ("solo", 12.0), ("solo", 20.0)])
def test_note_groups_of_real_playing_are_named_after_notes_that_were_played(kind: str, end_s: float) -> None:
    window = guitarset(kind, end_s, 8.0)
    notes = read_jams(real_path(f"guitarset/00_BN1-129-Eb_{kind}.jams.gz"))
    sounding = (np.asarray(notes.start_s) < end_s) & (np.asarray(notes.end_s) > end_s - 8.0)
    steps = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    played = {f"{steps[p % 12]}{p // 12 - 1}" for p in notes.pitch[sounding].tolist()}
    share = energies(sources("notes", window), window)
    del share[ATTACK]
    right = sum(e for name, e in share.items() if played & set(name.split())) / sum(share.values())
    print(f"{kind} at {end_s} s: {right:.0%} of the energy is in groups named after one of {sorted(played)}: {share}")
    assert len(played) < 20  # of 51 that could be named
    assert right > 0.75


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "note"),
    [
        ("LowEstring1", "E2"),
        ("Astring", "A2"),
        ("Dstring", "D3"),
        ("Gstring", "G3"),
        ("Bstring", "B3"),
        ("highEstring", "E4"),
    ],
)
def test_real_open_strings_are_named(file: str, note: str) -> None:
    window = spectrogram_of(real(f"berklee/guitar_{file}.mp3")[: 3 * S.rate_hz], 3.0)
    share = energies(sources("notes", window), window)
    assert max(share, key=lambda name: share[name]) == f"around {note}"


def test_note_groups_are_few_and_shared_out_wholly() -> None:
    window = alternating(110.0, 164.81)
    shares, names = note_groups(window, np.ones(window.stft.shape, np.float32))
    assert len(shares) == len(names) == len(set(names)) <= 7
    np.testing.assert_allclose(sum(shares), 1.0, atol=1e-5)


def test_blocks_are_the_parts_from_pluck_to_pluck() -> None:
    sound = np.zeros(len(T))
    plucks_s = (1.5, 2.3, 3.3, 4.2)
    for start_s in plucks_s:
        tone = pluck(196.0, 5.0 - start_s)
        sound[-len(tone) :] += tone
    window = spectrogram_of(sound, 4.0)
    parts, blocks = sources("parts", window), sources("blocks", window)
    assert parts.shares is not None
    assert blocks.shares is not None
    in_time = blocks.shares.reshape(-1, len(parts), *window.stft.shape)
    assert 4 <= len(in_time) <= 8
    np.testing.assert_allclose(in_time.sum(axis=0), parts.shares, atol=1e-6)
    # from one to the next in about four frames
    weight = in_time.sum(axis=(1, 3)) / window.stft.shape[1]
    for one, other in pairwise(weight):
        fading = np.flatnonzero((one > 0.01) & (other > 0.01))
        assert 3 <= len(fading) <= 5
    begins_s = np.array([window.edges_s[np.argmax(w > 0.5)] for w in weight])
    for start_s in plucks_s:
        assert np.abs(begins_s - start_s).min() < 0.08
    assert blocks.parts[0].name.startswith(f"{ATTACK}, ")
    assert blocks.parts[0].name.endswith(" s")


def six(sounds: Sequence[float]) -> np.ndarray:
    """Return six channels in which the strings sound at these levels, each at its open note."""
    hz = (82.41, 110.0, 146.83, 196.0, 246.94, 329.63)
    return np.stack([level * np.sin(2 * np.pi * f * T) for f, level in zip(hz, sounds, strict=True)]).astype(np.float32)


def test_strings_are_told_apart_by_their_own_pickups() -> None:
    channels = six((1.0, 0.0, 0.5, 0.0, 0.0, 0.25))
    window = spectrogram_of(channels.sum(axis=0), 3.0)
    parts = sources("strings", window, channels[:, -len(window.excerpt.sound) :])
    assert_whole(parts)
    share = energies(parts, window)
    assert tuple(share) == STRINGS
    whole = 1.0 + 0.25 + 0.0625
    np.testing.assert_allclose(list(share.values()), [1 / whole, 0, 0.25 / whole, 0, 0, 0.0625 / whole], atol=0.02)


def test_strings_without_their_channels_are_refused_in_one_line() -> None:
    window = spectrogram_of(np.sin(T), 2.0)
    samples = len(window.excerpt.sound)
    for channels, what in (
        (None, "hexaphonic"),
        (np.zeros((2, samples)), "6 channels"),
        (np.zeros((6, 9)), f"{samples}"),
    ):
        with pytest.raises(ExplainError, match=what) as error:
            sources("strings", window, channels)
        assert "\n" not in str(error.value)
    with pytest.raises(ExplainError, match="choose one of"):
        sources("drums", window)
