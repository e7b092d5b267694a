"""The regression on worlds whose weights are known."""

from __future__ import annotations

import numpy as np
import pytest

from edge.explain.sound.parts import Part
from edge.explain.weights.fit import Prior, fit
from edge.explain.weights.masks import locally_orthogonal, random_masks

STEPS, PARTS = 40, 60
LAYOUT = tuple(
    Part("", 0.5 * (k // 6), 0.5 * (k // 6) + 0.5, 100.0 * (k % 6), 100.0 * (k % 6) + 100.0) for k in range(60)
)


def world(noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return masks, what is said, (n, steps, 2), the prior variance, and the true mean weights, (parts, 2)."""
    rng = np.random.default_rng(seed)
    heard = np.array([[0 <= step // 4 - part // 6 <= 2 for part in range(PARTS)] for step in range(STEPS)])
    weights = rng.standard_normal((STEPS, PARTS, 2)) * heard[..., None]
    masks = locally_orthogonal(64, LAYOUT, seed)
    said = np.einsum("nk,sko->nso", masks.astype(float), weights) + 3.0
    return masks, said + noise * rng.standard_normal(said.shape), heard.astype(float), weights.mean(axis=0)


def test_weights_of_a_local_world_are_found_with_fewer_masks_than_a_global_fit_needs() -> None:
    masks, said, variance, truth = world(noise=0.0)
    local = fit(masks, said, Prior(variance, np.eye(PARTS), 1e-3)).weights
    assert local == pytest.approx(truth, abs=0.01)
    everywhere = fit(masks, said.mean(axis=1, keepdims=True), Prior.flat(PARTS, 1e-3)).weights
    assert np.corrcoef(everywhere.ravel(), truth.ravel())[0, 1] < 0.95 < np.corrcoef(local.ravel(), truth.ravel())[0, 1]


def test_what_a_step_cannot_hear_has_no_weight() -> None:
    masks, said, variance, _ = world(noise=1.0)
    variance[:, 12] = 0.0
    found = fit(masks, said, Prior(variance, np.eye(PARTS), 0.5))
    assert np.all(found.weights[12] == 0.0)
    assert np.all(found.errors[12] == 0.0)


def test_standard_errors_say_how_far_the_weights_are_off() -> None:
    ratios = []
    for seed in range(6):
        masks, said, variance, truth = world(noise=2.0, seed=seed)
        found = fit(masks, said, Prior(variance, np.eye(PARTS), 0.05))
        ratios.append((found.weights - truth) / found.errors)
    assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.5


def test_both_forms_of_the_solution_agree() -> None:
    rng = np.random.default_rng(2)
    prior = Prior(rng.uniform(0.1, 1.0, (3, 20)), 0.7 * np.eye(20) + 0.3, 0.4)
    masks = random_masks(40, 20, seed=1)
    said = rng.standard_normal((40, 3, 2))
    x, y = masks - masks.mean(axis=0), said - said.mean(axis=0)
    expected = np.zeros((20, 2))
    for step in range(3):
        scale = np.sqrt(prior.variance[step])
        covariance = scale[:, None] * prior.correlation * scale
        expected += covariance @ x.T @ np.linalg.solve(x @ covariance @ x.T + 0.4 * np.eye(40), y[:, step]) / 3
    assert fit(masks, said, prior).weights == pytest.approx(expected, abs=1e-9)
    few = Prior(np.tile(prior.variance, (1, 3)), np.eye(60), 0.4)
    assert fit(random_masks(40, 60, 3), said, few).weights.shape == (60, 2)


def test_what_is_alike_is_learned_together() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.standard_normal(6), 10)[:, None] + 0.1 * rng.standard_normal((60, 1))
    masks = random_masks(24, 60, seed=0)
    said = (masks @ truth)[:, None]
    alike = np.kron(np.eye(6), np.full((10, 10), 0.9)) + 0.1 * np.eye(60)
    apart = fit(masks, said, Prior.flat(60, 0.1)).weights
    together = fit(masks, said, Prior(np.ones((1, 60)), alike, 0.1)).weights
    assert np.abs(together - truth).mean() < 0.5 * np.abs(apart - truth).mean()


def test_r2_is_one_for_what_is_linear_and_zero_for_what_is_not() -> None:
    masks = random_masks(400, 10, seed=0)
    linear = masks @ np.arange(10.0)[:, None]
    odd = (masks.sum(axis=1) % 2)[:, None].astype(float)
    found = fit(masks, linear[:, None], Prior.flat(10, 1e-6))
    assert found.r2(masks, linear) == pytest.approx(1.0)
    unseen = random_masks(400, 10, seed=1)
    parity = fit(masks, odd[:, None], Prior.flat(10, 1e-6))
    assert parity.r2(unseen, (unseen.sum(axis=1) % 2)[:, None].astype(float)) < 0.1
