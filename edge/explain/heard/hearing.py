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
Floats = NDArray[np.float32]


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


class Hearing:
    """Runs front end and network on sounds made from an excerpt, against the reference level of the excerpt.

    So a part that is turned down is heard as quieter playing, as it would be on the instrument, whose reference level
    sinks by 0.2 dB a second only. What comes before the window is the same in all of them, and heard once.

    Parameters
    ----------
    model : Model
    excerpt : Excerpt

    Attributes
    ----------
    model : Model
    past : States
        What the network remembers when the window begins.
    original : (window_steps, 11) float32
        The evidence for the sound as it was played.
    """

    def __init__(self, model: Model, excerpt: Excerpt) -> None:
        self.model, self._excerpt = model, excerpt
        self._front_end = FrontEnd(model.contract.front_end)
        steps, context = len(excerpt.reference_dbfs), excerpt.context_steps
        mel, pitch = self._inputs(excerpt.sound, 0, steps)
        self.past = model.past(mel[:context], pitch[:context])
        self.original = model.evidence(mel[context:][None], pitch[context:][None], self.past)[0]
        # frames of the window reach back into the last step before it, which is therefore not the same in all
        self._first = max(0, context - 1)
        self._past_of_first = model.past(mel[: self._first], pitch[: self._first])

    def hear(self, sound: NDArray[np.float32]) -> Heard:
        """Return what the network says of `sound`, as long as the excerpt's."""
        if sound is self._excerpt.sound:
            return heard(self.model, self.original)
        mel, pitch = self._inputs(sound, self._first, len(self._excerpt.reference_dbfs))
        evidence = self.model.evidence(mel[None], pitch[None], self._past_of_first)[0]
        return heard(self.model, evidence[self._excerpt.context_steps - self._first :])

    def _inputs(self, sound: NDArray[np.float32], first: int, last: int) -> tuple[Floats, Floats]:
        """Return what the network is given of the steps from `first` to before `last`."""
        s = self._front_end.settings
        before = min(first, max(s.pitch_frame, s.mel_frame) // s.step - 1)  # the first frames reach back so far
        self._front_end.reset()
        steps = self._front_end.push(sound[(first - before) * s.step : last * s.step])
        mel, pitch = network_inputs(steps, self._excerpt.reference_dbfs[first - before : last], s)
        return mel[before:], pitch[before:]


def hear(model: Model, excerpt: Excerpt, sound: NDArray[np.float32]) -> Heard:
    """Return what the network says of one sound made from an excerpt; see `Hearing`."""
    return Hearing(model, excerpt).hear(sound)
