import numpy as np
import pytest

from export.explanations import metrics


def test_rank_correlation_sees_order_and_not_size() -> None:
    weights = np.array([0.1, -2.0, 3.0, 0.5])
    assert metrics.spearman(weights, np.exp(weights)) == pytest.approx(1.0)
    assert metrics.spearman(weights, -weights) == pytest.approx(-1.0)
    assert metrics.spearman(weights, np.ones(4)) == 0.0


def test_jaccard_is_of_the_largest_of_either_sign() -> None:
    one = np.array([5.0, -4.0, 3.0, 0.1, 0.2, 0.0])
    other = np.array([-5.0, 4.0, 0.0, 3.0, 0.2, 0.1])
    assert metrics.jaccard(one, other, 3) == pytest.approx(2 / 4)
    assert metrics.jaccard(one, one, 3) == 1.0


def test_jaccard_by_chance_is_that_of_drawn_selections() -> None:
    rng = np.random.default_rng(0)
    drawn = [metrics.jaccard(rng.random(96), rng.random(96)) for _ in range(2000)]
    assert metrics.jaccard_by_chance(96) == pytest.approx(np.mean(drawn), abs=0.01)
    assert metrics.jaccard_by_chance(12) == pytest.approx(0.714, abs=0.001)
    assert metrics.jaccard_by_chance(4) == 1.0


def test_auc_and_hit() -> None:
    truth = np.array([True, False, False, True])
    assert metrics.auc(truth, np.array([3.0, 1.0, 2.0, 4.0])) == 1.0
    assert metrics.auc(truth, np.array([0.0, 1.0, 2.0, 4.0])) == pytest.approx(0.5)
    assert metrics.hit_at_1(truth, np.array([0.0, 1.0, 2.0, 4.0])) == 1.0
    assert metrics.hit_at_1(truth, np.array([0.0, 1.0, 5.0, 4.0])) == 0.0


def test_r2_is_one_for_a_linear_answer_with_any_constant_and_nought_for_no_weights() -> None:
    masks = np.random.default_rng(0).random((200, 5)) < 0.5
    weights = np.array([[1.0], [-2.0], [0.0], [0.5], [3.0]])
    said = masks @ weights + 7.0
    assert metrics.r2(weights, masks, said) == pytest.approx([1.0])
    assert metrics.r2(0 * weights, masks, said) == pytest.approx([0.0])


def test_area_below_a_straight_line() -> None:
    assert metrics.area(np.linspace(0.0, 1.0, 5)) == pytest.approx(0.5)
    assert metrics.area(np.full(33, 2.0)) == pytest.approx(2.0)


def test_figures_of_what_is_heard() -> None:
    before, alone, removed = np.array([0.5, 0.8, 0.4]), np.array([0.75, 0.4, 0.4]), np.array([0.1, 0.8, 0.5])
    assert metrics.increase(before, alone) == pytest.approx(1 / 3)
    assert metrics.drop(before, alone) == pytest.approx(0.5 / 3)
    assert metrics.faithfulness(before, removed) == pytest.approx((0.4 + 0.0 - 0.1) / 3)
    assert metrics.input_fidelity(np.array([0, 1, 2]), np.array([0, 3, 2])) == pytest.approx(2 / 3)
