"""Effects are exact, and what is unusual is found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.cbook import boxplot_stats

from edge.explain.effects import FEWEST_USUAL, Boxes, effects, effects_of_takes
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


def test_effects_and_bias_are_the_logits(model: Model) -> None:
    values = RNG.normal(size=11)
    found = effects(model, values, RNG.normal(size=(50, 11)))
    logits = (found.effects.sum(axis=1) + found.bias) / model.contract.temperature
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(model.probabilities(values), expected, atol=1e-9)


def test_what_separates_sums_to_the_difference_from_the_average(model: Model) -> None:
    usual = RNG.normal(size=(80, 11))
    found = effects(model, usual[3], usual)
    logits = usual @ model.contract.emotion_weights.T
    np.testing.assert_allclose(found.separating.sum(axis=1), logits[3] - logits.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.z, (usual[3] - usual.mean(axis=0)) / usual.std(axis=0))


def test_the_unusual_feature_ranks_first(model: Model) -> None:
    usual = RNG.normal(1.0, 0.2, size=(300, 11))
    for feature in ("minorness", "articulation"):
        now = usual.mean(axis=0)
        now[MID_LEVEL.index(feature)] += 1.5
        found = effects(model, now, usual)
        assert found.ranked("sad")[0] == feature
        assert found.z[MID_LEVEL.index(feature)] == pytest.approx(7.5, rel=0.1)
        assert found.knows_usual


@pytest.mark.parametrize("moments", [0, 1, 5])
def test_few_moments_or_no_change_give_numbers_all_the_same(model: Model, moments: int) -> None:
    found = effects(model, np.ones(11), np.ones((moments, 11)))
    assert not found.knows_usual
    np.testing.assert_array_equal(found.z, 0.0)
    np.testing.assert_array_equal(found.separating, 0.0)
    json.dumps(found.to_dict(), allow_nan=False)


def test_boxes_are_those_of_a_box_plot() -> None:
    sample = RNG.standard_t(2, size=(301, 4, 11))
    boxes = Boxes.of(sample)
    for e, f in ((0, 0), (3, 10), (1, 6)):
        stats = boxplot_stats(sample[:, e, f])[0]
        ours = [getattr(boxes, k)[e, f] for k in ("low", "first_quartile", "median", "third_quartile", "high")]
        np.testing.assert_allclose(ours, [stats[k] for k in ("whislo", "q1", "med", "q3", "whishi")])


def test_every_take_of_a_corpus_weighs_alike(model: Model) -> None:
    short, long_, other = np.full((5, 11), 1.0), np.full((500, 11), 3.0), np.full((7, 11), 2.0)
    boxes = effects_of_takes(model, [short, long_, np.empty((0, 11)), other])
    np.testing.assert_allclose(boxes.median, 2.0 * model.contract.emotion_weights)


def test_the_published_form_names_everything(model: Model) -> None:
    usual = RNG.normal(size=(FEWEST_USUAL, 11))
    found = effects(model, usual[0], usual)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert tuple(document["features"]) == MID_LEVEL
    row = document["features"]["minorness"]
    assert tuple(row["effects"]) == tuple(row["separating"]) == tuple(row["box"]) == EMOTIONS
    assert row["effects"]["sad"] == pytest.approx(found.effects[3, 6], abs=1e-6)
    assert row["box"]["sad"]["median"] == pytest.approx(found.boxes.median[3, 6], abs=1e-6)
    assert set(document["ranked"]) == set(EMOTIONS)
