"""A piece of music in a corpus, and which pieces may be trained on."""

from __future__ import annotations

from dataclasses import dataclass

from export.notes import Notes


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip or score as a guitar plays it.

    Attributes
    ----------
    name : str
        Unique; file name without its ending.
    song : str
        Pieces of one song never stand on both sides of a split.
    split : str
        "train", "validation" or "test".
    emotion : int or None
        Position in `edge.types.EMOTIONS`; None where nobody has labelled it.
    notes : Notes
    """

    name: str
    song: str
    split: str
    emotion: int | None
    notes: Notes
