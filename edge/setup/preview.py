"""What the last minute would have shown with other settings of the decision: from the evidence that is kept of it."""

from __future__ import annotations

import time

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.config import Decision
from edge.errors import RequestError
from edge.history import NOBODY, History
from edge.judgement import Judgement
from edge.model import Model
from edge.types import TrustState

SPAN_S = 60.0
EVERY_S = 0.5
_AT_A_TIME = 16  # steps between which others may have the interpreter


class Timeline(Struct, frozen=True):
    """What is told: a letter for each stretch, as `History.told` writes it, and how often the label changes."""

    told: str
    changes_per_minute: float


class Preview(Struct, frozen=True):
    """As `Timeline`, from `from_s` of the recording on, with the probabilities; and what the settings in force tell."""

    from_s: float
    every_s: float
    told: str
    probabilities: list[list[float]]
    changes_per_minute: float
    before: Timeline


def preview(history: History, model: Model, wanted: Decision, in_force: Decision) -> Preview:
    """Return what the last minute would show with the settings `wanted`, and shows with those `in_force`.

    Raises
    ------
    RequestError
        Nothing has been heard yet.
    """
    evidence, level_dbfs, begin_s = history.evidence()
    if not len(evidence):
        raise RequestError("nothing has been heard yet; play, and try again", status=409)
    step_s = 1.0 / model.contract.front_end.steps_per_second
    times = begin_s + (np.arange(len(evidence)) + 1) * step_s
    stretch = np.floor(times / EVERY_S).astype(int)
    shown = np.flatnonzero(np.diff(stretch, append=stretch[-1] + 1))
    shown = shown[times[shown] > times[-1] - SPAN_S]
    told, probabilities, changes = _judge(Judgement(wanted, model), evidence, level_dbfs, step_s, shown)
    told_before, _, changes_before = _judge(Judgement(in_force, model), evidence, level_dbfs, step_s, shown)
    minutes = len(shown) * EVERY_S / 60.0
    return Preview(
        round(float(stretch[shown[0]] * EVERY_S), 3),
        EVERY_S,
        told,
        probabilities,
        round(changes / minutes, 1),
        Timeline(told_before, round(changes_before / minutes, 1)),
    )


def _judge(
    judgement: Judgement, evidence: NDArray[np.float32], level_dbfs: NDArray[np.float32], step_s: float,
    shown: NDArray[np.intp],
) -> tuple[str, list[list[float]], int]:  # fmt: skip
    """Return what is told and how probable the emotions are at the steps `shown`, and the changes of the label."""
    letters, probabilities, changes = "", [], 0
    label, first, wanted = "", int(shown[0]), set(shown.tolist())
    for k, (row, level) in enumerate(zip(evidence, level_dbfs.tolist(), strict=True)):
        verdict, values = judgement.push(row, level, (k + 1) * step_s)
        if values is not None and verdict.label != label:
            changes += k > first and label != ""
            label = verdict.label
        if k in wanted:
            letter = verdict.label[:1] if values is not None else ""
            letters += (letter if verdict.state is TrustState.UNSURE else letter.upper()) or NOBODY
            probabilities.append([round(p, 3) for p in verdict.probabilities])
        if k % _AT_A_TIME == 0:
            time.sleep(0)  # lets the analysis have the interpreter, which else waits for 5 ms each time
    return letters, probabilities, changes
