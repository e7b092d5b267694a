"""How much each part adds: a linear model of what the network says, fitted to mixtures of the parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain import masks as designs
from edge.explain.fit import local_ridge, ridge
from edge.explain.perturbation import Perturbation
from edge.explain.request import EXACT_PARTS, Method
from edge.types import EMOTIONS, MID_LEVEL

Matrix = NDArray[np.float64]
Masks = NDArray[np.bool_]

OUTPUTS = EMOTIONS + MID_LEVEL

_DECAY_S = 1.0  # a part matters less and less for what is said after it
_SHRINKAGE = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The weights of the parts, so far.

    A weight is how much a mid-level value (in standard deviations) or an emotion's logit rises when the part sounds in
    full rather than `QUIET_DB` weaker. Emotions' weights are those of the mid-level values times the network's last
    layer, exactly.

    Attributes
    ----------
    weights, errors : (parts, 15) float64
        Of `OUTPUTS`: the four emotions, then the eleven mid-level features; and the standard errors of sampling.
    r2_heldout : (15,) float64
        Share of the variance that the linear model explains of mixtures that it was not fitted to.
    masks : (n, parts) bool
        The mixtures that were run.
    """

    weights: Matrix
    errors: Matrix
    r2_heldout: NDArray[np.float64]
    masks: Masks

    def of(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Return weights, (parts,), standard errors, (parts,), and held-out R² for an emotion or a feature."""
        k = OUTPUTS.index(name)
        return self.weights[:, k], self.errors[:, k], float(self.r2_heldout[k])


def estimates(perturbation: Perturbation, method: Method, samples: int, seed: int) -> Iterator[Estimate]:
    """Yield better and better estimates until `samples` mixtures were run; the last is the best.

    Raises
    ------
    ExplainError
        For the method "exact", when there are too many parts for all mixtures.
    """
    parts = perturbation.parts
    if method == "lime":
        from edge.explain.lime_reference import lime_estimate

        yield lime_estimate(perturbation, samples, seed)
        return
    if method == "exact":
        if len(parts) > EXACT_PARTS:
            raise ExplainError(
                f"method exact: {len(parts)} parts are too many to run all mixtures; at most {EXACT_PARTS}, as in the "
                "musical segments or the sources by parts"
            )
        masks = designs.all_masks(len(parts))
    elif method == "hadamard":
        masks = designs.paired_hadamard(samples, len(parts), seed)
    else:
        masks = designs.locally_orthogonal(samples, parts.parts, seed)
    said: list[Matrix] = []
    for first, last in designs.rounds(len(masks)):
        said.append(outputs(perturbation, masks[first:last]))
        done = np.concatenate(said)
        if method == "local":
            fit = local_ridge(masks[:last], done, prior(perturbation), _SHRINKAGE)
        else:
            fit = ridge(masks[:last], done.mean(axis=1), _SHRINKAGE if method == "hadamard" else 0.0)
        yield Estimate(fit.weights, fit.errors, fit.r2_heldout, masks[:last])


def outputs(perturbation: Perturbation, masks: Masks) -> Matrix:
    """Return what the network says of mixtures at each step, (n, steps, 15), in the order of `OUTPUTS`."""
    evidence = perturbation.evidence(masks).astype(np.float64)
    return np.concatenate([evidence @ perturbation.emotion_weights.T, evidence], axis=2)


def prior(perturbation: Perturbation) -> Matrix:
    """Return how large a weight is expected to be, as a relative variance, (steps, parts).

    A step hears no part that is yet to come, and what it hears back the less the longer ago it was.
    """
    begins_s = np.array([p.t0_s for p in perturbation.parts.parts])
    ends_s = np.array([p.t1_s for p in perturbation.parts.parts])
    step_ends_s = perturbation.step_ends_s[:, None]
    ago_s = np.maximum(0.0, step_ends_s - ends_s)
    return np.where((begins_s < step_ends_s) & (ago_s < perturbation.memory_s), np.exp(-ago_s / _DECAY_S), 0.0)
