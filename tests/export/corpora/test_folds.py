from __future__ import annotations

import numpy as np
import pytest

from export.corpora.folds import grouped_folds
from export.notes import CorpusError

RNG = np.random.default_rng(7)
GROUPS = [f"song{k}" for k in range(100) for _ in range(RNG.integers(1, 6))]
LABELS = RNG.choice(4, len(GROUPS), p=[0.4, 0.3, 0.2, 0.1]).tolist()


def test_no_group_stands_in_two_folds_and_every_item_in_one() -> None:
    folds = grouped_folds(GROUPS, LABELS)
    of_group: dict[str, set[int]] = {}
    for group, fold in zip(GROUPS, folds.tolist(), strict=True):
        of_group.setdefault(group, set()).add(fold)
    assert all(len(f) == 1 for f in of_group.values())
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}


def test_every_fold_has_the_labels_in_the_shares_of_the_whole() -> None:
    folds, labels = grouped_folds(GROUPS, LABELS), np.array(LABELS)
    whole = np.bincount(labels, minlength=4) / len(labels)
    for fold in range(5):
        share = np.bincount(labels[folds == fold], minlength=4) / (folds == fold).sum()
        assert np.abs(share - whole).max() < 0.04
        assert (folds == fold).mean() == pytest.approx(0.2, abs=0.03)


def test_the_seed_alone_decides() -> None:
    assert np.array_equal(grouped_folds(GROUPS, LABELS, seed=3), grouped_folds(GROUPS, LABELS, seed=3))
    assert not np.array_equal(grouped_folds(GROUPS, LABELS, seed=3), grouped_folds(GROUPS, LABELS, seed=4))


def test_fewer_groups_than_folds_is_said_before_anything_is_trained() -> None:
    with pytest.raises(CorpusError, match="3 songs or performers cannot fill 5 folds"):
        grouped_folds(["a", "b", "c"] * 4, [0, 1, 2] * 4)
