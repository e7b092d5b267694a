"""What the settings `[decision]` shape, and that other settings go on where the old ones have come to."""

from __future__ import annotations

import numpy as np
import pytest

from edge.config import Decision
from edge.decision import Verdict
from edge.history import History
from edge.judgement import Judgement
from edge.model import Model
from edge.types import TrustState
from tests.edge.explain.excerpts import pluck

STEP_S = 2048 / 22050


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def evidence() -> np.ndarray:
    return (np.random.default_rng(1).standard_normal((300, 11)) + np.repeat(np.eye(11)[:3] * 8, 100, 0)).astype(
        np.float32
    )


def judged(judgement: Judgement, evidence: np.ndarray, first: int = 0) -> list[Verdict]:
    return [judgement.push(row, -20.0, (first + k) * STEP_S)[0] for k, row in enumerate(evidence)]


def test_the_same_settings_taken_over_change_nothing(model: Model, evidence: np.ndarray) -> None:
    whole = judged(Judgement(Decision(), model), evidence)
    old, new = Judgement(Decision(), model), Judgement(Decision(), model)
    before = judged(old, evidence[:137])
    new.take_over(old)
    after = judged(new, evidence[137:], 137)
    assert [v.label for v in before + after] == [v.label for v in whole]
    np.testing.assert_allclose([v.probabilities for v in after], [v.probabilities for v in whole[137:]], atol=1e-9)


def test_other_settings_hold_from_the_next_step_and_forget_nothing(model: Model, evidence: np.ndarray) -> None:
    old = Judgement(Decision(hold_s=30.0), model)
    judged(old, evidence[:150])
    new = Judgement(Decision(hold_s=30.0, window_s=2.0), model)
    new.take_over(old)
    assert new.window_steps == round(2.0 / STEP_S)
    verdict = judged(new, evidence[150:151], 150)[0]
    assert verdict.state is not TrustState.SILENT
    assert verdict.label == judged(old, evidence[150:151], 150)[0].label


def test_the_evidence_that_is_kept_makes_the_same_predictions_again(model: Model) -> None:
    from edge.chain import Chain

    front_end = model.contract.front_end
    history = History(10.0, front_end, model.contract.receptive_steps)
    sound = np.concatenate([pluck(220.0 * 2 ** (k / 12), 0.3) for k in range(20)]).astype(np.float32)
    said = Chain(model, Decision(), front_end.rate_hz, history).push(sound)
    evidence, level_dbfs, from_s = history.evidence()
    assert from_s == 0.0
    judgement = Judgement(Decision(), model)
    again = [judgement.push(row, level, (k + 1) * STEP_S)[0]
             for k, (row, level) in enumerate(zip(evidence, level_dbfs.tolist(), strict=True))]  # fmt: skip
    assert [v.label for v in again] == [p.label for p in said]
    assert [v.state for v in again] == [p.state for p in said]
