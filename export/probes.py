"""Questions to a model about real guitar that nobody labelled: does each mid-level value move the way the playing does?

Each probe is two sounds made of real recordings that differ in one thing: notes cut short or left to ring, major or
minor chords, low or high strings. The model hears both as the instrument would, from the sound card's rate on, and the
value must be higher for the second. That says nothing of emotions, whose probabilities are shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.chain import Chain
from edge.config import Decision
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL, TrustState
from export import midlevel
from export.notes import CorpusError
from export.phrases import (
    RATE_HZ,
    Phrase,
    Sound,
    chords,
    damped,
    emily,
    even,
    guitarset,
    pairs,
    shelved,
    softer,
    strings,
    uneven,
)

Values = NDArray[np.float64]

_FULL_WINDOW_S = 8.0  # from then on the instrument speaks of a whole window
_AFTER_LOUD_S = 10.0
_CLEAR = 0.25  # standard deviations
_ARPEGGIO = (40, 55, 59, 64, 59, 55, 45, 50)
_TUNE = (55, 57, 59, 60, 62, 60, 59, 57)  # steps of G major
_LEAPS = (55, 62, 57, 64, 59, 52, 60)  # the same key, every move five semitones or more
_ROW = (55, 61, 57, 60, 54, 63, 58, 62, 56, 59, 53, 64)


@dataclass(frozen=True, slots=True)
class Probe:
    """Two phrases of which `higher` must have the higher value of `unit`.

    Attributes
    ----------
    name : str
        What is done, from `lower` to `higher`.
    unit : str
        One of `MID_LEVEL`.
    lower, higher : Phrase
    made : str
        What is recorded, and what was done to it.
    from_s : float
        What is heard before is preparation.
    """

    name: str
    unit: str
    lower: Phrase
    higher: Phrase
    made: str
    from_s: float = _FULL_WINDOW_S


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of a probe.

    Attributes
    ----------
    lower, higher : (11,) float64
        Mid-level values in standard deviations of the training music, mean over the predictions.
    lower_emotions, higher_emotions : (4,) float64
        Probabilities, mean over the predictions.
    expected : float
        How far apart `export.midlevel` finds the notes, in the same standard deviations; NaN where none are known.
    """

    probe: Probe
    lower: Values
    higher: Values
    lower_emotions: Values
    higher_emotions: Values
    expected: float

    @property
    def difference(self) -> float:
        k = MID_LEVEL.index(self.probe.unit)
        return float(self.higher[k] - self.lower[k])

    @property
    def clear(self) -> bool:
        """Whether the notes, where they are known, differ enough for the answer to mean something."""
        return not self.expected < _CLEAR

    @property
    def right_way(self) -> bool:
        return self.difference > 0.0

    def to_dict(self) -> dict[str, Any]:
        k = MID_LEVEL.index(self.probe.unit)
        return {
            "probe": self.probe.name,
            "unit": self.probe.unit,
            "made": self.probe.made,
            "lower": round(float(self.lower[k]), 3),
            "higher": round(float(self.higher[k]), 3),
            "difference": round(self.difference, 3),
            "expected": None if np.isnan(self.expected) else round(self.expected, 3),
            "clear": self.clear,
            "right_way": self.right_way,
            "lower_emotions": dict(zip(EMOTIONS, self.lower_emotions.round(3).tolist(), strict=True)),
            "higher_emotions": dict(zip(EMOTIONS, self.higher_emotions.round(3).tolist(), strict=True)),
        }


def probes(data: Path) -> list[Probe]:
    """Return all probes, from `data`/real and, for recorded dynamics, `data`/guitars/emily."""
    real = data / "real"
    comp, solo = (guitarset(real, f"00_BN1-129-Eb_{part}") for part in ("comp", "solo"))
    paces = [
        (f"{1 / gap_s:g} a second", *(strings(real, _ARPEGGIO, onsets, 0.3) for onsets in (even(gap_s), uneven(gap_s))))
        for gap_s in (0.25, 0.5)
    ]
    ringing, cut, slow, fast = (
        strings(real, _ARPEGGIO, even(gap_s), sounding_s)
        for gap_s, sounding_s in ((0.5, np.inf), (0.5, 0.15), (1.0, np.inf), (0.25, np.inf))
    )
    low, high = (strings(real, pitches, even(0.5)) for pitches in ((40, 45, 50), (55, 59, 64)))
    tune, leaps, row = (strings(real, pitches, even(0.5)) for pitches in (_TUNE, _LEAPS, _ROW))
    cadence = (0, 5, -5, 0)
    return [
        *_each(
            "minorness",
            ("major → minor chords", chords(real, "major"), chords(real, "minor"), "chords, G and D, one a second"),
            (
                "major → minor I IV V I",
                chords(real, "major", cadence),
                chords(real, "minor", cadence),
                "the same, IV and V by another speed",
            ),
        ),
        *_each(
            "articulation",
            ("legato → staccato strings", ringing, cut, "open strings every 0.5 s, faded at 0.15 s"),
            ("legato → staccato chords", chords(real, "major"), chords(real, "major", (0,), 0.3), "faded at 0.3 s"),
            ("as played → damped solo", solo, damped(solo, 0.4), "faded at 0.4 of the time to the next onset"),
            ("as played → damped comping", comp, damped(comp, 0.4), "faded at 0.4 of the time to the next onset"),
        ),
        *_each(
            "sound_level",
            ("softer → the same comping", softer(comp, -12.0, _AFTER_LOUD_S), comp, "level alone: -12 dB from 10 s on"),
            ("softer → the same solo", softer(solo, -12.0, _AFTER_LOUD_S), solo, "level alone: -12 dB from 10 s on"),
            (
                "soft → hard hand",
                emily(data, "p"),
                emily(data, "f"),
                "recorded p and f of a guitar known from training",
            ),
            from_s=_AFTER_LOUD_S + _FULL_WINDOW_S,
        ),
        *_each(
            "rhythmic_complexity",
            *((f"even → uneven, {pace}", beat, no_beat, "as many open strings") for pace, beat, no_beat in paces),
        ),
        *_each(
            "rhythmic_stability",
            *((f"uneven → even, {pace}", no_beat, beat, "as many open strings") for pace, beat, no_beat in paces),
        ),
        *_each("note_density", ("slow → fast strings", slow, fast, "open strings every 1 s and every 0.25 s")),
        *_each("register", ("low → high strings", low, high, "open strings E2 A2 D3 and G3 B3 E4")),
        *_each(
            "dissonance",
            (
                "fifths → minor seconds",
                pairs(real, 7, even(1.0)),
                pairs(real, 1, even(1.0)),
                "an open string and itself by another speed",
            ),
        ),
        *_each("tonal_stability", ("twelve-tone row → tune in G", row, tune, "open strings, some by another speed")),
        *_each("melodiousness", ("leaps → steps", leaps, tune, "open strings, some by another speed")),
        *_each("brightness", ("treble -9 → +9 dB", shelved(solo, -9.0), shelved(solo, 9.0), "solo, above 800 Hz")),
        *_by_their_notes(comp, solo),
    ]


