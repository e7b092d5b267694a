"""What makes it the network of XMERApp: its size, its windows of 3 s, nothing between sound and emotion."""

from __future__ import annotations

import pytest
import torch

from export.networks.xmerapp import FILTERS, XmerAppNet


@pytest.fixture(scope="module")
def net() -> XmerAppNet:
    torch.manual_seed(1)
    net = XmerAppNet().train()
    with torch.no_grad():
        net.judge(torch.rand(16, 32, 4, 64), torch.rand(16, 32, 216))
    return net.eval()


def judge(net: XmerAppNet, mel: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return net.judge(mel, torch.zeros(*mel.shape[:2], 216)).logits


def test_it_is_as_large_as_theirs_but_for_equal_channels_and_eight_positions(net: XmerAppNet) -> None:
    published = 88_964
    equal_channels, positions, statistics = 2 * 9 * FILTERS[0], (72 - 64) * FILTERS[-1] * 64, 2 * sum(FILTERS)
    assert sum(p.numel() for p in net.parameters()) == published - equal_channels - positions - statistics


def test_the_mean_of_its_windows_is_what_it_says_of_longer_music(net: XmerAppNet) -> None:
    torch.manual_seed(2)
    mel = torch.rand(2, 96, 4, 64) * torch.rand(2, 96, 1, 1)
    each = torch.stack([judge(net, part) for part in mel.split(32, dim=1)])
    torch.testing.assert_close(judge(net, mel), each.mean(dim=0))
    assert (each[0] - each[1]).abs().max() > 1e-3


def test_a_rest_shorter_than_a_window_is_not_heard(net: XmerAppNet) -> None:
    mel = torch.rand(1, 86, 4, 64)
    torch.testing.assert_close(judge(net, mel), judge(net, mel[:, :64]))
    with pytest.raises(ValueError, match="31 steps are shorter than the window of 32"):
        judge(net, mel[:, :31])


def test_the_order_of_the_hops_matters(net: XmerAppNet) -> None:
    mel = torch.rand(1, 32, 4, 64)
    shuffled = mel.flatten(1, 2)[:, torch.randperm(128)].unflatten(1, (32, 4))
    assert (judge(net, mel) - judge(net, shuffled)).abs().max() > 1e-3


def test_there_is_nothing_between_sound_and_emotion(net: XmerAppNet) -> None:
    assert net.judge(torch.rand(1, 32, 4, 64), torch.rand(1, 32, 216)).mid_level is None
    assert net.window_s == 3.0
