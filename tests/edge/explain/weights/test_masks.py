"""Which mixtures are run: near parts orthogonal, complements in pairs, good wherever one stops."""

from __future__ import annotations

import numpy as np
import pytest

from edge.explain.sound.parts import Part
from edge.explain.weights import masks

PARTS = tuple(Part("", 0.6 * t, 0.6 * t + 0.6, 100.0 * b, 100.0 * b + 100.0) for t in range(13) for b in range(8))


def signs(on: np.ndarray) -> np.ndarray:
    return 2.0 * on - 1.0


@pytest.mark.parametrize("order", [1, 2, 32, 64])
def test_hadamard_matrices_are_orthogonal(order: int) -> None:
    matrix = masks.hadamard(order).astype(int)
    assert np.array_equal(matrix @ matrix.T, order * np.eye(order))


@pytest.mark.parametrize(("count", "apart"), [(64, 32), (128, 64)])
def test_parts_near_in_time_are_orthogonal(count: int, apart: int) -> None:
    on = signs(masks.locally_orthogonal(count, PARTS, seed=3))
    product = on.T @ on / count
    distance = np.abs(np.subtract.outer(np.arange(104), np.arange(104)))
    assert np.abs(product[(distance > 0) & (distance < apart)]).max() == 0.0
    # more parts than columns: those far apart do share one
    assert np.abs(product[distance == apart]).min() == 1.0


def test_time_decides_which_parts_are_near_not_their_number() -> None:
    order = np.random.default_rng(1).permutation(104)
    on = signs(masks.locally_orthogonal(64, tuple(PARTS[k] for k in order), seed=3))
    back = np.empty_like(on)
    back[:, order] = on
    assert np.abs((back.T @ back)[:16, 16:32]).max() == 0.0


@pytest.mark.parametrize("design", ["local", "hadamard"])
@pytest.mark.parametrize("count", [8, 32, 64, 100, 200])
def test_each_mask_is_followed_by_its_complement(design: str, count: int) -> None:
    if design == "local":
        on = masks.locally_orthogonal(count, PARTS, seed=5)
    else:
        on = masks.paired_hadamard(count, 104, seed=5)
    assert on.shape == (count, 104)
    assert np.array_equal(on[0::2], ~on[1::2])


def test_a_fold_over_design_of_all_parts_is_orthogonal() -> None:
    on = signs(masks.paired_hadamard(256, 104, seed=0))
    assert np.array_equal(on.T @ on, 256 * np.eye(104))


def test_the_same_seed_gives_the_same_masks_and_another_seed_others() -> None:
    assert np.array_equal(masks.locally_orthogonal(96, PARTS, 7), masks.locally_orthogonal(96, PARTS, 7))
    assert not np.array_equal(masks.locally_orthogonal(96, PARTS, 7), masks.locally_orthogonal(96, PARTS, 8))


def test_all_masks_are_all_of_them() -> None:
    assert len({tuple(row) for row in masks.all_masks(5).tolist()}) == 32


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(8, [(0, 8)]), (64, [(0, 32), (32, 64)]), (100, [(0, 32), (32, 64), (64, 100)])],
)
def test_rounds_double_until_all_is_run(samples: int, expected: list[tuple[int, int]]) -> None:
    assert list(masks.rounds(samples)) == expected
