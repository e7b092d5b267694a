"""The music that is learned from, each corpus in its published layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from export.corpora.emopia import emopia
from export.corpora.guitar_scores import unlabelled
from export.corpora.piece import Piece

__all__ = ["Piece", "all_pieces", "emopia", "unlabelled"]


def all_pieces(data: Path) -> Iterator[Piece]:
    """Yield the pieces that the shipped model learns from."""
    yield from emopia(data)
    yield from unlabelled(data)
