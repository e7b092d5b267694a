"""What if some parts were louder or softer: rendered, heard by the network, and told as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Heard, Hearing
from edge.explain.heard.listening import CLEARLY_DB, render
from edge.explain.sound.parts import Part, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.types import EMOTIONS, MID_LEVEL

Floats = NDArray[np.float32]
Gains = NDArray[np.float64]

MOST_DB = CLEARLY_DB

_CANDIDATES = 6
_MOST_PARTS = 3
_LEAST_PROBABILITY = 0.01  # less is not worth a person's while
_LEAST_VALUE = 0.05  # of a mid-level feature, in standard deviations
_LEAST_STEP = 0.05  # of what each further part adds, in log odds or standard deviations
_NEARLY = 0.9  # of what full gains reach


@dataclass(frozen=True, slots=True)
class Change:
    """Parts raised or lowered, and what the network says before and after.

    Attributes
    ----------
    of : str
        The emotion or feature that should rise.
    parts : tuple of Part
        Those changed.
    indices : (n,) int
        Their numbers.
    gains_db : (n,) float64
    before, after : Heard
        After: of the rendered sound.
    sound : (samples,) float32
        As rendered, context included, as loud as it came out.
    calls : int
        Sounds that were rendered and heard to find this.
    """

    of: str
    parts: tuple[Part, ...]
    indices: NDArray[np.intp]
    gains_db: Gains
    before: Heard
    after: Heard
    sound: Floats
    calls: int

    @property
    def helps(self) -> bool:
        """Whether what is asked for rises by enough to be worth it."""
        if not self.parts:
            return False
        if self.of in MID_LEVEL:
            return self.after.value(self.of) - self.before.value(self.of) >= _LEAST_VALUE
        k = EMOTIONS.index(self.of)
        return bool(self.after.probabilities[k] - self.before.probabilities[k] >= _LEAST_PROBABILITY)

    def to_dict(self) -> dict[str, Any]:
        """Return names instead of positions; "moves" is how far each emotion's probability went."""
        return {
            "of": self.of,
            "helps": self.helps,
            "parts": [
                {"id": int(k), "name": part.name, "gain_db": round(float(gain_db), 2)}
                for k, part, gain_db in zip(self.indices, self.parts, self.gains_db, strict=True)
            ],
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "moves": {
                e: round(float(after - before), 6)
                for e, before, after in zip(EMOTIONS, self.before.probabilities, self.after.probabilities, strict=True)
            },
            "calls": self.calls,
        }


def change(hearing: Hearing, spectrogram: Spectrogram, parts: Parts, gains_db: NDArray[np.floating], of: str) -> Change:
    """Raise or lower each part by its gain, (parts,) in dB, and say how far everything really moves.

    `of` is the emotion or feature that the person asks about.
    """
    trial = _Trials(hearing, spectrogram, parts, of)
    return trial.change(trial.run(np.asarray(gains_db, np.float64)))


def towards(
    hearing: Hearing,
    spectrogram: Spectrogram,
    parts: Parts,
    weights: NDArray[np.floating],
    of: str,
    most_db: float = MOST_DB,
) -> Change:
    """Find a change of few parts that makes an emotion more probable, or a mid-level feature higher.

    The weights say what to try: what speaks for it louder, what speaks against it softer, by `most_db` each. What is
    kept is what the network says of the rendered sound: parts are added as long as each helps; then half the gains
    are tried, since less is better where it does as much. About ten sounds are rendered. Where nothing helps, the
    change is without parts.

    Parameters
    ----------
    hearing : Hearing
        Of the spectrogram's excerpt.
    spectrogram : Spectrogram
    parts : Parts
    weights : (parts,)
        On `of`, as an estimate gives them.
    of : str
        An emotion or a mid-level feature.
    most_db : float
    """
    trial = _Trials(hearing, spectrogram, parts, of)
    weights = np.asarray(weights, np.float64)
    strongest = np.argsort(-np.abs(weights), kind="stable")[:_CANDIDATES]
    alone = []
    for k in strongest[weights[strongest] != 0.0]:
        gains_db = np.zeros(len(parts))
        gains_db[k] = np.sign(weights[k]) * most_db
        alone.append(trial.run(gains_db))
    best = trial.original
    for one in sorted(alone, key=lambda run: -run.worth):
        if one.worth < _LEAST_STEP or np.count_nonzero(best.gains_db) == _MOST_PARTS:
            break
        more = one if best is trial.original else trial.run(best.gains_db + one.gains_db)
        if more.worth >= best.worth + _LEAST_STEP:
            best = more
    if best is not trial.original:
        half = trial.run(best.gains_db / 2.0)
        if half.worth >= _NEARLY * best.worth:
            best = half
    found = trial.change(best)
    return found if found.helps else trial.change(trial.original)


def worth(of: str, before: Heard, after: Heard) -> float:
    """Return by how much the log odds of an emotion rise, or the value of a feature.

    Small steps from an unlikely emotion count as much as from a likely one, so that several can add up.
    """
    if of in MID_LEVEL:
        return after.value(of) - before.value(of)
    return _log_odds(of, after) - _log_odds(of, before)


def _log_odds(of: str, heard: Heard) -> float:
    p = np.clip(heard.probabilities[EMOTIONS.index(of)], 1e-9, 1.0 - 1e-9)
    return float(np.log(p / (1.0 - p)))


@dataclass(frozen=True, slots=True)
class _Run:
    gains_db: Gains
    sound: Floats
    heard: Heard
    worth: float


class _Trials:
    """Renders and listens, and counts how often."""

    def __init__(self, hearing: Hearing, spectrogram: Spectrogram, parts: Parts, of: str) -> None:
        self._spectrogram, self._parts, self._of = spectrogram, parts, of
        self._hearing = hearing
        self._calls = 0
        sound = spectrogram.excerpt.sound
        self.original = _Run(np.zeros(len(parts)), sound, self._hear(sound), 0.0)

    def run(self, gains_db: Gains) -> _Run:
        sound = render(self._spectrogram, self._parts, gains_db)
        heard = self._hear(sound)
        return _Run(gains_db, sound, heard, worth(self._of, self.original.heard, heard))

    def change(self, run: _Run) -> Change:
        indices = np.flatnonzero(run.gains_db)
        parts = tuple(self._parts.parts[k] for k in indices)
        gains_db = run.gains_db[indices]
        return Change(self._of, parts, indices, gains_db, self.original.heard, run.heard, run.sound, self._calls)

    def _hear(self, sound: Floats) -> Heard:
        self._calls += 1
        return self._hearing.hear(sound)
