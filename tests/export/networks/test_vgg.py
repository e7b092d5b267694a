"""What makes it the network of the paper: its size, its three heads, the seven features and no other."""

from __future__ import annotations

import pytest
import torch

from edge.types import PERFORMER_CUES
from export.networks.vgg import HEADS, Vgg

STEPS = 86  # 8 s


def sound(batch: int, steps: int, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mel = torch.rand(batch, steps, 4, 64, generator=generator)
    return mel, torch.rand(batch, steps, 216, generator=generator)


def network(head: str) -> Vgg:
    torch.manual_seed(1)
    return Vgg(head).eval()


@pytest.mark.parametrize(
    ("head", "after_the_average"),
    [("A2E", 257 * 4), ("A2Mid2E", 257 * 7 + 8 * 4), ("A2Mid2E-Joint", 257 * 7 + 8 * 4)],
)
def test_it_is_as_large_as_the_layers_of_the_paper_make_it(head: str, after_the_average: int) -> None:
    convolutions = 25 * 64 + 9 * (
        64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256 + 256 * 384 + 384 * 512 + 512 * 256
    )
    norms = 2 * (64 + 64 + 128 + 128 + 256 + 256 + 384 + 512 + 256)
    assert sum(p.numel() for p in Vgg(head).parameters()) == convolutions + norms + after_the_average


def test_the_three_ways_to_the_emotions() -> None:
    with torch.inference_mode():
        judgements = [network(head).judge(*sound(2, STEPS)) for head in HEADS]
    assert [j.logits.shape for j in judgements] == [(2, 4)] * 3
    assert judgements[0].mid_level is None
    assert [j.mid_level.shape for j in judgements[1:] if j.mid_level is not None] == [(2, 11)] * 2
    with pytest.raises(ValueError, match="A2Mid2E-Joint"):
        Vgg("a2e")


def test_the_cues_of_the_performer_are_unknown_and_the_emotions_linear_in_the_rest() -> None:
    net = network("A2Mid2E-Joint")
    with torch.no_grad():
        logits, mid_level = net.judge(*sound(3, STEPS))
    assert mid_level is not None
    assert torch.isnan(mid_level).sum(dim=1).tolist() == [len(PERFORMER_CUES)] * 3
    assert torch.isnan(mid_level[:, -len(PERFORMER_CUES) :]).all()
    torch.testing.assert_close(logits, mid_level[:, :7] @ net.emotion.weight.T + net.emotion.bias)


@pytest.mark.parametrize(("head", "together"), [("A2Mid2E", False), ("A2Mid2E-Joint", True)])
def test_only_the_joint_head_lets_emotions_shape_the_mid_level_features(head: str, together: bool) -> None:
    net = network(head)
    logits, mid_level = net.judge(*sound(2, STEPS))
    assert mid_level is not None
    logits.square().sum().backward(retain_graph=True)
    assert net.emotion.weight.grad is not None
    learning = [p.grad is not None for name, p in net.named_parameters() if not name.startswith("emotion")]
    assert learning == [together] * len(learning)
    mid_level[:, :7].square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_longer_music_is_judged_by_the_mean_of_its_parts() -> None:
    net = network("A2E")
    loud, pitch = sound(1, STEPS)
    soft = 0.2 * sound(1, STEPS, seed=4)[0]
    with torch.inference_mode():
        one, other = net.judge(loud, pitch).logits, net.judge(soft, pitch).logits
        both = net.judge(torch.cat([loud, soft], 1), torch.cat([pitch, pitch], 1)).logits
    assert (both - (one + other) / 2).norm() < 0.1 * (one - other).norm()  # they differ in what borders on what


def test_every_band_and_hop_is_heard() -> None:
    net = network("A2E")
    mel, pitch = sound(1, STEPS)
    mel.requires_grad_()
    net.judge(mel, pitch).logits.square().sum().backward()
    assert mel.grad is not None
    assert (mel.grad.abs().amax(dim=(0, 1, 2)) > 0).all()
    assert (mel.grad.abs().amax(dim=(0, 3)) > 0).all()
