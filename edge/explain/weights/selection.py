"""Which parts an explanation shows: the strongest, or those whose weight is beyond doubt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

P_TO_WEIGHT = 1e-6
"""The largest ratio of p-value to weight that Haunschmid et al. (2019) keep; with it, 30 to 60 of 300 regions stay."""


def top(weights: Floats, count: int) -> Indices:
    """Return the `count` parts of largest weight, (parts,), of either sign, strongest first."""
    return _strongest_first(np.abs(weights))[:count]


def by_significance(
    weights: Floats, errors: Floats, freedom: float = np.inf, ratio: float = P_TO_WEIGHT, most: int | None = None
) -> Indices:
    """Return the parts whose weight is large and hardly due to chance, strongest first; none is an answer too.

    The feature selection of Haunschmid, Chowdhury & Widmer (2019, "Two-level explanations in music emotion
    recognition"): a part stays where p / |weight| < `ratio`. p is that of the two-sided t test of weight / standard
    error against zero. The ratio has the inverse unit of the weights, so it fits weights of about 0.01 to 1, as those
    of logits and of standard deviations are.

    Parameters
    ----------
    weights, errors : (parts,)
        An error of zero, as of exact weights, leaves no doubt: p is 0.
    freedom : float
        Degrees of freedom of the fit: samples less what was fitted to them. Infinite for the normal distribution.
    ratio : float
    most : int, optional
        So many at most.
    """
    size = np.abs(np.asarray(weights, np.float64))
    p = p_values(weights, errors, freedom)
    kept = np.flatnonzero(p < ratio * size)
    return kept[_strongest_first(size[kept])][:most]


def p_values(weights: Floats, errors: Floats, freedom: float = np.inf) -> NDArray[np.float64]:
    """Return the probability, (parts,), that a weight of zero looks at least as large as this; 1 for no weight."""
    from scipy.special import stdtr

    size = np.abs(np.asarray(weights, np.float64))
    errors = np.asarray(errors, np.float64)
    # no error leaves no doubt: an infinite t has p = 0
    t = np.divide(size, errors, out=np.where(size > 0.0, np.inf, 0.0), where=errors > 0.0)
    return np.asarray(2.0 * stdtr(max(1.0, freedom), -t))


def _strongest_first(size: Floats) -> Indices:
    return np.argsort(-size, kind="stable")  # of equals the first comes first: same input, same answer
