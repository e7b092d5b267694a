"""What is known of how much each part adds, and what of a mixture it is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.explain.weights.perturbation import Perturbation
from edge.types import EMOTIONS, MID_LEVEL

Matrix = NDArray[np.float64]
Masks = NDArray[np.bool_]

OUTPUTS = EMOTIONS + MID_LEVEL


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
        Share of the variance that the linear model explains of random mixtures that it was not fitted to (NaN until
        they were run); of all there are for the method "exact".
    masks : (n, parts) bool
        The mixtures that were run.
    emotion_weights : (4, 11) float64
        From the mid-level features to the emotions.
    """

    weights: Matrix
    errors: Matrix
    r2_heldout: NDArray[np.float64]
    masks: Masks
    emotion_weights: Matrix

    def of(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Return weights, (parts,), standard errors, (parts,), and held-out R² for an emotion or a feature."""
        k = OUTPUTS.index(name)
        return self.weights[:, k], self.errors[:, k], float(self.r2_heldout[k])

    def through(self, name: str) -> Matrix:
        """Return by way of which mid-level feature each part acts on `name`, (parts, 11); rows sum to its weight.

        The two levels of Haunschmid, Chowdhury & Widmer (2019), which compose exactly here: part → feature → emotion.
        """
        is_emotion = name in EMOTIONS
        last_layer = self.emotion_weights[EMOTIONS.index(name)] if is_emotion else np.array(MID_LEVEL) == name
        return np.asarray(self.weights[:, len(EMOTIONS) :] * last_layer)


def outputs(perturbation: Perturbation, masks: Masks) -> Matrix:
    """Return what the network says of mixtures at each step, (n, steps, 15), in the order of `OUTPUTS`."""
    evidence = perturbation.evidence(masks).astype(np.float64)
    return np.concatenate([evidence @ perturbation.emotion_weights.T, evidence], axis=2)