def _each(unit: str, *rows: tuple[str, Phrase, Phrase, str], from_s: float = _FULL_WINDOW_S) -> list[Probe]:
    return [Probe(name, unit, lower, higher, made, from_s) for name, lower, higher, made in rows]


def _by_their_notes(comp: Phrase, solo: Phrase) -> list[Probe]:
    """Return comping against solo, as recorded, in the direction that the annotated notes say."""
    found = []
    apart = _of_notes(solo, _FULL_WINDOW_S) - _of_notes(comp, _FULL_WINDOW_S)
    for unit, difference in zip(MID_LEVEL, apart, strict=True):
        if unit in ("sound_level", "brightness"):  # nobody annotated these
            continue
        name, lower, higher = ("comping → solo", comp, solo) if difference > 0 else ("solo → comping", solo, comp)
        found.append(Probe(name, unit, lower, higher, "as recorded; direction by the annotation"))
    return found


def ask(model: Model, questions: Iterable[Probe]) -> list[Answer]:
    """Let the model hear both sounds of every probe."""
    training = model.contract.card.get("training", {})
    deviation = np.array(training.get("mid_level_deviation", [np.nan] * len(MID_LEVEL)))
    answers = []
    for probe in questions:
        lower, higher = (hear(model, p.sound, probe.from_s) for p in (probe.lower, probe.higher))
        apart = (_of_notes(probe.higher, probe.from_s) - _of_notes(probe.lower, probe.from_s)) / deviation
        answers.append(Answer(probe, lower[0], higher[0], lower[1], higher[1], apart[MID_LEVEL.index(probe.unit)]))
    return answers


def hear(model: Model, sound: Sound, from_s: float = _FULL_WINDOW_S) -> tuple[Values, Values]:
    """Return mid-level values, (11,), and probabilities, (4,): means of what the instrument says from `from_s` on."""
    said = Chain(model, Decision(), RATE_HZ).push(sound, last=True)
    heard = [p for p in said if p.time_s >= from_s and p.state is not TrustState.SILENT]
    if not heard:
        raise CorpusError(f"nobody plays after {from_s} s: the sound is too short or too soft to ask about")
    return np.mean([p.mid_level for p in heard], axis=0), np.mean([p.probabilities for p in heard], axis=0)


def _of_notes(phrase: Phrase, from_s: float) -> Values:
    """Return the mean mid-level values of the notes in the windows that end from `from_s` on, (11,)."""
    if phrase.notes is None:
        return np.full(len(MID_LEVEL), np.nan)
    starts = np.arange(from_s, len(phrase.sound) / RATE_HZ + 0.01) - midlevel.WINDOW_S
    values = np.array([midlevel.of_notes(phrase.notes, s, s + midlevel.WINDOW_S) for s in starts])
    return np.asarray(values.mean(axis=0))


def as_table(answers: Sequence[Answer]) -> str:
    """Return a Markdown table, one line for each probe; values in standard deviations of the training music."""
    lines = [
        "| unit | from → to | value | difference | by the notes | right way | emotions |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for a in answers:
        row = a.to_dict()
        said = [f"{EMOTIONS[p.argmax()]} {100 * p.max():.0f} %" for p in (a.lower_emotions, a.higher_emotions)]
        expected = "" if row["expected"] is None else f"{a.expected:+.2f}"
        lines.append(
            f"| {a.probe.unit} | {a.probe.name} | {row['lower']:+.2f} → {row['higher']:+.2f} | {a.difference:+.2f} | "
            f"{expected} | {_verdict(a)} | {said[0]} → {said[1]} |"
        )
    asked = [a for a in answers if a.clear]
    lines += ["", f"{sum(a.right_way for a in asked)} of {len(asked)} the right way."]
    return "\n".join(lines) + "\n"


def _verdict(answer: Answer) -> str:
    return ("yes" if answer.right_way else "no") if answer.clear else "too close to ask"
