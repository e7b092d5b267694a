"""All that the card says of a shipped model: folds, other networks, gear, real guitar, pictures."""

from __future__ import annotations

import json
from pathlib import Path

from edge.model import Model
from export.card import EVALUATION, write_card
from export.corpora import Piece
from export.corpora.folder import data_folder
from export.evaluate import Listener
from export.networks.affetto import AffettoNet
from export.onnx_export import WINDOW_S
from export.probes import ask, probes
from export.report import report
from export.robustness import robustness, sample
from export.split import split

_PIECES = 60  # heard under every condition


def evaluate(folder: Path, runs: Path, pieces: list[Piece], cache: Path) -> None:
    """Measure the model in `folder` and write `evaluation.json` and the card beside it."""
    model = Model(folder / "affetto.onnx")
    listener = Listener.of_model(model, AffettoNet.warm_up_steps)
    found = report(runs, pieces, cache)
    heard = sample(split(pieces).test, _PIECES)
    found["robustness"] = robustness(listener, heard, cache, window_s=WINDOW_S, warm_up_steps=AffettoNet.warm_up_steps)
    found["probes"] = [answer.to_dict() for answer in ask(model, probes(data_folder()))]
    (folder / EVALUATION).write_text(json.dumps(found, indent=1) + "\n")
    write_card(folder)
