"""Which controllers carry what."""

from __future__ import annotations

import pytest

from edge.outputs.midi.controls import bipolar, changes, controls, neutral
from edge.types import TrustState
from tests.edge.outputs.helpers import prediction


def test_seven_bits() -> None:
    shown = prediction(probabilities=(0.0, 0.25, 0.75, 1.0), valence=-1.0, arousal=1.0)
    assert controls(shown, fine=False) == {20: 0, 21: 32, 22: 95, 23: 127, 24: 0, 25: 127}


def test_fourteen_bits_in_two_controllers() -> None:
    shown = prediction(probabilities=(0.0, 0.25, 0.75, 1.0))
    sent = controls(shown, fine=True)
    values = [sent[20 + k] * 128 + sent[52 + k] for k in range(4)]
    assert values == [0, 4096, 12287, 16383]
    assert list(sent)[:8] == [20, 52, 21, 53, 22, 54, 23, 55]  # high bits first


@pytest.mark.parametrize(
    ("value", "sent"), [(-1.0, 0), (-0.5, 32), (0.0, 64), (0.5, 96), (1.0, 127), (-3.0, 0), (3.0, 127)]
)
def test_bipolar(value: float, sent: int) -> None:
    assert bipolar(value) == sent


@pytest.mark.parametrize("state", [TrustState.LIVE, TrustState.UNSURE])
def test_what_is_believed_is_sent(state: TrustState) -> None:
    assert controls(prediction(state=state), fine=False)[21] == 64


@pytest.mark.parametrize("state", [TrustState.STALE, TrustState.LOST])
@pytest.mark.parametrize("fine", [True, False])
def test_what_is_not_true_any_more_goes_to_zero(state: TrustState, fine: bool) -> None:
    sent = controls(prediction(state=state), fine=fine)
    assert sent == neutral(fine=fine)
    assert {value for cc, value in sent.items() if cc not in (24, 25)} == {0}
    assert (sent[24], sent[25]) == (64, 64)


def test_silence_changes_nothing() -> None:
    assert controls(prediction(state=TrustState.SILENT), fine=False) == {}


def test_only_changes_are_sent() -> None:
    assert changes({20: 5, 21: 6}, {}) == [(20, 5), (21, 6)]
    assert changes({20: 5, 21: 6}, {20: 5, 21: 7}) == [(21, 6)]
    assert changes({20: 5}, {20: 5}) == []


def test_the_low_bits_follow_the_high_ones_always() -> None:
    assert changes({20: 6, 52: 9}, {20: 5, 52: 9}) == [(20, 6), (52, 9)]
    assert changes({20: 5, 52: 8}, {20: 5, 52: 9}) == [(52, 8)]
