"""What the comparison asks of the rival: the same size and reading, causal, and a memory of known length."""

from __future__ import annotations

import pytest
import torch

from export.networks.temporal import TemporalNet


@pytest.fixture(scope="module")
def net() -> TemporalNet:
    """A network whose batch norms have seen something, so that biases would show at the borders."""
    torch.manual_seed(1)
    net = TemporalNet().train()
    with torch.no_grad():
        for _ in range(4):
            net(torch.rand(8, 40, 4, 64), torch.rand(8, 40, 216))
    return net.eval()


def evidence(net: TemporalNet, mel: torch.Tensor, pitch: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return net(mel, pitch)


def test_it_is_of_the_size_it_is_meant_to_have(net: TemporalNet) -> None:
    entrance, block = 2 * 472 + 473 * 124, 3 * 124 + 124 * 124 + 4 * 124
    assert sum(p.numel() for p in net.parameters()) == entrance + 5 * block + 125 * 11 + 12 * 4 == 142_239


def test_the_future_changes_nothing(net: TemporalNet) -> None:
    torch.manual_seed(2)
    mel, pitch = torch.rand(1, 40, 4, 64), torch.rand(1, 40, 216)
    other_mel, other_pitch = mel.clone(), pitch.clone()
    other_mel[:, 25:], other_pitch[:, 25:] = torch.rand(1, 15, 4, 64), torch.rand(1, 15, 216)
    one, other = evidence(net, mel, pitch), evidence(net, other_mel, other_pitch)
    torch.testing.assert_close(one[:, :25], other[:, :25], atol=1e-6, rtol=0)
    assert (one[:, 25:] - other[:, 25:]).abs().max() > 1e-3


def test_it_remembers_as_far_as_its_receptive_field_and_no_further(net: TemporalNet) -> None:
    n = net.receptive_steps
    assert n == 63
    torch.manual_seed(3)
    mel, pitch = torch.rand(1, n + 1, 4, 64), torch.rand(1, n + 1, 216)
    mel.requires_grad_()
    net(mel, pitch)[0, -1].square().sum().backward()
    assert mel.grad is not None
    reach = mel.grad.abs().amax(dim=(0, 2, 3))
    assert reach[0] == 0.0
    assert reach[1] > 0.0


def test_both_inputs_are_heard(net: TemporalNet) -> None:
    mel, pitch = torch.rand(1, 30, 4, 64), torch.rand(1, 30, 216)
    heard = evidence(net, mel, pitch)
    assert (evidence(net, 1.0 - mel, pitch) - heard).abs().max() > 1e-3
    assert (evidence(net, mel, 1.0 - pitch) - heard).abs().max() > 1e-3


def test_it_judges_by_the_mean_of_the_evidence_and_a_linear_layer(net: TemporalNet) -> None:
    mel, pitch = torch.rand(2, 28 + 86, 4, 64), torch.rand(2, 28 + 86, 216)
    heard = evidence(net, mel, pitch)
    with torch.no_grad():
        for judge, part in ((net.judge, heard), (net.judge_window, heard[:, 28:])):
            logits, mid_level = judge(mel, pitch)
            assert mid_level is not None
            torch.testing.assert_close(mid_level, part.mean(dim=1))
            torch.testing.assert_close(logits, mid_level @ net.emotion.weight.T + net.emotion.bias)
