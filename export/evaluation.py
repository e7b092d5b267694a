"""All that the card says of a shipped model: folds, other networks, gear, real guitar, pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge.model import Model
from export.card import EVALUATION, write_card
from export.corpora import Piece
from export.corpora.folder import data_folder
from export.dataset import load
from export.evaluate import Listener, predict, scores
from export.networks.affetto import AffettoNet
from export.onnx_export import WINDOW_S
from export.probes import ask, probes
from export.report import report
from export.robustness import robustness, sample
from export.runs import TEST_PASSES
from export.split import split
from export.windows import Windows

_PIECES = 60  # heard under every condition
_WINDOWS_S = (3.0, 6.0, 8.0, 10.0)


def evaluate(folder: Path, runs: Path, pieces: list[Piece], cache: Path) -> None:
    """Measure the model in `folder` and write `evaluation.json` and the card beside it."""
    model = Model(folder / "affetto.onnx")
    listener = Listener.of_model(model, AffettoNet.warm_up_steps)
    found = report(runs, pieces, cache)
    heard = sample(split(pieces).test, _PIECES)
    found["robustness"] = robustness(listener, heard, cache, window_s=WINDOW_S, warm_up_steps=AffettoNet.warm_up_steps)
    found["windows_of"] = _windows_of(listener, split(pieces).test, cache)
    found["probes"] = [answer.to_dict() for answer in ask(model, probes(data_folder()))]
    (folder / EVALUATION).write_text(json.dumps(found, indent=1) + "\n")
    write_card(folder)


def _windows_of(listener: Listener, pieces: list[Piece], cache: Path) -> dict[str, Any]:
    """Return how well windows of several lengths, in seconds, are heard alone: the mean's length is a live setting."""
    takes = load(pieces, cache, TEST_PASSES)
    return {
        f"{window_s:g}": scores(
            predict(listener, Windows.without_targets(takes, window_s, AffettoNet.warm_up_steps), in_session=True)
        )
        for window_s in _WINDOWS_S
    }
