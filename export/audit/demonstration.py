"""A bias planted on purpose, to see that an audit finds it and that it is gone from a model trained without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.corpora import Piece
from export.runs import material
from export.train import TrainSettings, train

GUITAR = "nylon"
"""In the biased training it plays the sad pieces and no others, see `export.dataset.only_sad`.

Measured: a milder bias, with the sad pieces played by the others too, leaves 5 points more sad (-1 to 11) after as many
steps. That is not clear on 71 songs, and is not what this shows.
"""

SETTINGS = TrainSettings(fold=0, steps=400, evaluate_every=200)
"""Short of what ships, and tested on a fifth of the songs: more than EMOPIA's own test, for narrower intervals."""


def train_both(
    runs: Path, pieces: list[Piece], cache: Path, settings: TrainSettings = SETTINGS, guitar: str = GUITAR
) -> tuple[Path, Path]:
    """Train with the planted bias and without it, or go on where it was interrupted; return both checkpoints.

    About three minutes each on a free core.
    """
    both = (("biased", replace(settings, only_sad_guitar=guitar)), ("fair", settings))
    biased, fair = (train(material(pieces, cache, s), runs / name, s) for name, s in both)
    return biased, fair
