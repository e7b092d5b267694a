"""What the network says of a sound that was made from an excerpt: the proof of every explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEnd, network_inputs
from edge.history import Excerpt
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """The network's answer to a whole window.

    Attributes
    ----------
    mid_level : (11,) float64
    logits, probabilities : (4,) float64
        Without the smoothing over time that the lights and the page show.
    """

    mid_level: Vector
    logits: Vector
    probabilities: Vector

    @property
    def label(self) -> str:
        return EMOTIONS[int(self.probabilities.argmax())]

    def value(self, of: str) -> float:
        """Return the logit of an emotion or the value of a mid-level feature."""
        return float(self.logits[EMOTIONS.index(of)] if of in EMOTIONS else self.mid_level[MID_LEVEL.index(of)])

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "probabilities": {e: round(float(p), 6) for e, p in zip(EMOTIONS, self.probabilities, strict=True)},
            "mid_level": {m: round(float(v), 6) for m, v in zip(MID_LEVEL, self.mid_level, strict=True)},
        }


def heard(model: Model, evidence: NDArray[np.floating]) -> Heard:
    """Return what the mean of a window's evidence, (steps, 11), says."""
    mid_level = np.asarray(evidence, np.float64).mean(axis=0)
    logits = model.contract.emotion_weights @ mid_level + model.contract.emotion_bias
    return Heard(mid_level, logits, model.probabilities(mid_level))


def hear(model: Model, excerpt: Excerpt, sound: NDArray[np.float32]) -> Heard:
    """Run front end and network on `sound`, as long as the excerpt's, against the reference level of the excerpt.

    So a part that is turned down is heard as quieter playing, as it would be on the instrument, whose reference level
    sinks by 0.2 dB a second only.
    """
    front_end = model.contract.front_end
    mel, pitch = network_inputs(FrontEnd(front_end).push(sound), excerpt.reference_dbfs, front_end)
    return heard(model, model.evidence(mel[None], pitch[None])[0][excerpt.context_steps :])
