"""The shipped form of a model: one ONNX graph for windows and streams, with its contract inside, checked to 1e-5."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from edge.checksum import seal
from edge.features import FrontEndSettings
from edge.model import CONTRACT, METADATA_KEY, Model
from edge.types import EMOTIONS, MID_LEVEL
from export.checkpoint import load_model
from export.networks.affetto import AffettoNet
from export.notes import CorpusError

OPSET = 18
TOLERANCE = 1e-5
WINDOW_S = 8.0  # over which the evidence is averaged, unless the player sets another time


class _Graph(nn.Module):
    """The network with its states as plain tensors, in the order of `state_shapes`."""

    def __init__(self, net: AffettoNet) -> None:
        super().__init__()
        self.net, self.names = net, list(net.state_shapes())

    def forward(self, mel: Tensor, pitch: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        evidence, following = self.net(mel, pitch, dict(zip(self.names, states, strict=True)))
        return (evidence, *(following[name] for name in self.names))


def load_for_instrument(checkpoint: Path) -> tuple[AffettoNet, dict[str, Any]]:
    """Return the network of a checkpoint and what else it holds, if it is one that the instrument can run."""
    net, held = load_model(checkpoint)
    if not isinstance(net, AffettoNet) or net.settings.layer != MID_LEVEL:
        raise CorpusError(f"{checkpoint}: the instrument runs `affetto` alone, not {held['settings']['network']}")
    return net, held


def window_steps(net: AffettoNet) -> int:
    return round(WINDOW_S * net.front_end.steps_per_second)


def metadata(net: AffettoNet, **more: Any) -> dict[str, Any]:
    """Return the contract that the model file carries; `more` adds name, version, temperature, training and figures."""
    return {
        "contract": CONTRACT,
        "name": "affetto",
        "front_end": net.front_end.to_dict(),
        "labels": list(EMOTIONS),
        "mid_level": list(MID_LEVEL),
        "emotion_weights": net.emotion.weight.detach().double().numpy().round(7).tolist(),
        "emotion_bias": net.emotion.bias.detach().double().numpy().round(7).tolist(),
        "temperature": 1.0,
        "window_steps": window_steps(net),
        "receptive_steps": net.receptive_steps,
        "mid_level_source": "computed from the score",
        "licence": "CC BY-NC-SA 4.0",
        **more,
    }


def export(net: AffettoNet, path: Path, contract: dict[str, Any]) -> None:
    """Write the graph in single precision with its contract: inputs mel, pitch, state_*; outputs evidence, next_*."""
    graph = _Graph(net).eval()
    f = net.front_end
    mel = torch.rand(2, 3, f.hops_per_step, f.mel_bands)
    pitch = torch.rand(2, 3, f.pitch_bins)
    states = tuple(net.zero_states(2).values())
    batch, steps = torch.export.Dim("batch", min=1), torch.export.Dim("steps", min=1)
    program = torch.onnx.export(
        graph,
        (mel, pitch, *states),
        input_names=["mel", "pitch", *(f"state_{n}" for n in graph.names)],
        output_names=["evidence", *(f"next_{n}" for n in graph.names)],
        dynamic_shapes=({0: batch, 1: steps}, {0: batch, 1: steps}, tuple({0: batch} for _ in states)),
        opset_version=OPSET,
        external_data=False,
        dynamo=True,
        verbose=False,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    model = program.model_proto
    write(model, path, contract)


def write(model: onnx.ModelProto, path: Path, contract: dict[str, Any]) -> None:
    """Save a graph with its contract, and without the traces of source lines that the exporter leaves."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        if hasattr(value, "metadata_props"):
            del value.metadata_props[:]
    del model.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(contract))
    onnx.checker.check_model(model)
    path.write_bytes(seal(model.SerializeToString()))


def read_contract(path: Path) -> dict[str, Any]:
    """Return the contract inside a model file."""
    return dict(json.loads({p.key: p.value for p in onnx.load(path).metadata_props}[METADATA_KEY]))


def random_split(total: int, rng: np.random.Generator) -> list[int]:
    lengths: list[int] = []
    while sum(lengths) < total:
        lengths.append(int(rng.integers(1, min(12, total - sum(lengths)) + 1)))
    return lengths


def check(path: Path, net: AffettoNet | None = None, seed: int = 0) -> dict[str, float]:
    """Measure the greatest difference of evidence between the forms of a model, over several shapes and splits.

    Returns
    -------
    dict
        "stream": window form against streaming form. "torch": ONNX against torch, where `net` is given.
    """
    model, f = Model(path), FrontEndSettings()
    rng = np.random.default_rng(seed)
    worst = {"stream": 0.0} | ({"torch": 0.0} if net else {})
    for batch, steps in ((1, 1), (1, 4), (1, 87), (2, 33), (5, 120)):
        mel = rng.random((batch, steps, f.hops_per_step, f.mel_bands), np.float32)
        pitch = rng.random((batch, steps, f.pitch_bins), np.float32)
        window = model.evidence(mel, pitch)
        for k in range(batch):
            stream = model.stream()
            cuts = np.cumsum(random_split(steps, rng))[:-1]
            parts = zip(np.split(mel[k], cuts), np.split(pitch[k], cuts), strict=True)
            pieces = np.concatenate([stream.push(m, p) for m, p in parts])
            worst["stream"] = max(worst["stream"], float(np.abs(window[k] - pieces).max()))
        if net:
            with torch.inference_mode():
                expected = net(torch.from_numpy(mel), torch.from_numpy(pitch))[0].numpy()
            worst["torch"] = max(worst["torch"], float(np.abs(window - expected).max()))
    return worst
