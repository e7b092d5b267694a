"""Which parts are shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edge.explain.weights.selection import by_significance, p_values, top


def test_top_takes_the_largest_of_either_sign() -> None:
    weights = np.array([0.1, -0.9, 0.5, 0.0, -0.5])
    assert top(weights, 3).tolist() == [1, 2, 4]
    assert top(weights, 9).tolist() == [1, 2, 4, 0, 3]
    assert top(weights, 0).tolist() == []


@pytest.mark.parametrize("freedom", [5.0, 40.0, np.inf])
def test_p_values_are_those_of_the_two_sided_t_test(freedom: float) -> None:
    weights, errors = np.array([0.3, -0.2, 0.01, 2.0]), np.array([0.1, 0.01, 0.1, 0.4])
    np.testing.assert_allclose(
        p_values(weights, errors, freedom), 2 * stats.t.sf(np.abs(weights / errors), freedom), rtol=1e-9
    )


def test_p_value_of_a_regression_is_scipys() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(30)
    line = stats.linregress(x, 0.5 * x + rng.standard_normal(30))
    assert p_values(np.array([line.slope]), np.array([line.stderr]), 28)[0] == pytest.approx(line.pvalue, rel=1e-9)


def test_the_ratio_of_p_to_weight_decides() -> None:
    # t of 5 has p = 5.7e-7: kept where the weight is above 0.57
    weights, errors = np.array([0.5, -0.6, 3.0]), np.array([0.1, 0.12, 1.5])
    assert by_significance(weights, errors).tolist() == [1]
    assert by_significance(weights, errors, ratio=1.0).tolist() == [2, 1, 0]
    assert by_significance(weights, errors, ratio=1.0, most=2).tolist() == [2, 1]
    # the same weights and errors of fewer samples are in doubt
    assert by_significance(weights, errors, freedom=10).tolist() == []


def test_exact_weights_are_in_no_doubt_and_none_is_no_part() -> None:
    weights = np.array([0.0, 1e-3, -2.0, 0.0])
    assert by_significance(weights, np.zeros(4)).tolist() == [2, 1]
    assert by_significance(weights, np.array([0.0, np.inf, 0.1, 0.1])).tolist() == [2]
    np.testing.assert_array_equal(p_values(np.zeros(2), np.array([0.0, 1.0])), 1.0)


def test_real_effects_are_found_among_noise() -> None:
    rng = np.random.default_rng(1)
    true = np.where(np.arange(300) < 40, rng.choice([-0.5, 0.5], 300), 0.0)
    errors = np.full(300, 0.05)
    kept = by_significance(true + errors * rng.standard_normal(300), errors, freedom=700)
    assert len(kept) >= 38
    assert set(kept.tolist()) <= set(range(40))
