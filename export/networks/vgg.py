"""The reference of explainable music emotion recognition: a VGG-style network on the log-mel spectrogram.

Chowdhury, Vall, Haunschmid & Widmer, "Towards explainable music emotion recognition: the route via mid-level
features" (ISMIR 2019, figure 2 and section 4): nine convolutions with batch norm, an average over frequency and time,
then one of three ways from 256 channels to the emotions. They heard 10 s of any music in 149 bands and gave eight
emotions; here it hears 8 s of guitar in the front end's bands and gives four.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge.types import EMOTIONS, MID_LEVEL, PERCEPTUAL_FEATURES
from export.networks.base import Judgement, Network

HEADS = ("A2E", "A2Mid2E", "A2Mid2E-Joint")
"""From audio to emotion directly; by way of mid-level features learned for themselves, or together with emotion."""

CHANNELS = 256


class Vgg(Network):
    """Nine convolutions and a head. It has no cues of the performer: these stay NaN in its judgements.

    Parameters
    ----------
    head : str
        One of `HEADS`.
    """

    def __init__(self, head: str = "A2Mid2E-Joint") -> None:
        super().__init__()
        if head not in HEADS:
            raise ValueError(f"{head!r} is no head of the VGG network; there are {', '.join(HEADS)}")
        self.joint = head == "A2Mid2E-Joint"
        self.hear = nn.Sequential(
            *_convolution(1, 64, kernel=5, stride=2),
            *_convolution(64, 64),
            nn.MaxPool2d(2),
            nn.Dropout(0.3),
            *_convolution(64, 128),
            *_convolution(128, 128),
            nn.MaxPool2d(2),
            nn.Dropout(0.3),
            *_convolution(128, 256),
            *_convolution(256, 256),
            *_convolution(256, 384),
            *_convolution(384, 512),
            *_convolution(512, CHANNELS, padding=0),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.mid_level = None if head == "A2E" else nn.Linear(CHANNELS, len(PERCEPTUAL_FEATURES))
        self.emotion = nn.Linear(CHANNELS if self.mid_level is None else len(PERCEPTUAL_FEATURES), len(EMOTIONS))
        # a quarter faster on a processor; torch's stubs do not know this argument
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        """Judge music of any length at once: the heads are linear, so the average over time is that of all windows."""
        spectrogram = mel.flatten(1, 2).transpose(1, 2).unsqueeze(1)  # (batch, 1, mel_bands, hops)
        heard = self.hear(spectrogram.contiguous(memory_format=torch.channels_last))
        if self.mid_level is None:
            return Judgement(self.emotion(heard), None)
        known = self.mid_level(heard)
        unknown = known.new_full((len(known), len(MID_LEVEL) - len(PERCEPTUAL_FEATURES)), torch.nan)
        # the paper fits the layer to the emotions afterwards: no error of theirs reaches what lies before it
        emotion = self.emotion(known if self.joint else known.detach())
        return Judgement(emotion, torch.cat([known, unknown], dim=1))


def _convolution(
    channels: int, out: int, kernel: int = 3, stride: int = 1, padding: int | None = None
) -> tuple[nn.Module, ...]:
    padding = kernel // 2 if padding is None else padding
    conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)  # the batch norm has a bias of its own
    return conv, nn.BatchNorm2d(out), nn.ReLU(inplace=True)
