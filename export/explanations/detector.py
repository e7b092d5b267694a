"""A stand-in for the network that hears one band alone: what it says has a known reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.model import Model, States
from edge.types import EMOTIONS, MID_LEVEL

Floats = NDArray[np.float32]

_DECAY_S = 1.0  # of its memory


class Detector:
    """Says the level in one band, above a threshold, and adds it to one mid-level feature that another model hears.

    The evidence of a step remembers the steps before it, as the network's does. It has the interface of `Model` that
    explanations use.

    Parameters
    ----------
    model : Model
        Whose contract it takes over.
    bands : slice
        Of mel bands.
    low, high : float
        Network input at and below which it says 0, at and above which it says 1.
    beside : float, optional
        How much it adds to the model's evidence. Without it, the model is not asked.
    """

    UNIT, OF = 0, EMOTIONS[0]

    def __init__(self, model: Model, bands: slice, low: float, high: float, beside: float | None = None) -> None:
        self._model, self._beside = model, beside
        self._bands, self._low, self._high = bands, low, high
        self.contract = model.contract
        if beside is None:
            weights = np.zeros((len(EMOTIONS), len(MID_LEVEL)))
            weights[EMOTIONS.index(self.OF), self.UNIT] = 1.0
            self.contract = replace(model.contract, emotion_weights=weights)

    def past(self, mel: Floats, pitch: Floats) -> States:
        """Return the model's memory; the detector has none, since the planted sound is inside the window."""
        return {} if self._beside is None else self._model.past(mel, pitch)

    def evidence(self, mel: Floats, pitch: Floats, past: States | None = None) -> Floats:
        """Return (batch, steps, 11) evidence."""
        fires = self.fires(mel)
        if self._beside is None:
            out = np.zeros((*fires.shape, len(MID_LEVEL)), np.float32)
            out[..., self.UNIT] = fires
            return out
        out = self._model.evidence(mel, pitch, past)
        out[..., self.UNIT] += self._beside * fires
        return out

    def fires(self, mel: Floats) -> NDArray[np.float64]:
        """Return how much it detects at each step, (batch, steps), 0 to 1."""
        level = mel[..., self._bands].mean(axis=(2, 3))
        now = np.clip((level - self._low) / (self._high - self._low), 0.0, 1.0)
        keep = np.exp(-1.0 / (_DECAY_S * self.contract.front_end.steps_per_second))
        held = np.empty(now.shape)
        before = np.zeros(len(now))
        for step in range(now.shape[1]):
            before = held[:, step] = np.maximum(now[:, step], keep * before)
        return held
