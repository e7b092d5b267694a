"""A whole answer, from the excerpt to the sounds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from edge.explain.explainer import explain
from edge.explain.explanation import Explanation
from edge.explain.heard.hearing import hear
from edge.explain.request import Request
from edge.history import Excerpt
from edge.model import Model
from edge.types import EMOTIONS
from tests.edge.explain.excerpts import guitarset

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def excerpt() -> Excerpt:
    return guitarset("comp", 12.0, 4.0).excerpt


def answers(excerpt: Excerpt, model: Model, **asked: object) -> list[Explanation]:
    return list(explain(excerpt, Request(**asked), model))  # type: ignore[arg-type]


def test_answers_come_in_rounds_and_only_the_last_is_done_and_can_be_heard(excerpt: Excerpt, model: Model) -> None:
    found = answers(excerpt, model, samples=64)
    assert [e.done for e in found] == [False, False, False, True]
    assert [e.progress for e in found] == sorted(e.progress for e in found)
    assert [bool(e.versions) for e in found] == [False, False, False, True]
    assert all(e.sentence.endswith(".") for e in found)
    elapsed = [e.quality.elapsed_ms for e in found]
    assert elapsed == sorted(elapsed)
    assert found[-1].request.of == found[-1].heard.label


@pytest.mark.parametrize("by", ["effects", "regions", "sources", "whatif"])
def test_the_published_form_is_json_and_complete(excerpt: Excerpt, model: Model, by: str) -> None:
    last = answers(excerpt, model, by=by, of="sad", samples=0 if by != "regions" else 32)[-1]
    document = json.loads(json.dumps(last.to_dict(), allow_nan=False))
    assert document["schema"] == 1
    assert document["of"] == "sad"
    assert document["window_s"][1] == pytest.approx(document["time_s"], abs=0.01)
    assert set(document["quality"]) == {"r2_heldout", "elapsed_ms", "model_calls", "stable"}
    assert document["effects"]
    parts = document["regions"] + document["sources"]
    assert bool(parts) == (by != "effects")
    for part in parts:
        assert {"id", "t0_s", "t1_s", "f0_hz", "f1_hz", "weight", "se"} <= set(part)
        assert document["window_s"][0] - 0.1 <= part["t0_s"] < part["t1_s"] <= document["time_s"]
        assert sum(part["through"].values()) == pytest.approx(part["weight"], abs=1e-4)
    if by != "effects":
        assert {"original", "alone", "enhanced", "weakened", "removed"} <= set(document["check"])


def test_the_check_of_the_original_is_what_is_heard_anyway(excerpt: Excerpt, model: Model) -> None:
    last = answers(excerpt, model, samples=32)[-1]
    original = last.versions["original"].heard.probabilities
    assert original == pytest.approx(last.heard.probabilities, abs=1e-4)
    assert last.heard.mid_level == pytest.approx(hear(model, excerpt, excerpt.sound).mid_level)


def test_taking_the_evidence_away_makes_the_emotion_less_probable(excerpt: Excerpt, model: Model) -> None:
    last = answers(excerpt, model, samples=128)[-1]
    k = EMOTIONS.index(last.request.of)
    logit = {name: version.heard.logits[k] for name, version in last.versions.items()}
    assert logit["removed"] < logit["original"] < logit["enhanced"]


def test_without_a_number_it_goes_on_until_the_strongest_stay(excerpt: Excerpt, model: Model) -> None:
    found = answers(excerpt, model, by="regions")
    assert found[-1].quality.stable
    assert not found[1].quality.stable
    assert 64 <= len(found[-1].estimate.masks) <= 512  # type: ignore[union-attr]


def test_the_same_question_has_the_same_answer(excerpt: Excerpt, model: Model) -> None:
    first, again = (answers(excerpt, model, samples=32, seed=3)[-1].to_dict() for _ in range(2))
    for document in (first, again):
        document["quality"]["elapsed_ms"] = 0.0
    assert first == again


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_a_window_of_a_moment_after_a_change_is_enough(excerpt: Excerpt, model: Model, steps: int) -> None:
    short = replace(excerpt, window_steps=steps)
    for by in ("regions", "sources"):
        last = answers(short, model, by=by, samples=32 if by == "regions" else 0)[-1]
        assert last.done
        assert np.isfinite(last.estimate.weights).all()  # type: ignore[union-attr]


def test_parts_are_chosen_by_strength_or_by_significance(excerpt: Excerpt, model: Model) -> None:
    strongest, significant = (
        answers(excerpt, model, samples=256, of="brightness", select=select)[-1]
        for select in ("strongest", "significant")
    )
    weights, errors, _ = significant.estimate.of(significant.request.of)  # type: ignore[union-attr]
    assert len(strongest.chosen) <= 10
    assert set(significant.chosen) - set(strongest.chosen)
    assert np.all(weights[significant.chosen] > 4 * errors[significant.chosen])
    assert np.all(weights[strongest.chosen] > 0)
