"""One block's journey, with the model that comes along."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.chain import Chain
from edge.config import Decision
from edge.model import Model
from edge.types import EMOTIONS, TrustState
from tests.edge.sounds import strings

RATE_HZ = 48000


@pytest.fixture(scope="module")
def model():
    return Model()


@pytest.fixture(scope="module")
def whole(model):
    return Chain(model, Decision(), RATE_HZ).push(strings(6.0, RATE_HZ))


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 30000), max_size=12))
def test_any_split_gives_the_same_predictions(model, whole, sizes):
    sound, chain, parts, start = strings(6.0, RATE_HZ), Chain(model, Decision(), RATE_HZ), [], 0
    for size in [*sizes, len(sound)]:
        parts += chain.push(sound[start : start + size])
        start += size
    assert [p.time_s for p in parts] == [p.time_s for p in whole]
    for a, b in zip(parts, whole, strict=True):
        assert (a.state, a.label) == (b.state, b.label)
        np.testing.assert_allclose(a.probabilities, b.probabilities, atol=1e-5)
        np.testing.assert_allclose(a.mid_level, b.mid_level, atol=1e-5)


def test_effects_and_bias_sum_to_the_logits(model, whole):
    contract = model.contract
    chain = Chain(model, Decision(attack_s=0.0, release_s=0.0), RATE_HZ)
    for p in chain.push(strings(6.0, RATE_HZ))[::10]:
        logits = (np.array(p.effects).sum(axis=1) + contract.emotion_bias) / contract.temperature
        expected = np.exp(logits) / np.exp(logits).sum()
        np.testing.assert_allclose(p.probabilities, expected, atol=1e-9)
    assert [len(row) for row in whole[0].effects] == [11] * 4


def test_predictions_come_ten_a_second_and_make_sense(whole):
    assert len(whole) / 6.0 == pytest.approx(10.77, abs=0.2)
    for p in whole:
        assert sum(p.probabilities) == pytest.approx(1.0)
        assert p.label in EMOTIONS
        assert -1.0 <= p.valence <= 1.0
        assert -1.0 <= p.arousal <= 1.0
        assert 0.0 <= p.confidence <= 1.0


def test_silence_is_silent_and_forgets_the_phrase_before(model):
    chain = Chain(model, Decision(gate_hold_s=0.5), RATE_HZ)
    before = chain.push(np.zeros(RATE_HZ, np.float32))
    assert {p.state for p in before} == {TrustState.SILENT}
    assert {p.label for p in before} == {""}
    played = chain.push(strings(3.0, RATE_HZ))
    assert TrustState.SILENT not in {p.state for p in played}
    after = chain.push(np.zeros(2 * RATE_HZ, np.float32))
    assert after[-1].state is TrustState.SILENT
    assert after[-1].label == played[-1].label
    assert after[-1].mid_level == pytest.approx(after[-5].mid_level)


def test_full_scale_is_said_to_clip(model):
    chain = Chain(model, Decision(), RATE_HZ)
    assert not any(p.clipped for p in chain.push(0.9 * strings(1.0, RATE_HZ, level=1.0)))
    assert all(p.clipped for p in chain.push(np.sign(strings(1.0, RATE_HZ))))


def test_gain_of_the_input_does_not_change_what_is_heard(model):
    quiet = Chain(model, Decision(), RATE_HZ).push(strings(6.0, RATE_HZ, level=0.05))
    loud = Chain(model, Decision(), RATE_HZ).push(strings(6.0, RATE_HZ, level=0.5))
    np.testing.assert_allclose(quiet[-1].probabilities, loud[-1].probabilities, atol=1e-3)


@pytest.mark.parametrize("sample", [np.nan, np.inf, -np.inf, 1e10, -1e20, 3e38])
def test_one_impossible_sample_changes_nothing_for_long(model, sample):
    sound = strings(16.0)
    broken = sound.copy()
    broken[4 * 44100] = sample
    chain, undisturbed = Chain(model, Decision(), 44100), Chain(model, Decision(), 44100)
    found, expected = chain.push(broken)[-1], undisturbed.push(sound)[-1]
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=0.05)
