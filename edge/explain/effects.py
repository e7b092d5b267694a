"""What each mid-level feature adds to each emotion: exact, at a moment, over a take, and over many takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL

Values = NDArray[np.float64]

FEWEST_USUAL = 100
"""Moments of playing, 9 s, from which on it is known what is usual for a player; one prediction speaks of up to 8 s."""

_WHISKER = 1.5  # interquartile ranges


@dataclass(frozen=True, slots=True)
class Boxes:
    """Box plots of the effects of each feature on each emotion, (4, 11) each.

    Quartiles, and whiskers to the outermost effect within 1.5 interquartile ranges of them (Tukey 1977).
    """

    low: Values
    first_quartile: Values
    median: Values
    third_quartile: Values
    high: Values

    @classmethod
    def of(cls, effects: Values) -> Boxes:
        """Summarise (n, 4, 11) effects; none at all count as one of zero."""
        if len(effects) == 0:
            effects = np.zeros((1, len(EMOTIONS), len(MID_LEVEL)))
        first, median, third = np.quantile(effects, (0.25, 0.5, 0.75), axis=0)
        reach = _WHISKER * (third - first)
        low = np.where(effects >= first - reach, effects, np.inf).min(axis=0)
        high = np.where(effects <= third + reach, effects, -np.inf).max(axis=0)
        return cls(low, first, median, third, high)

    def to_dict(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return the five numbers by emotion and feature."""
        return {
            emotion: {
                feature: {key: _short(values[e, f]) for key, values in asdict(self).items()}
                for f, feature in enumerate(MID_LEVEL)
            }
            for e, emotion in enumerate(EMOTIONS)
        }


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects at one moment, and beside what is usual for the player.

    Attributes
    ----------
    values : (11,) float64
        Of the mid-level features, in standard deviations from the mean of the training music.
    effects : (4, 11) float64
        Weight times value on the logit of each emotion; with `bias` they sum to the logit (Chowdhury et al. 2019,
        section 6).
    bias : (4,) float64
    mean, deviation : (11,) float64
        Mean and standard deviation of the values over all moments of the take that are known.
    separating : (4, 11) float64
        Weight times (value - mean): what makes this moment differ from the player's average. They sum to the
        difference between the logit and its mean over the take.
    z : (11,) float64
        (value - mean) / deviation; 0 where nothing ever changes.
    boxes : Boxes
        The effects over the take.
    moments : int
        So many are known of the take.
    """

    values: Values
    effects: Values
    bias: Values
    mean: Values
    deviation: Values
    separating: Values
    z: Values
    boxes: Boxes
    moments: int

    @property
    def knows_usual(self) -> bool:
        """Whether enough of the take is known to speak of what is usual for the player."""
        return self.moments >= FEWEST_USUAL

    def ranked(self, emotion: str) -> list[str]:
        """Return the features by how far they separate this moment from the average, for `emotion`; furthest first."""
        size = np.abs(self.separating[EMOTIONS.index(emotion)])
        return [MID_LEVEL[f] for f in np.argsort(-size, kind="stable")]

    def to_dict(self) -> dict[str, Any]:
        boxes = self.boxes.to_dict()
        return {
            "moments": self.moments,
            "bias": {e: _short(b) for e, b in zip(EMOTIONS, self.bias, strict=True)},
            "features": {
                feature: {
                    "value": _short(self.values[f]),
                    "usual": _short(self.mean[f]),
                    "deviation": _short(self.deviation[f]),
                    "z": _short(self.z[f]),
                    "effects": {e: _short(self.effects[k, f]) for k, e in enumerate(EMOTIONS)},
                    "separating": {e: _short(self.separating[k, f]) for k, e in enumerate(EMOTIONS)},
                    "box": {e: boxes[e][feature] for e in EMOTIONS},
                }
                for f, feature in enumerate(MID_LEVEL)
            },
            "ranked": {emotion: self.ranked(emotion) for emotion in EMOTIONS},
        }


def effects(model: Model, mid_level: NDArray[np.floating], usual: NDArray[np.floating]) -> Effects:
    """Return the effects at a moment.

    Parameters
    ----------
    model : Model
    mid_level : (11,)
        The values at that moment.
    usual : (n, 11)
        The values at all moments of the take, such as `Excerpt.usual`; may be empty.
    """
    values = np.asarray(mid_level, np.float64)
    usual = np.asarray(usual, np.float64)
    weights = model.contract.emotion_weights
    mean = usual.mean(axis=0) if len(usual) else values
    deviation = usual.std(axis=0) if len(usual) else np.zeros_like(values)
    difference = values - mean
    z = np.divide(difference, deviation, out=np.zeros_like(values), where=deviation > 1e-6)
    boxes = Boxes.of(weights * usual[:, None])
    return Effects(
        values, model.effects(values), model.contract.emotion_bias, mean, deviation, weights * difference, z, boxes,
        len(usual),
    )  # fmt: skip


def effects_of_takes(model: Model, takes: Sequence[NDArray[np.floating]]) -> Boxes:
    """Return the distribution over many takes, (n, 11) values each, of the mean effect in a take; all weigh alike."""
    means = np.array([np.mean(take, axis=0, dtype=np.float64) for take in takes if len(take)])
    return Boxes.of(model.contract.emotion_weights * means.reshape(-1, 1, len(MID_LEVEL)))


def _short(value: float) -> float:
    return round(float(value), 6)
