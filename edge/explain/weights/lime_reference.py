"""The published method as published: the `lime` package on the parts of a spectrogram (Ribeiro et al., KDD 2016).

For comparison only. Each call of the network gives far less here than in `estimator.py`.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
from lime.lime_image import LimeImageExplainer
from numpy.typing import NDArray

from edge.explain.weights.estimate import OUTPUTS, Estimate, outputs
from edge.explain.weights.perturbation import Perturbation


def lime_estimate(perturbation: Perturbation, samples: int, seed: int) -> Estimate:
    """Return LIME's weights of the parts, (parts, 15), after `samples` calls; it knows no standard errors (NaN).

    The package perturbs an image of one row with one pixel for each part, so that its own sampling, distances, kernel
    and ridge regression are used, while a part that is off means the same as elsewhere: 25 dB weaker.
    """
    count = len(perturbation.parts)
    masks: list[NDArray[np.bool_]] = []

    def classify(images: NDArray[np.float64]) -> NDArray[np.float64]:
        on = np.array(images)[:, 0, :, 0] > 0.5
        masks.append(on)
        return np.asarray(outputs(perturbation, on).mean(axis=1))

    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        explanation = LimeImageExplainer(random_state=seed).explain_instance(
            np.ones((1, count, 3)),
            classify,
            labels=range(len(OUTPUTS)),
            top_labels=None,
            hide_color=0.0,
            num_features=count,
            num_samples=samples,
            segmentation_fn=lambda image: np.arange(count)[None],
            random_seed=seed,
        )
    weights = np.zeros((count, len(OUTPUTS)))
    for label, found in explanation.local_exp.items():
        for part, weight in found:
            weights[part, label] = weight
    nothing = np.full(len(OUTPUTS), np.nan)
    return Estimate(
        weights, np.full_like(weights, np.nan), nothing, np.concatenate(masks), perturbation.emotion_weights
    )
