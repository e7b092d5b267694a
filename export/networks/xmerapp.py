"""The reference on guitar: the network of XMERApp, which classifies windows of 3 s.

Rossi, Stefani, Pauwels, Iacca & Turchet, "Towards explainable music emotion recognition for guitar improvisations"
(IS2 2025), sizes as in the configuration of the model that they publish: four convolutions of 3 × 3 with 24, 24, 24 and
16 filters, each followed by pooling and batch norm, a dense layer of 64 units with dropout, four emotions. It hears 128
mel bands × 130 frames (22,050 Hz, hop 512) in three equal channels, each window stretched to 0 … 1; after the last
pooling 8 × 9 positions remain. That makes 88,964 parameters, the 176 running statistics of the batch norms among them.

The front end has 64 bands × 128 frames in 3 s, in one channel, and keeps how loud a window is. So the first pooling
leaves the bands alone; from there on the maps are the size of theirs, and 8 × 8 positions remain: 80,164 parameters,
80,340 with the statistics. What is missing are 432 weights of two channels like the first, and 8,192 of 8 positions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge.features import FrontEndSettings
from edge.types import EMOTIONS
from export.networks.base import Judgement, Network

FILTERS = (24, 24, 24, 16)
POOLING = ((1, 2), (2, 2), (2, 2), (2, 2))  # bands × hops
UNITS = 64
DROPOUT = 0.4


class XmerAppNet(Network):
    """Emotions from windows of 3 s, nothing in between."""

    window_s = 3.0

    def __init__(self, front_end: FrontEndSettings | None = None) -> None:
        super().__init__()
        s = front_end or FrontEndSettings()
        self.window_steps = round(self.window_s * s.steps_per_second)
        bands, hops = s.mel_bands, self.window_steps * s.hops_per_step
        layers: list[nn.Module] = []
        channels = 1
        for filters, (over_bands, over_hops) in zip(FILTERS, POOLING, strict=True):
            conv = nn.Conv2d(channels, filters, 3, padding=1)
            layers += [conv, nn.ReLU(), nn.MaxPool2d((over_bands, over_hops)), nn.BatchNorm2d(filters)]
            bands, hops, channels = bands // over_bands, hops // over_hops, filters
        layers += [nn.Flatten(), nn.Linear(channels * bands * hops, UNITS), nn.ReLU(), nn.Dropout(DROPOUT)]
        self.hear = nn.Sequential(*layers)
        self.emotion = nn.Linear(UNITS, len(EMOTIONS))
        # twice as fast on a processor; torch's stubs do not know this argument
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        """Judge consecutive windows; what is left over at the end, shorter than a window, is not heard."""
        windows = mel.shape[1] // self.window_steps
        if windows == 0:
            raise ValueError(f"{mel.shape[1]} steps are shorter than the window of {self.window_steps}")
        kept = mel[:, : windows * self.window_steps]
        spectrograms = kept.reshape(len(mel) * windows, -1, mel.shape[3]).transpose(1, 2).unsqueeze(1)
        heard = self.hear(spectrograms.contiguous(memory_format=torch.channels_last))
        logits = self.emotion(heard).view(len(mel), windows, len(EMOTIONS))
        return Judgement(logits.mean(dim=1), None)
