"""Which clips are tested together: folds in which no song or performer stands on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from export.notes import CorpusError


def grouped_folds(groups: Sequence[str], labels: Sequence[int], count: int = 5, seed: int = 0) -> NDArray[np.int_]:
    """Return the fold of each item, (n,), 0 to `count - 1`; the same arguments give the same folds.

    Parameters
    ----------
    groups : n strings
        Song or performer of each item. A group is never divided: a network that knows the song or the player
        scores better than it hears.
    labels : n integers
        Their shares are kept as alike in all folds as the groups allow.
    count : int
        Folds.
    seed : int
        Of the order in which the groups are dealt out.

    Raises
    ------
    CorpusError
        Where there are fewer groups than folds.
    """
    if len(groups) != len(labels):
        raise ValueError(f"{len(groups)} groups for {len(labels)} labels; give one of each per item")
    if len(set(groups)) < count:
        raise CorpusError(f"{len(set(groups))} songs or performers cannot fill {count} folds; ask for fewer folds")
    folds = np.empty(len(groups), int)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for fold, (_, held_out) in enumerate(splitter.split(np.zeros(len(groups)), labels, groups)):
        folds[held_out] = fold
    return folds
