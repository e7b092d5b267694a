"""Who is learned from, who chooses, who is measured: no song is ever two of these."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from export.corpora import Piece
from export.corpora.folds import grouped_folds

FOLDS = 5
_CHOOSERS = 10  # one song of so many chooses the checkpoint and the temperature


@dataclass(frozen=True, slots=True)
class Split:
    """Pieces of which some are learned from, some choose among checkpoints, and some are only measured."""

    train: list[Piece]
    validation: list[Piece]
    test: list[Piece]


def split(pieces: list[Piece], fold: int | None = None) -> Split:
    """Deal the pieces out: unlabelled music is learned from, a tenth of the other songs validates.

    With `fold`, that fifth of the songs is the test, and EMOPIA's own test split is left out altogether; without, its
    own test split is the test and everything else is at hand, as for the model that ships.
    """
    free = [p for p in pieces if p.emotion is not None and p.split != "test"]
    if fold is None:
        test, rest = [p for p in pieces if p.split == "test"], free
    else:
        folds = grouped_folds([p.song for p in free], [p.emotion or 0 for p in free], FOLDS)
        test = [p for p, k in zip(free, folds, strict=True) if k == fold]
        rest = [p for p, k in zip(free, folds, strict=True) if k != fold]
    songs = Counter(emotion for _, emotion in {(p.song, p.emotion) for p in rest})
    shares = max(2, min(_CHOOSERS, *songs.values()))  # fewer only where there are hardly any songs
    choosers = grouped_folds([p.song for p in rest], [p.emotion or 0 for p in rest], shares)
    return Split(
        [p for p, k in zip(rest, choosers, strict=True) if k] + [p for p in pieces if p.emotion is None],
        [p for p, k in zip(rest, choosers, strict=True) if not k],
        test,
    )


def splits_are_disjoint(pieces: list[Piece]) -> bool:
    """Tell whether no song stands in two of a corpus's own splits."""
    by_song = sorted((p.song, p.split) for p in pieces)
    return all(a[0] != b[0] or a[1] == b[1] for a, b in pairwise(by_song))
