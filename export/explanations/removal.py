"""Insertion and deletion: parts are added or taken away, strongest first, and the network's answer is followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.parts import Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import outputs
from edge.explain.weights.perturbation import Perturbation
from edge.model import Contract
from edge.types import EMOTIONS
from export.explanations.metrics import area

Curve = NDArray[np.float64]

_MOST_POINTS = 32


@dataclass(frozen=True, slots=True)
class Removal:
    """How the answer changes with the number of parts, from none to all.

    Attributes
    ----------
    inserted, deleted : (points,) float64
        The logit of the emotion after so many parts, evenly spaced.
    inserted_probability, deleted_probability : (points,) float64
    """

    inserted: Curve
    deleted: Curve
    inserted_probability: Curve
    deleted_probability: Curve

    @property
    def gap(self) -> float:
        """Area below insertion less that below deletion, in logits: the greater, the better the order."""
        return area(self.inserted) - area(self.deleted)

    @property
    def gap_probability(self) -> float:
        return area(self.inserted_probability) - area(self.deleted_probability)


def removal(perturbation: Perturbation, contract: Contract, emotion: str, weights: NDArray[np.floating]) -> Removal:
    """Return the curves of the order that signed weights, (parts,), give (Petsiuk et al. 2018, "RISE").

    Parts that are off are 25 dB weaker, as everywhere.
    """
    count = len(weights)
    order = np.argsort(-np.asarray(weights), kind="stable")
    rank = np.empty(count, np.intp)
    rank[order] = np.arange(count)
    points = np.rint(np.linspace(0, count, min(count, _MOST_POINTS) + 1))
    first = rank < points[:, None]  # (points, parts): the k strongest
    logits = outputs(perturbation, np.concatenate([first, ~first])).mean(axis=1)[:, : len(EMOTIONS)]
    logits += contract.emotion_bias
    scaled = np.exp((logits - logits.max(axis=1, keepdims=True)) / contract.temperature)
    k = EMOTIONS.index(emotion)
    probability = (scaled / scaled.sum(axis=1, keepdims=True))[:, k]
    half = len(points)
    return Removal(logits[:half, k], logits[half:, k], probability[:half], probability[half:])


def energy(spectrogram: Spectrogram, parts: Parts) -> NDArray[np.float64]:
    """Return the energy of each part, (parts,): the ranking of somebody who looks for what is loud."""
    power = spectrogram.power
    if parts.labels is not None:
        return np.bincount(parts.labels.ravel(), power.ravel(), len(parts))
    assert parts.shares is not None
    return np.asarray(np.tensordot(parts.shares, power, axes=2), np.float64)
