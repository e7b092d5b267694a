"""What listeners heard in real guitar: ratings of 391 clips by 16 listeners each (Turchet & Pauwels 2022).

Layout: one row per listener and clip in `guitar_ratings.csv`, from the user study's files at
github.com/domenicostefani/music-emotion-classification-vst (GPL-3.0). Columns `aggressive`, `relaxed`, `happy`, `sad`
hold -3 to 3, `musical_expertise` is "none" or "pro", `emotional_intent` what the player meant to express. For clips
111, 114, 117 and 120 that intent is not the one in the file name; the yardstick follows the column, as the study does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.types import EMOTIONS
from export.corpora.table import number, read_table
from export.notes import CorpusError

SOURCE = "github.com/domenicostefani/music-emotion-classification-vst"


@dataclass(frozen=True, slots=True)
class Rating:
    """One listener's ratings of one clip.

    Attributes
    ----------
    clip : int
        Number of the clip, as in its file name.
    player : str
    intent : int
        What the player meant to express: position in `EMOTIONS`.
    musician : bool
        Whether the listener is a professional musician.
    values : tuple of 4 floats
        In the order of `EMOTIONS`, -3 to 3.
    """

    clip: int
    player: str
    intent: int
    musician: bool
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How well people recover the player's intent; all are shares of 0 to 1.

    Attributes
    ----------
    panel : float
        Clips whose highest mean rating is the intent.
    listener : float
        Single ratings with a unique highest value that is the intent.
    undecided : float
        Single ratings in which two or more emotions are highest.
    """

    panel: float
    listener: float
    undecided: float


def read_ratings(path: Path) -> list[Rating]:
    """Return every row of the study's table."""
    columns = ("stimulus_number", "composer", "emotional_intent", "musical_expertise", *EMOTIONS)
    ratings = []
    for row in read_table(path, columns, SOURCE):
        if row["emotional_intent"] not in EMOTIONS:
            raise CorpusError(f"{path}: unknown emotional_intent {row['emotional_intent']!r}; get it from {SOURCE}")
        ratings.append(
            Rating(
                int(number(row, "stimulus_number", path)),
                row["composer"],
                EMOTIONS.index(row["emotional_intent"]),
                row["musical_expertise"] == "pro",
                tuple(number(row, e, path) for e in EMOTIONS),
            )
        )
    return ratings


def panel_means(ratings: list[Rating]) -> dict[int, NDArray[np.float64]]:
    """Return each clip's mean ratings, (4,) in the order of `EMOTIONS`."""
    of_clip: dict[int, list[tuple[float, ...]]] = {}
    for rating in ratings:
        of_clip.setdefault(rating.clip, []).append(rating.values)
    return {clip: np.mean(values, axis=0) for clip, values in of_clip.items()}


def panel_accuracy(ratings: list[Rating]) -> Yardstick:
    """Return the yardstick for a machine that hears these clips; a tie at the top recovers nothing."""
    intent = {r.clip: r.intent for r in ratings}
    panel = [_only_highest(mean, intent[clip]) for clip, mean in panel_means(ratings).items()]
    single = [_only_highest(np.array(r.values), r.intent) for r in ratings]
    undecided = [r.values.count(max(r.values)) > 1 for r in ratings]
    return Yardstick(float(np.mean(panel)), float(np.mean(single)), float(np.mean(undecided)))


def _only_highest(values: NDArray[np.float64], intent: int) -> bool:
    return bool((np.delete(values, intent) < values[intent]).all())
