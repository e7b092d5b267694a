"""How much each part adds: a linear model of what the network says, fitted to mixtures of the parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.explain.perturbation import Perturbation
from edge.explain.request import Method
from edge.types import EMOTIONS, MID_LEVEL

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The weights of the parts, so far.

    A weight is how much a mid-level value (in standard deviations) or an emotion's logit rises when the part sounds in
    full rather than `QUIET_DB` weaker. Emotions' weights are those of the mid-level values times the network's last
    layer, exactly.

    Attributes
    ----------
    weights, errors : (parts, 15) float64
        Of the four emotions, then of the eleven mid-level features; and the standard errors of sampling.
    r2_heldout : (15,) float64
        Share of the variance that the linear model explains of mixtures that it was not fitted to.
    masks : (n, parts) bool
        The mixtures that were run.
    """

    weights: Matrix
    errors: Matrix
    r2_heldout: NDArray[np.float64]
    masks: NDArray[np.bool_]

    def of(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Return weights, (parts,), standard errors, (parts,), and held-out R² for an emotion or a feature."""
        k = OUTPUTS.index(name)
        return self.weights[:, k], self.errors[:, k], float(self.r2_heldout[k])


OUTPUTS = EMOTIONS + MID_LEVEL


def estimates(perturbation: Perturbation, method: Method, samples: int, seed: int) -> Iterator[Estimate]:
    """Yield better and better estimates until `samples` mixtures were run; the last is the best."""
    raise NotImplementedError
