"""All that the card says of a shipped model: folds, other networks, gear, real guitar, pictures."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.features import Floats
from edge.model import Model
from export import figures
from export.card import EVALUATION, write_card
from export.corpora import Piece
from export.corpora.folder import data_folder
from export.dataset import load
from export.evaluate import Listener, predict, scores
from export.figures import Point
from export.networks.affetto import AffettoNet
from export.onnx_export import WINDOW_S
from export.probes import ask, probes
from export.rendering.comparison import compare_with_real
from export.report import report
from export.robustness import robustness, sample
from export.runs import TEST_PASSES
from export.split import split
from export.windows import Windows

PICTURES = "figures"
_PIECES = 60  # heard under every condition
_WINDOWS_S = (3.0, 6.0, 8.0, 10.0)


def evaluate(folder: Path, answers: Path, pieces: list[Piece], cache: Path) -> None:
    """Measure the model in `folder` and write `evaluation.json` and the card beside it."""
    model = Model(folder / "affetto.onnx")
    listener = Listener.of_model(model, AffettoNet.warm_up_steps)
    found = report(answers, pieces, cache)
    heard = sample(split(pieces).test, _PIECES)
    found["robustness"] = robustness(listener, heard, cache, window_s=WINDOW_S, warm_up_steps=AffettoNet.warm_up_steps)
    with tempfile.TemporaryDirectory() as sheet:
        found["rendering"] = compare_with_real(Path(sheet))
        (folder / PICTURES).mkdir(exist_ok=True)
        shutil.copy(Path(sheet) / "spectrograms.jpg", folder / PICTURES)
    found["windows_of"] = _windows_of(listener, pieces, cache)
    found["probes"] = [answer.to_dict() for answer in ask(model, probes(data_folder()))]
    (folder / EVALUATION).write_text(json.dumps(found, indent=1) + "\n")
    heard = predict(listener, _windows(pieces, cache, WINDOW_S), in_session=True)
    draw(found, model.contract.emotion_weights, heard.takes().mid_level, folder / PICTURES)
    write_card(folder)


def draw(found: dict[str, Any], weights: NDArray[np.float64], mid_level: Floats, folder: Path) -> None:
    """Draw the evaluation; `mid_level`, (n, 11), are the values of takes whose effects are shown."""
    figures.effects(weights, mid_level, folder / "effects.png")
    figures.conditions(found["robustness"], folder / "gear.png")
    if not found["networks"]:
        return
    figures.reliability_diagram(found["reliability"], folder / "reliability.png")
    points = [
        Point(
            name,
            row["takes"]["accuracy"]["mean"],
            row["takes"]["accuracy"]["deviation"],
            **{cost: row[cost] for cost in ("parameters", "multiply_accumulates_per_s", "ms_per_s", "weights_bytes")},
        )
        for name, row in found["networks"].items()
    ]
    figures.accuracy_against_cost(points, folder / "cost.png")


def _windows_of(listener: Listener, pieces: list[Piece], cache: Path) -> dict[str, Any]:
    """Return how well windows of several lengths, in seconds, are heard alone: the mean's length is a live setting."""
    return {
        f"{window_s:g}": scores(predict(listener, _windows(pieces, cache, window_s), in_session=True))
        for window_s in _WINDOWS_S
    }


def _windows(pieces: list[Piece], cache: Path, window_s: float) -> Windows:
    """Return windows of EMOPIA's test split."""
    takes = load(split(pieces).test, cache, TEST_PASSES)
    return Windows.without_targets(takes, window_s, AffettoNet.warm_up_steps)
