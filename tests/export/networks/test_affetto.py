"""What the design asks of the network: local, causal, the same in any split, blind to transposition."""

from __future__ import annotations

import pytest
import torch

from edge.types import MID_LEVEL, PERCEPTUAL_FEATURES, PERFORMER_CUES
from export.networks import NETWORKS
from export.networks.affetto import AffettoNet, NetworkSettings


@pytest.fixture(scope="module", params=["affetto", "affetto-no-beat"])
def net(request: pytest.FixtureRequest) -> AffettoNet:
    """A network whose batch norms have seen something, so that biases would show at the borders."""
    torch.manual_seed(1)
    net = NETWORKS[request.param]().train()
    assert isinstance(net, AffettoNet)
    with torch.no_grad():
        for _ in range(4):
            net(torch.rand(8, 40, 4, 64), torch.rand(8, 40, 216))
    return net.eval()


def heard(net: AffettoNet, mel: torch.Tensor, pitch: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return net(mel, pitch)[0]


@pytest.mark.parametrize("lengths", [[1] * 60, [60], [7, 1, 30, 22], [59, 1]])
def test_any_split_into_steps_gives_the_same_evidence(net: AffettoNet, lengths: list[int]) -> None:
    torch.manual_seed(2)
    mel, pitch = torch.rand(2, 60, 4, 64), torch.rand(2, 60, 216)
    states, parts = None, []
    with torch.inference_mode():
        for m, p in zip(mel.split(lengths, 1), pitch.split(lengths, 1), strict=True):
            part, states = net(m, p, states)
            parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), heard(net, mel, pitch), atol=1e-5, rtol=0)


def test_the_future_changes_nothing(net: AffettoNet) -> None:
    mel, pitch = torch.rand(1, 40, 4, 64), torch.rand(1, 40, 216)
    other_mel, other_pitch = mel.clone(), pitch.clone()
    other_mel[:, 25:], other_pitch[:, 25:] = torch.rand(1, 15, 4, 64), torch.rand(1, 15, 216)
    one, other = heard(net, mel, pitch), heard(net, other_mel, other_pitch)
    torch.testing.assert_close(one[:, :25], other[:, :25], atol=1e-6, rtol=0)
    assert (one[:, 25:] - other[:, 25:]).abs().max() > 1e-3


def test_what_lies_further_back_than_the_receptive_field_changes_nothing(net: AffettoNet) -> None:
    n = net.receptive_steps
    mel, pitch = torch.rand(1, n + 5, 4, 64), torch.rand(1, n + 5, 216)
    other_mel, other_pitch = mel.clone(), pitch.clone()
    other_mel[:, :5], other_pitch[:, :5] = 0.0, 0.0
    one, other = heard(net, mel, pitch), heard(net, other_mel, other_pitch)
    torch.testing.assert_close(one[:, -1], other[:, -1], atol=1e-6, rtol=0)
    assert (one[:, 4] - other[:, 4]).abs().max() > 1e-3


def test_transposition_within_the_octaves_leaves_the_harmony_alone(net: AffettoNet) -> None:
    pitch = torch.zeros(1, 30, 216)
    for semitone in (26, 30, 33):  # a minor chord in the third octave of the bank
        pitch[..., 3 * semitone] = 1.0
    with torch.inference_mode():
        states = {name: s for name, s in net.zero_states(1).items() if name in net.harmony.states()}
        expected = net.harmony(pitch, states)[0]
        for shift in range(-2, 3):
            moved = net.harmony(pitch.roll(3 * shift, dims=2), states)[0]
            torch.testing.assert_close(moved, expected, atol=1e-5, rtol=0)
        major = pitch.clone()
        major[..., 3 * 30], major[..., 3 * 29] = 0.0, 1.0
        assert (net.harmony(major, states)[0] - expected).abs().max() > 1e-3


def test_logits_are_a_linear_layer_on_the_plain_mean(net: AffettoNet) -> None:
    evidence = torch.rand(3, 20, 11)
    said = net.classify(evidence)
    torch.testing.assert_close(said.mid_level, evidence.mean(1))
    torch.testing.assert_close(said.logits, said.mid_level @ net.emotion.weight.T + net.emotion.bias)


def test_a_window_is_judged_without_its_warm_up(net: AffettoNet) -> None:
    mel, pitch = torch.rand(2, 60, 4, 64), torch.rand(2, 60, 216)
    with torch.inference_mode():
        expected = net.classify(net(mel, pitch)[0][:, net.warm_up_steps :])
        torch.testing.assert_close(net.judge_window(mel, pitch), expected)
        assert not torch.allclose(net.judge(mel, pitch).logits, expected.logits)


def test_the_performers_cues_are_not_told_of_the_beat() -> None:
    net = AffettoNet(NetworkSettings(beat_channels=8)).eval()
    mel, pitch = torch.rand(1, 60, 4, 64), torch.rand(1, 60, 216)
    one = heard(net, mel, pitch)
    with torch.no_grad():
        net.told.weight += 0.1
    changed = (heard(net, mel, pitch) - one).abs().amax(dim=(0, 1)) > 1e-6
    assert [name for name, c in zip(MID_LEVEL, changed.tolist(), strict=True) if not c] == list(PERFORMER_CUES)


def test_a_narrower_layer_knows_its_own_units_alone() -> None:
    mel, pitch = torch.rand(2, 60, 4, 64), torch.rand(2, 60, 216)
    seven = AffettoNet(NetworkSettings(layer=PERCEPTUAL_FEATURES)).eval().judge(mel, pitch)
    assert seven.mid_level is not None
    unknown = [name for name, value in zip(MID_LEVEL, seven.mid_level[0].tolist(), strict=True) if value != value]
    assert unknown == [name for name in MID_LEVEL if name not in PERCEPTUAL_FEATURES]
    assert AffettoNet(NetworkSettings(layer=())).eval().judge(mel, pitch).mid_level is None
