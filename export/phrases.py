"""Phrases made of real recordings: notes and chords set in time, cut short, made softer or brighter.

Nothing is synthesised. What a hand did not play is said by the functions' names: another pitch comes of another speed,
as on a tape, and a damped note of a fade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal

from export.notes import STRUM_S, CorpusError, Notes, read_jams
from export.rendering.equalizer import high_shelf

Sound = NDArray[np.float32]
Times = NDArray[np.float64]

RATE_HZ = 44100
LENGTH_S = 12.0
_FADE_S = 0.05  # a damping hand
_ANNOTATED_LATE_S = 0.01  # an annotated onset may be a moment late
_PEAK = 0.5

_STRINGS = {40: "LowEstring1", 45: "Astring", 50: "Dstring", 55: "Gstring", 59: "Bstring", 64: "highEstring"}
CHORDS = {"major": ("chord1", "chord3"), "minor": ("chord2", "chord4")}
"""Berklee's chords by name: G major and D minor, each in two positions; read off their spectra."""

EMILY_ROOTS = ("e2", "a2", "c3", "a3", "c4")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Samples at `RATE_HZ`, full scale ±1, and the notes in them, where somebody knows them."""

    sound: Sound
    notes: Notes | None = None


def even(gap_s: float) -> Times:
    """Return onsets so far apart, in s, over `LENGTH_S`."""
    return np.arange(0.0, LENGTH_S - 1e-9, gap_s)


def uneven(gap_s: float, seed: int = 1) -> Times:
    """Return as many onsets as `even`, at irregular times: log-normal intervals of the same mean."""
    gap = np.clip(np.random.default_rng(seed).lognormal(0.0, 0.6, len(even(gap_s))), 0.35, 4.0)
    return np.asarray((np.cumsum(gap) - gap) * LENGTH_S / gap.sum())


def strings(real: Path, pitches: Sequence[int], onset_s: Times, sounding_s: float = np.inf) -> Phrase:
    """Return the MIDI notes in turn, each of the nearest open string by speed, damped when the next begins."""
    order = [pitches[k % len(pitches)] for k in range(len(onset_s))]
    return _in_time([_string(real, p) for p in order], onset_s, sounding_s, [(p,) for p in order])


def pairs(real: Path, interval: int, onset_s: Times) -> Phrase:
    """Return D3, G3 and B3 in turn, each with itself `interval` semitones higher by speed."""
    order = [(50, 55, 59)[k % 3] for k in range(len(onset_s))]
    sounds = []
    for p in order:
        low = _string(real, p)
        high = _at_speed(low, interval)
        sounds.append((low[: len(high)] + high) / np.float32(2.0))
    return _in_time(sounds, onset_s, np.inf, [(p, p + interval) for p in order])


def chords(real: Path, mode: str, semitones: Sequence[int] = (0,), sounding_s: float = np.inf) -> Phrase:
    """Return the recorded chords of a mode, one a second, the first `semitones` apart by speed, then the next."""
    turns = [(name, s) for name in CHORDS[mode] for s in semitones]
    onset_s = even(1.0)
    order = [turns[k % len(turns)] for k in range(len(onset_s))]
    return _in_time([_at_speed(_berklee(real, name), s) for name, s in order], onset_s, sounding_s)


def guitarset(real: Path, name: str) -> Phrase:
    """Return a recording with its annotated notes."""
    folder = real / "guitarset"
    return Phrase(_read(folder / f"{name}_mic.flac"), read_jams(folder / f"{name}.jams.gz"))


def emily(data: Path, layer: str) -> Phrase:
    """Return ten seconds of hard playing, then ten of `layer` ("p", "mp", "mf" or "f"): recorded, not scaled."""
    onset_s = np.arange(0.0, 20.0, 0.5)
    folder = data / "guitars" / "emily" / "notes"
    sounds = [
        _read(folder / f"{EMILY_ROOTS[k % len(EMILY_ROOTS)]}_{'f' if t < 10.0 else layer}_rr{1 + k % 3}.flac")
        for k, t in enumerate(onset_s)
    ]
    return _in_time(sounds, onset_s, np.inf, length_s=20.0)


def damped(phrase: Phrase, share: float) -> Phrase:
    """Return the phrase with everything faded out after `share` of the time from each onset to the next."""
    notes, sound = _known(phrase), phrase.sound
    onset_s = notes.start_s[np.diff(notes.start_s, prepend=-np.inf) > STRUM_S]
    off_s = onset_s + share * np.diff(onset_s, append=len(sound) / RATE_HZ)
    gain = np.zeros(len(sound), np.float32)
    for start, end in zip(onset_s - _ANNOTATED_LATE_S, off_s, strict=True):
        a, b, fade = max(0, round(start * RATE_HZ)), round(end * RATE_HZ), round(_FADE_S * RATE_HZ)
        gain[a:b] = 1.0
        gain[b : b + fade] = np.linspace(1.0, 0.0, fade, dtype=np.float32)[: len(gain) - b]
    until = off_s[np.searchsorted(onset_s, notes.start_s, "right") - 1]
    end_s = np.minimum(notes.end_s, np.maximum(until, notes.start_s + _FADE_S))
    return Phrase(sound * gain, replace(notes, end_s=end_s))


def softer(phrase: Phrase, db: float, from_s: float) -> Phrase:
    """Return the phrase with another level from `from_s` on; a hand that plays softer changes more than this."""
    gain = np.where(np.arange(len(phrase.sound)) < from_s * RATE_HZ, 1.0, 10.0 ** (db / 20.0))
    notes = _known(phrase)
    touch = np.where(notes.start_s < from_s, 1.0, 10.0 ** (db / 40.0))  # amplitude goes with the square of velocity
    return Phrase(
        phrase.sound * gain.astype(np.float32), replace(notes, velocity=np.rint(notes.velocity * touch).astype(int))
    )


def shelved(phrase: Phrase, db: float) -> Phrase:
    """Return the phrase with its treble above 800 Hz turned up or down."""
    shelf = high_shelf(800.0, db, RATE_HZ)[None]
    return Phrase(signal.sosfilt(shelf, phrase.sound).astype(np.float32), phrase.notes)


def _in_time(
    sounds: Sequence[Sound],
    onset_s: Times,
    sounding_s: float,
    pitches: Sequence[tuple[int, ...]] | None = None,
    length_s: float = LENGTH_S,
) -> Phrase:
    """Set sounds in time, each faded out at the next onset or after `sounding_s`."""
    out = np.zeros(round(length_s * RATE_HZ), np.float32)
    end_s = np.minimum(np.append(onset_s[1:], length_s), onset_s + sounding_s)
    fade = np.linspace(1.0, 0.0, round(_FADE_S * RATE_HZ), dtype=np.float32)
    for sound, start, end in zip(sounds, onset_s, end_s, strict=True):
        at, held = round(start * RATE_HZ), round((end - start) * RATE_HZ)
        note = np.pad(sound, (0, max(0, held + len(fade) - len(sound))))[: held + len(fade)]
        note = np.concatenate([note[:held], note[held:] * fade])[: len(out) - at]
        out[at : at + len(note)] += note
    if pitches is None:
        return Phrase(out * np.float32(_PEAK))
    rows = [(s, e, p, 80) for s, e, chord in zip(onset_s, end_s, pitches, strict=True) for p in chord]
    return Phrase(out * np.float32(_PEAK), Notes.of(rows))


def _known(phrase: Phrase) -> Notes:
    if phrase.notes is None:
        raise CorpusError("a phrase without notes cannot be changed note by note; give one that has an annotation")
    return phrase.notes


def _string(real: Path, pitch: int) -> Sound:
    nearest = min(_STRINGS, key=lambda p: abs(p - pitch))
    return _at_speed(_berklee(real, _STRINGS[nearest]), pitch - nearest)


def _berklee(real: Path, name: str) -> Sound:
    return _read(real / "berklee" / f"guitar_{name}.mp3")


def _at_speed(sound: Sound, semitones: int) -> Sound:
    if not semitones:
        return sound
    return np.asarray(soxr.resample(sound, RATE_HZ * 2.0 ** (semitones / 12.0), RATE_HZ), np.float32)


@cache
def _read(path: Path) -> Sound:
    """Return a recording, mono at `RATE_HZ`, from its first sound on."""
    if not path.is_file():
        raise CorpusError(f"{path}: no such recording; see the data folder's README")
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = np.asarray(soxr.resample(sound.mean(axis=1), rate_hz, RATE_HZ), np.float32)
    if path.suffix == ".flac" and path.name.endswith("_mic.flac"):
        return mono  # an annotation counts from the file's beginning
    first = int(np.argmax(np.abs(mono) > 0.05 * np.abs(mono).max()))
    return mono[max(0, first - round(0.005 * RATE_HZ)) :]
