"""Linear models of what the network says of mixtures of the parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_GROUPS = 256  # of masks, for the jackknife of many


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of the parts.

    Attributes
    ----------
    weights, errors : (parts, outputs) float64
        The errors are standard errors of sampling, by the jackknife.
    """

    weights: Matrix
    errors: Matrix

    def r2(self, masks: NDArray[np.bool_], said: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the share of the variance of `said`, (n, outputs), that the weights explain, (outputs,).

        Up to a constant: a few masks say little of what is said on average.
        """
        missed = said - masks @ self.weights
        return np.asarray(1.0 - missed.var(axis=0) / np.maximum(said.var(axis=0), 1e-12))


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of the weights before anything was run.

    Attributes
    ----------
    variance : (steps, parts) float64
        Of each part's weight at each step, relative to the others; 0 where a step cannot hear a part.
    correlation : (parts, parts) float64
    noise : float
        Variance of what no linear model explains, relative to that of a weight.
    """

    variance: Matrix
    correlation: Matrix
    noise: float

    @classmethod
    def flat(cls, parts: int, noise: float) -> Prior:
        """Return a prior of one step in which all parts are alike and have nothing to do with each other."""
        return cls(np.ones((1, parts)), np.eye(parts), noise)


def fit(masks: NDArray[np.bool_], said: NDArray[np.floating], prior: Prior) -> Fit:
    """Fit a linear model at every step and return the mean of the models.

    Parameters
    ----------
    masks : (n, parts) bool
    said : (n, steps, outputs)
        What the network said at each step.
    prior : Prior

    Notes
    -----
    Bayesian linear regression with a Gaussian prior, which is ridge regression in other coordinates (Rasmussen &
    Williams 2006, section 2.1). What is left out of a fit is predicted without a second fit (Allen 1974). The errors
    of all steps that share a mask are added before they are squared: they are not independent.
    """
    n, steps, outputs = said.shape
    x = masks - masks.mean(axis=0)
    y = said - said.mean(axis=0)
    groups = min(n, _GROUPS)
    whole = n - n % groups  # of the jackknife, whose groups are of one size
    weights = np.zeros((x.shape[1], outputs))
    change = np.zeros((groups, x.shape[1], outputs))
    for step in range(steps):
        solver = _solver(x, prior.variance[step], prior.correlation, prior.noise)
        of_step = solver @ y[:, step]
        weights += of_step
        own = np.einsum("ik,ki->i", x, solver) + 1.0 / n  # centring takes a share of 1 / n
        left_out = (y[:, step] - x @ of_step) / np.maximum(1.0 - own, 1.0 / n)[:, None]
        change += np.matmul(
            solver[:, :whole].reshape(-1, groups, whole // groups).transpose(1, 0, 2),
            left_out[:whole].reshape(groups, whole // groups, outputs),
        )
    spread = np.square(change - change.mean(axis=0)).sum(axis=0)
    return Fit(weights / steps, np.sqrt((groups - 1) / groups * spread) / steps)


def _solver(x: Matrix, variance: NDArray[np.float64], correlation: Matrix, noise: float) -> Matrix:
    """Return the matrix, (parts, n), that makes weights of what was said of the masks."""
    heard = np.flatnonzero(variance)
    scale = np.sqrt(variance[heard])
    covariance = scale[:, None] * correlation[np.ix_(heard, heard)] * scale
    out = np.zeros((x.shape[1], len(x)))
    if len(x) <= len(heard):
        shared = covariance @ x[:, heard].T
        kernel = x[:, heard] @ shared
        kernel.flat[:: len(kernel) + 1] += noise
        out[heard] = np.linalg.solve(kernel, shared.T).T
    else:
        # the same by the matrix inversion lemma
        gram = covariance @ (x[:, heard].T @ x[:, heard])
        gram.flat[:: len(gram) + 1] += noise
        out[heard] = np.linalg.solve(gram, covariance @ x[:, heard].T)
    return out
