from __future__ import annotations

from pathlib import Path

import pytest

from export.corpora.guitar_scores import unlabelled


@pytest.mark.data
def test_scores_become_performances_that_differ_in_loudness(data: Path) -> None:
    pieces = unlabelled(data)
    assert len(pieces) > 100
    assert all(p.emotion is None and p.split == "train" and len(p.notes) > 0 for p in pieces)
    means = [p.notes.velocity.mean() for p in pieces]
    assert max(means) - min(means) > 30
