"""From probabilities to what is shown: gate, smoothing, hysteresis, ambivalence, trust state.

A state machine that knows no clock: time comes in with every call, in seconds of sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.config import Decision as Settings
from edge.types import EMOTIONS, TrustState

Probabilities = NDArray[np.float64]

UNSURE_HYSTERESIS = 0.03
"""How much clearer than `unsure_below` it must become before the state is `live` again."""

VALENCE_SIGN = (-1.0, 1.0, 1.0, -1.0)
AROUSAL_SIGN = (1.0, 1.0, -1.0, -1.0)
"""The quadrants of Russell's (1980) circumplex in which the `EMOTIONS` lie."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the decision shows at one moment; see `edge.types.Prediction` for the fields."""

    state: TrustState
    label: str
    confidence: float
    probabilities: tuple[float, ...]
    valence: float
    arousal: float


class Decision:
    """Call `hears` with every step's level; call `follow` after it, with probabilities while it says True."""

    def __init__(self, settings: Settings, step_s: float) -> None:
        self._s = settings
        self._rise = _smoothing(settings.attack_s, step_s)
        self._fall = _smoothing(settings.release_s, step_s)
        self.reset()

    def reset(self) -> None:
        """Forget everything: nobody has played yet."""
        self._gate_open = False
        self._quiet_since: float | None = None
        self._probabilities: list[float] = []
        self._label = -1
        self._label_since = -math.inf
        self._unsure = False

    def take_over(self, other: Decision) -> None:
        """Go on where another one, with other settings, has come to."""
        self._gate_open, self._quiet_since = other._gate_open, other._quiet_since
        self._probabilities = other._probabilities
        self._label, self._label_since, self._unsure = other._label, other._label_since, other._unsure

    def hears(self, level_dbfs: float, time_s: float) -> bool:
        """Return whether somebody plays, or has played within the gate's hold."""
        threshold = self._s.gate_dbfs - (self._s.gate_hysteresis_db if self._gate_open else 0.0)
        if level_dbfs >= threshold:
            self._gate_open = True
            self._quiet_since = None
        elif self._gate_open:
            if self._quiet_since is None:
                self._quiet_since = time_s
            if time_s - self._quiet_since >= self._s.gate_hold_s:
                self._gate_open = False
        return self._gate_open

    def begin(self) -> None:
        """Let the next probabilities count as the first: what was played before a silence has no say any more."""
        self._probabilities = []

    def follow(self, probabilities: Probabilities | None, time_s: float) -> Verdict:
        """Return what to show, given the newest probabilities, (4,), or None in silence."""
        if probabilities is None:
            return self._verdict(TrustState.SILENT)
        self._smooth(probabilities.tolist())
        self._choose_label(time_s)
        return self._verdict(TrustState.UNSURE if self._is_unsure() else TrustState.LIVE)

    def _smooth(self, target: list[float]) -> None:
        if not self._probabilities:
            self._probabilities = target
            return
        smoothed = [
            p + (self._rise if new > p else self._fall) * (new - p)
            for p, new in zip(self._probabilities, target, strict=True)
        ]
        total = sum(smoothed)
        self._probabilities = [p / total for p in smoothed]

    def _choose_label(self, time_s: float) -> None:
        p = self._probabilities
        best = p.index(max(p))
        if best == self._label:
            return
        held_s = time_s - self._label_since
        if self._label < 0 or (p[best] - p[self._label] >= self._s.margin and held_s >= self._s.hold_s):
            self._label, self._label_since = best, time_s

    def _is_unsure(self) -> bool:
        second, first = sorted(self._probabilities)[-2:]
        if self._probabilities[self._label] < first:
            return True  # on the way to another label
        threshold = self._s.unsure_below + (UNSURE_HYSTERESIS if self._unsure else 0.0)
        self._unsure = first - second < threshold
        return self._unsure

    def _verdict(self, state: TrustState) -> Verdict:
        p = self._probabilities
        if self._label < 0 or not p:
            even = tuple(1.0 / len(EMOTIONS) for _ in EMOTIONS)
            return Verdict(state, "", 0.0, even, 0.0, 0.0)
        best_other = max(q for k, q in enumerate(p) if k != self._label)
        return Verdict(
            state,
            EMOTIONS[self._label],
            max(0.0, p[self._label] - best_other),
            tuple(p),
            sum(sign * q for sign, q in zip(VALENCE_SIGN, p, strict=True)),
            sum(sign * q for sign, q in zip(AROUSAL_SIGN, p, strict=True)),
        )


def _smoothing(time_constant_s: float, step_s: float) -> float:
    """Return the share of the way that a one-pole filter goes towards its target in one step."""
    return 1.0 - math.exp(-step_s / time_constant_s) if time_constant_s > 0 else 1.0
