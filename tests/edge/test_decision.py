"""The state machine, with time as the test wants it."""

import numpy as np
import pytest

from edge.config import Decision as Settings
from edge.decision import Decision
from edge.types import TrustState

STEP_S = 0.1
AGGRESSIVE, HAPPY, RELAXED, SAD = np.eye(4)


def instant(**changes: float) -> Decision:
    """A decision that follows at once, unless changed."""
    base = {"attack_s": 0.0, "release_s": 0.0, "hold_s": 0.0, "margin": 0.0, "unsure_below": 0.0}
    return Decision(Settings(**{**base, **changes}), STEP_S)


def test_gate_opens_at_its_level_and_closes_lower_and_later():
    decision = instant(gate_dbfs=-50.0, gate_hysteresis_db=6.0, gate_hold_s=1.0)
    assert not decision.hears(-50.1, 0.0)
    assert decision.hears(-49.9, 0.1)
    assert all(decision.hears(-55.0, 0.2 + k * STEP_S) for k in range(30))  # within the hysteresis: stays open
    assert decision.hears(-60.0, 4.0)
    assert decision.hears(-60.0, 4.9)
    assert not decision.hears(-60.0, 5.0)
    assert not decision.hears(-55.0, 5.1)


def test_a_short_pause_does_not_count_towards_a_later_one():
    decision = instant(gate_hold_s=1.0)
    decision.hears(-20.0, 0.0)
    assert decision.hears(-90.0, 0.1)
    assert decision.hears(-20.0, 1.0)
    assert decision.hears(-90.0, 1.1)
    assert decision.hears(-90.0, 2.0)
    assert not decision.hears(-90.0, 2.1)


def test_before_any_sound_nothing_is_claimed():
    verdict = instant().follow(None, 0.0)
    assert verdict.state is TrustState.SILENT
    assert (verdict.label, verdict.confidence) == ("", 0.0)
    assert verdict.probabilities == (0.25,) * 4


def test_silence_keeps_the_last_values_under_its_own_state():
    decision = instant()
    live = decision.follow(SAD, 0.0)
    silent = decision.follow(None, 0.1)
    assert live.state is TrustState.LIVE
    assert silent.state is TrustState.SILENT
    assert silent.label == live.label == "sad"
    assert silent.probabilities == live.probabilities


def test_quadrants_of_valence_and_arousal():
    for vector, valence, arousal in ((AGGRESSIVE, -1, 1), (HAPPY, 1, 1), (RELAXED, 1, -1), (SAD, -1, -1)):
        verdict = instant().follow(vector, 0.0)
        assert (verdict.valence, verdict.arousal) == (valence, arousal)


@pytest.mark.parametrize(("attack_s", "release_s"), [(0.3, 1.0), (1.0, 0.3)])
def test_rise_and_fall_have_their_own_time_constants(attack_s, release_s):
    decision = instant(attack_s=attack_s, release_s=release_s)
    decision.follow(np.array([0.5, 0.5, 0.0, 0.0]), 0.0)
    p = decision.follow(np.array([1.0, 0.0, 0.0, 0.0]), STEP_S).probabilities
    up, down = 0.5 + 0.5 * (1 - np.exp(-STEP_S / attack_s)), 0.5 * np.exp(-STEP_S / release_s)
    assert p[0] == pytest.approx(up / (up + down))
    assert sum(p) == pytest.approx(1.0)


def test_label_needs_a_lead_and_the_hold():
    decision = instant(hold_s=1.0, margin=0.1)
    assert decision.follow(np.array([0.4, 0.3, 0.2, 0.1]), 0.0).label == "aggressive"
    assert decision.follow(np.array([0.1, 0.7, 0.1, 0.1]), 0.9).label == "aggressive"  # held too short
    assert decision.follow(np.array([0.36, 0.44, 0.1, 0.1]), 1.5).label == "aggressive"  # leads too little
    verdict = decision.follow(np.array([0.3, 0.5, 0.1, 0.1]), 1.6)
    assert verdict.label == "happy"
    assert verdict.confidence == pytest.approx(0.2)


def test_confidence_is_never_negative():
    decision = instant(margin=0.5)
    decision.follow(SAD, 0.0)
    assert decision.follow(np.array([0.0, 0.0, 0.6, 0.4]), 0.1).confidence == 0.0


def test_unsure_when_two_are_close_and_live_only_when_clearly_apart():
    decision = instant(unsure_below=0.14)
    states = [
        decision.follow(np.array([p, 1 - p, 0.0, 0.0]), k * STEP_S).state
        for k, p in enumerate((0.9, 0.56, 0.575, 0.59))
    ]
    assert states == [TrustState.LIVE, TrustState.UNSURE, TrustState.UNSURE, TrustState.LIVE]


def test_unsure_while_another_emotion_leads_but_not_enough():
    decision = instant(margin=0.5)
    decision.follow(SAD, 0.0)
    between = decision.follow(np.array([0.0, 0.7, 0.0, 0.3]), 1.0)
    assert (between.label, between.state) == ("sad", TrustState.UNSURE)
    after = decision.follow(np.array([0.0, 0.8, 0.0, 0.2]), 2.0)
    assert (after.label, after.state) == ("happy", TrustState.LIVE)


def test_begin_lets_the_next_phrase_speak_for_itself():
    decision = instant(attack_s=5.0, release_s=5.0)
    decision.follow(SAD, 0.0)
    decision.begin()
    assert decision.follow(HAPPY, 9.0).probabilities == tuple(HAPPY)
