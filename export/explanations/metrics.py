"""Figures that say how good the weights of a division's parts are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import roc_auc_score

Floats = NDArray[np.floating]

TOP = 10


def spearman(one: Floats, other: Floats) -> float:
    """Return the rank correlation of two lists of weights, (parts,); 0 where one of them says nothing."""
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


def jaccard(one: Floats, other: Floats, count: int = TOP) -> float:
    """Return how many of the `count` parts of largest |weight|, (parts,), two lists share: |∩| / |∪|."""
    a, b = (set(np.argsort(-np.abs(w), kind="stable")[:count].tolist()) for w in (one, other))
    return len(a & b) / len(a | b)


def jaccard_by_chance(parts: int, count: int = TOP) -> float:
    """Return about what `jaccard` gives of two drawn selections: 10 of 12 parts have most in common anyway."""
    count = min(count, parts)
    shared = count * count / parts
    return shared / (2 * count - shared)


def auc(truth: NDArray[np.bool_], weights: Floats) -> float:
    """Return the chance that a true part, (parts,), weighs more than another: the area under the ROC curve."""
    return float(roc_auc_score(truth, weights))


def hit_at_1(truth: NDArray[np.bool_], weights: Floats) -> float:
    """Return 1 if the part of largest weight is a true one, else 0."""
    return float(truth[int(np.argmax(weights))])


def r2(weights: Floats, masks: NDArray[np.bool_], said: Floats) -> NDArray[np.float64]:
    """Return the share of the variance of `said`, (n, outputs), that weights, (parts, outputs), explain, (outputs,).

    Of mixtures, (n, parts), that the weights were not fitted to. Up to a constant, since no method reports one.
    """
    missed = said - masks @ weights
    return np.asarray(1.0 - missed.var(axis=0) / np.maximum(said.var(axis=0), 1e-12))


def area(curve: Floats) -> float:
    """Return the area below a curve, (n + 1,), over 0 to 1."""
    return float(np.trapezoid(curve, dx=1.0 / (len(curve) - 1)))


def increase(before: Floats, after: Floats) -> float:
    """Return the average increase, 0 to 1: how often the class is more probable in what an explanation leaves.

    Mean of 1[f(x ⊙ m) > f(x)] over sounds, (n,), with f the probability of the class said of x (Chattopadhay et al.
    2018, "Grad-CAM++", as Paissan et al. 2024, "Listenable Maps for Audio Classifiers", use it). More is better.
    """
    return float(np.mean(after > before))


def drop(before: Floats, after: Floats) -> float:
    """Return the average drop, 0 to 1: mean of max(0, f(x) - f(x ⊙ m)) / f(x); sources as of `increase`.

    Less is better.
    """
    return float(np.mean(np.maximum(0.0, before - after) / before))


def faithfulness(before: Floats, removed: Floats) -> float:
    """Return the mean of f(x) - f(x ⊙ (1 - m)) (Parekh et al. 2022; Paissan et al. 2024): more is better."""
    return float(np.mean(before - removed))


def input_fidelity(said: NDArray[np.integer], said_alone: NDArray[np.integer]) -> float:
    """Return how often the label stays, mean of 1[argmax f(x) = argmax f(x ⊙ m)] (Paissan et al. 2024)."""
    return float(np.mean(said == said_alone))
