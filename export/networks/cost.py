"""What a network costs: parameters, and multiply-accumulates for each second of sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from edge.features import FrontEndSettings
from export.networks.base import Network


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs.

    Attributes
    ----------
    parameters : int
        What is learned; the running statistics of batch norms are not.
    multiply_accumulates_per_s : float
        Of convolutions and linear layers, for each second of sound that is judged once. Additions of biases, norms
        and pooling are left out, as is usual.
    """

    parameters: int
    multiply_accumulates_per_s: float


def cost(net: Network, front_end: FrontEndSettings | None = None) -> Cost:
    """Return what `net` costs, measured on one window of its own length."""
    s = front_end or FrontEndSettings()
    steps = net.warm_up_steps + round(net.window_s * s.steps_per_second)
    mel, pitch = torch.zeros(1, steps, s.hops_per_step, s.mel_bands), torch.zeros(1, steps, s.pitch_bins)
    work = multiply_accumulates(net, mel, pitch)
    return Cost(parameters(net), work * s.steps_per_second / steps)


def parameters(net: nn.Module) -> int:
    """Return how many numbers `net` learns."""
    return sum(p.numel() for p in net.parameters())


def multiply_accumulates(net: Network, mel: Tensor, pitch: Tensor) -> int:
    """Return the multiply-accumulates of the convolutions and linear layers while `net` judges these inputs."""
    total = 0

    def count(layer: Any, _: Any, out: Tensor) -> None:
        nonlocal total
        total += out.numel() * layer.weight[0].numel()  # each output: its inputs within its group × kernel

    layers = [m for m in net.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    training = net.training
    try:
        with torch.inference_mode():
            net.eval().judge(mel, pitch)
    finally:
        for hook in hooks:
            hook.remove()
        net.train(training)
    return total
