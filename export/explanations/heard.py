"""Explanations as sound: the network hears the masked spectrogram made into sound again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.heard.listening import render
from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import outputs
from edge.explain.weights.masks import random_masks
from edge.explain.weights.perturbation import Perturbation

_SEED = 77


def agreement(
    hearing: Hearing, spectrogram: Spectrogram, parts: Parts, perturbation: Perturbation, count: int
) -> NDArray[np.float64]:
    """Return how masked features and re-analysed sound agree: Pearson's r over random mixtures, for each of 15 outputs.

    A mixture is said to the network once as a sum of band powers, as all explanations do it, and once as sound.
    """
    masks = random_masks(count, len(parts), _SEED)
    masked = outputs(perturbation, masks).mean(axis=1)
    heard = []
    for mask in masks:
        answer = hearing.hear(render(spectrogram, parts, np.where(mask, 0.0, QUIET_DB)))
        heard.append(np.concatenate([answer.logits, answer.mid_level]))
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(masked.T, np.array(heard).T, strict=True)])


def chosen(weights: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return a tenth of the parts, at least one: those that speak most for what is explained, as people hear them."""
    count = max(1, len(weights) // 10)
    strongest = np.argsort(-weights, kind="stable")[:count]
    speaking_for = strongest[weights[strongest] > 0.0]
    return speaking_for if len(speaking_for) else strongest[:1]


def versions(
    hearing: Hearing, spectrogram: Spectrogram, parts: Parts, weights: NDArray[np.floating], emotion: int
) -> dict[str, Any]:
    """Return the probability of an emotion in what an explanation keeps and in what it leaves, and the label kept."""
    keep = np.isin(np.arange(len(parts)), chosen(weights))
    alone = hearing.hear(render(spectrogram, parts, np.where(keep, 0.0, QUIET_DB))).probabilities
    removed = hearing.hear(render(spectrogram, parts, np.where(keep, QUIET_DB, 0.0))).probabilities
    return {"alone": float(alone[emotion]), "removed": float(removed[emotion]), "label": int(alone.argmax())}
