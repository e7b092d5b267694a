"""Linear models of what the network says of mixtures of the parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_GROUPS = 256  # of masks, for the jackknife of many


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of the parts and what is known of their quality.

    Attributes
    ----------
    weights, errors : (parts, outputs) float64
        The errors are standard errors of sampling, by the jackknife.
    r2_heldout : (outputs,) float64
        Share of the variance explained in masks that the fit did not see, by leaving out one at a time.
    """

    weights: Matrix
    errors: Matrix
    r2_heldout: NDArray[np.float64]


def ridge(masks: NDArray[np.bool_], said: Matrix, shrinkage: float) -> Fit:
    """Fit one linear model to `said`, (n, outputs), in which all parts are alike."""
    return local_ridge(masks, said[:, None], np.ones((1, masks.shape[1])), shrinkage)


def local_ridge(masks: NDArray[np.bool_], said: Matrix, prior: Matrix, shrinkage: float) -> Fit:
    """Fit a linear model at every step to the parts that it can hear, and return the mean of the models.

    Parameters
    ----------
    masks : (n, parts) bool
    said : (n, steps, outputs)
        What the network said at each step.
    prior : (steps, parts)
        Variance that a weight is expected to have, relative to the others; 0 where a step cannot hear a part.
    shrinkage : float
        Variance of what no linear model explains, relative to that of a weight.

    Notes
    -----
    Ridge regression (Hoerl & Kennard 1970), in whichever of its two forms inverts the smaller matrix (Rasmussen &
    Williams 2006, section 2.1). What is left out of the fit is predicted without a second fit (Allen 1974). The
    errors of all steps that share a mask are added before they are squared: they are not independent.
    """
    n, steps, outputs = said.shape
    x = masks - masks.mean(axis=0)
    y = said - said.mean(axis=0)
    groups = min(n, _GROUPS)
    whole = n - n % groups  # of the jackknife, whose groups are of one size
    weights = np.zeros((x.shape[1], outputs))
    missed = np.zeros((n, outputs))
    change = np.zeros((groups, x.shape[1], outputs))
    for step in range(steps):
        solver = _solver(x, prior[step], shrinkage)
        weights += solver @ y[:, step]
        own = np.einsum("ik,ki->i", x, solver) + 1.0 / n  # centring takes a share of 1 / n
        left_out = (y[:, step] - x @ (solver @ y[:, step])) / (1.0 - own)[:, None]
        missed += left_out
        change += np.matmul(
            solver[:, :whole].reshape(-1, groups, whole // groups).transpose(1, 0, 2),
            left_out[:whole].reshape(groups, whole // groups, outputs),
        )
    variance = np.square(y.sum(axis=1)).sum(axis=0)
    r2 = 1.0 - np.square(missed).sum(axis=0) / np.maximum(variance, 1e-12)
    spread = np.square(change - change.mean(axis=0)).sum(axis=0)
    return Fit(weights / steps, np.sqrt((groups - 1) / groups * spread) / steps, r2)


def _solver(x: Matrix, prior: NDArray[np.float64], shrinkage: float) -> Matrix:
    """Return the matrix, (parts, n), that makes weights of what was said of the masks."""
    heard = prior > 0.0
    scale = np.sqrt(prior[heard])
    scaled = x[:, heard] * scale
    if len(x) <= scaled.shape[1]:
        kernel = scaled @ scaled.T
        kernel.flat[:: len(kernel) + 1] += shrinkage
        solved = np.linalg.solve(kernel, scaled).T
    else:
        gram = scaled.T @ scaled
        gram.flat[:: len(gram) + 1] += shrinkage
        solved = np.linalg.solve(gram, scaled.T)
    out = np.zeros((x.shape[1], len(x)))
    out[heard] = scale[:, None] * solved
    return out
