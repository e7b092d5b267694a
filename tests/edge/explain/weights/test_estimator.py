"""Weights of parts, on real guitar and the real network."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from edge.errors import ExplainError
from edge.explain.heard.hearing import Hearing
from edge.explain.sound.segments import segment
from edge.explain.sound.sources import sources
from edge.explain.weights.estimate import OUTPUTS, Estimate, outputs
from edge.explain.weights.estimator import estimates
from edge.explain.weights.masks import all_masks, random_masks
from edge.explain.weights.perturbation import Perturbation
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL
from tests.edge.explain.excerpts import guitarset


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def regions(model: Model) -> Perturbation:
    spectrogram = guitarset("comp", 12.0, 5.0)
    return Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("grid", spectrogram))


@pytest.fixture(scope="module")
def few(model: Model) -> Perturbation:
    spectrogram = guitarset("comp", 12.0, 3.0)
    return Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, sources("parts", spectrogram))


def last(perturbation: Perturbation, method: str, samples: int, seed: int = 0) -> Estimate:
    *_, best = estimates(perturbation, method, samples, seed)  # type: ignore[arg-type]
    return best


@pytest.mark.data
def test_64_local_calls_agree_with_many_random_ones_and_beat_a_global_fit(regions: Perturbation) -> None:
    on = random_masks(1500, len(regions.parts), seed=9)
    said = outputs(regions, on).mean(axis=1)
    x = on - on.mean(axis=0)
    reference = np.linalg.lstsq(x, said - said.mean(axis=0), rcond=None)[0]

    def agreement(estimate: Estimate) -> float:
        return float(np.mean([spearmanr(estimate.weights[:, k], reference[:, k])[0] for k in range(len(EMOTIONS))]))

    local = agreement(last(regions, "local", 64))
    assert local > 0.85
    assert local > agreement(last(regions, "hadamard", 64)) + 0.1


@pytest.mark.data
def test_each_round_is_better_and_the_first_comes_after_32_calls(regions: Perturbation) -> None:
    found = list(estimates(regions, "local", 128, seed=1))
    assert [len(e.masks) for e in found] == [32, 64, 128]
    assert np.isnan(found[0].r2_heldout).all()
    k = OUTPUTS.index("aggressive")
    off = [np.abs(e.weights[:, k] - found[-1].weights[:, k]).mean() for e in found]
    assert off[0] > off[1]
    assert found[-1].r2_heldout[k] > 0.3


@pytest.mark.data
def test_emotions_weights_are_those_of_the_features_through_the_last_layer(regions: Perturbation) -> None:
    estimate = last(regions, "local", 32)
    mid_level = estimate.weights[:, len(EMOTIONS) :]
    assert estimate.weights[:, : len(EMOTIONS)] == pytest.approx(mid_level @ regions.emotion_weights.T, abs=1e-6)
    assert estimate.through("sad").sum(axis=1) == pytest.approx(estimate.of("sad")[0], abs=1e-6)
    of_feature = estimate.through("minorness")
    assert of_feature[:, MID_LEVEL.index("minorness")] == pytest.approx(estimate.of("minorness")[0])


@pytest.mark.data
def test_exact_weights_are_the_mean_difference_with_and_without_a_part(few: Perturbation) -> None:
    estimate = last(few, "exact", 512)
    on = all_masks(len(few.parts))
    said = outputs(few, on).mean(axis=1)
    for part in range(len(few.parts)):
        difference = said[on[:, part]].mean(axis=0) - said[~on[:, part]].mean(axis=0)
        assert estimate.weights[part] == pytest.approx(difference, abs=1e-6)
    assert np.all(estimate.errors == 0.0)


@pytest.mark.data
def test_same_seed_same_answer(regions: Perturbation) -> None:
    first, again, other = (last(regions, "local", 32, seed) for seed in (4, 4, 5))
    assert np.array_equal(first.weights, again.weights)
    assert not np.array_equal(first.weights, other.weights)


def test_all_mixtures_of_many_parts_are_refused(model: Model) -> None:
    spectrogram = guitarset("comp", 12.0, 3.0)
    many = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("grid", spectrogram))
    with pytest.raises(ExplainError, match="too many to run all mixtures; at most 12"):
        next(estimates(many, "exact", 512, 0))


@pytest.mark.data
def test_the_lime_package_finds_the_same_weights_with_many_more_calls(model: Model) -> None:
    spectrogram = guitarset("comp", 12.0, 3.0)
    perturbation = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("musical", spectrogram))
    orthogonal = last(perturbation, "hadamard", 128)
    lime = last(perturbation, "lime", 400)
    assert len(lime.masks) == 400
    for k in range(len(EMOTIONS)):
        assert np.corrcoef(lime.weights[:, k], orthogonal.weights[:, k])[0, 1] > 0.9
