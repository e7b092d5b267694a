"""Counted by hand, counted by the helper."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge.features import FrontEndSettings
from export.networks.base import Judgement, Network
from export.networks.cost import cost, multiply_accumulates


class Small(Network):
    """One layer of each kind, over 2 s after a warm-up of 3 steps."""

    window_s = 2.0
    warm_up_steps = 3

    def __init__(self) -> None:
        super().__init__()
        self.picture = nn.Conv2d(1, 6, (5, 3), stride=(2, 1), padding=(2, 1))
        self.norm = nn.BatchNorm2d(6)
        self.grouped = nn.Conv1d(6, 6, 3, padding=1, groups=3)
        self.emotion = nn.Linear(6, 4, bias=False)

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        x = self.norm(self.picture(mel.flatten(1, 2).transpose(1, 2).unsqueeze(1)))
        return Judgement(self.emotion(self.grouped(x.mean(dim=2)).mean(dim=2)), None)


def test_the_work_is_what_one_counts_by_hand() -> None:
    steps = 3 + 22  # 2 s are 21.5 steps
    hops = 4 * steps
    by_hand = 6 * 32 * hops * 15 + 6 * hops * 2 * 3 + 4 * 6
    net = Small()
    assert multiply_accumulates(net, torch.zeros(1, steps, 4, 64), torch.zeros(1, steps, 216)) == by_hand
    found = cost(net, FrontEndSettings())
    assert found.multiply_accumulates_per_s == by_hand / (steps * 2048 / 22050)
    assert found.parameters == (6 * 15 + 6) + 2 * 6 + (6 * 2 * 3 + 6) + 4 * 6


def test_counting_leaves_the_network_as_it_was() -> None:
    net = Small().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    cost(net)
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not net.picture._forward_hooks
