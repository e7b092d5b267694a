"""Sanity check: explanations of a network that has forgotten everything (Adebayo et al. 2018)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from edge.model import Model
from export.onnx_export import read_contract, write

_LEAST_DIMENSIONS = 3  # of a convolution's weights; the folding of octaves, which was never learned, has two


def randomised(single: Path, seed: int) -> Model:
    """Return the single-precision model with the weights of each layer shuffled, the last linear layer's too.

    Each layer keeps the distribution of its weights, and its bias, so that what it passes on has about the same size;
    only what was learned is lost. An explanation that hardly changes would be one of the sound and not of the network.
    """
    rng = np.random.default_rng(seed)
    model = onnx.load(single)
    for initializer in model.graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.ndim >= _LEAST_DIMENSIONS:
            shuffled = rng.permutation(values.ravel()).reshape(values.shape)
            initializer.CopyFrom(numpy_helper.from_array(shuffled, initializer.name))
    contract = read_contract(single)
    weights = np.array(contract["emotion_weights"])
    contract["emotion_weights"] = rng.permutation(weights.ravel()).reshape(weights.shape).tolist()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "randomised.onnx"
        write(model, path, contract)
        return Model(path)
