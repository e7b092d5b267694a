"""The networks that can be trained: the instrument's own, its variants, and those that it is measured against."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from edge.types import PERCEPTUAL_FEATURES
from export.networks.affetto import AffettoNet, NetworkSettings
from export.networks.base import Judgement, Network
from export.networks.temporal import TemporalNet
from export.networks.vgg import Vgg
from export.networks.xmerapp import XmerAppNet

__all__ = ["NETWORKS", "Judgement", "Network"]

NETWORKS: dict[str, Callable[[], Network]] = {
    "affetto": AffettoNet,
    "affetto-no-beat": partial(AffettoNet, NetworkSettings(beat_channels=0)),
    "affetto-no-beat-seven": partial(AffettoNet, NetworkSettings(layer=PERCEPTUAL_FEATURES, beat_channels=0)),
    "affetto-direct": partial(AffettoNet, NetworkSettings(layer=())),
    "temporal": TemporalNet,
    "vgg-joint": partial(Vgg, "A2Mid2E-Joint"),
    "vgg-a2mid2e": partial(Vgg, "A2Mid2E"),
    "vgg-a2e": partial(Vgg, "A2E"),
    "xmerapp": XmerAppNet,
}
