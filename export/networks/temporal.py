"""The rival of the same size: a causal temporal convolutional network that knows nothing of pitch classes.

Depthwise-separable convolutions with growing dilation over the steps (Bai, Kolter & Koltun 2018; the separation as in
Chollet, CVPR 2017), on the same two inputs, flattened over frequency. From its evidence on, it is read as AffettoNet
is: the mean over time is the mid-level values, one linear layer gives the emotions. What differs is that a chord in
another key is another pattern to it, which it must learn from transposed music.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.features import FrontEndSettings
from edge.types import EMOTIONS, MID_LEVEL
from export.networks.base import Judgement, Network


@dataclass(frozen=True, slots=True)
class TemporalSettings:
    """Sizes of the layers; with three values of time a layer, these dilations see 63 steps, 5.9 s."""

    channels: int = 124
    kernel: int = 3
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    dropout: float = 0.2


class SeparableBlock(nn.Module):
    """A channel's own past, then all channels together, added to what came in; (batch, channels, steps) throughout."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.depthwise = nn.Conv1d(channels, channels, kernel, dilation=dilation, groups=channels, bias=False)
        self.depthwise_norm = nn.BatchNorm1d(channels)
        self.pointwise = nn.Conv1d(channels, channels, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        own = torch.relu(self.depthwise_norm(self.depthwise(functional.pad(x, (self.past, 0)))))
        return x + torch.relu(self.pointwise_norm(self.pointwise(own)))


class TemporalNet(Network):
    """Evidence for the mid-level qualities at every step, from the past alone, and the layer to the emotions."""

    warm_up_steps = 28  # as long as the network it is compared with

    def __init__(self, settings: TemporalSettings | None = None, front_end: FrontEndSettings | None = None) -> None:
        super().__init__()
        self.settings = s = settings or TemporalSettings()
        f = front_end or FrontEndSettings()
        inputs = f.hops_per_step * f.mel_bands + f.pitch_bins
        self.entrance = nn.Sequential(nn.BatchNorm1d(inputs), nn.Conv1d(inputs, s.channels, 1), nn.ReLU())
        self.blocks = nn.Sequential(*(SeparableBlock(s.channels, s.kernel, d) for d in s.dilations))
        self.dropout = nn.Dropout(s.dropout)
        self.evidence = nn.Conv1d(s.channels, len(MID_LEVEL), 1)
        self.emotion = nn.Linear(len(MID_LEVEL), len(EMOTIONS))

    @property
    def receptive_steps(self) -> int:
        """Steps of sound that one value of evidence can depend on, its own included."""
        return 1 + (self.settings.kernel - 1) * sum(self.settings.dilations)

    def forward(self, mel: Tensor, pitch: Tensor) -> Tensor:
        """Return the evidence, (batch, steps, 11), of inputs as in `judge`."""
        x = torch.cat([mel.flatten(2), pitch], dim=2).transpose(1, 2)
        evidence: Tensor = self.evidence(self.dropout(self.blocks(self.entrance(x))))
        return evidence.transpose(1, 2)

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        return self.classify(self(mel, pitch))

    def judge_window(self, mel: Tensor, pitch: Tensor) -> Judgement:
        return self.classify(self(mel, pitch)[:, self.warm_up_steps :])

    def classify(self, evidence: Tensor) -> Judgement:
        """Return what the plain mean of the evidence, (batch, steps, 11), says."""
        mid_level = evidence.float().mean(dim=1)
        return Judgement(self.emotion(mid_level), mid_level)
