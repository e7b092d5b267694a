"""From a checkpoint to what ships: both precisions, the measured figures inside them, and the model card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from edge.model import METADATA_KEY, Model
from edge.types import MID_LEVEL, PERCEPTUAL_FEATURES
from export import midlevel
from export.card import model_card
from export.corpora import Piece
from export.dataset import Take, load
from export.evaluate import Listener, fit_temperature, mid_level_correlation, predict, predict_windows, scores
from export.onnx_export import TOLERANCE, check, export, metadata, window_steps, write
from export.quantize import Comparison, compare, quantize
from export.rendering.render import GUITARS
from export.train import load_model, scale_of
from export.windows import Scale, Windows

GUITARS_A_CLIP = 3
_COMMAND = "affetto-model ship"


def ship(checkpoint: Path, folder: Path, pieces: list[Piece], cache: Path, version: str) -> dict[str, Any]:
    """Export, quantize, measure and describe a checkpoint; return the contract that went into both files."""
    net, held = load_model(checkpoint)
    levels, scale = held["levels"], scale_of(held)
    takes = {
        split: load([p for p in pieces if p.split == split and p.emotion is not None], cache, GUITARS_A_CLIP)
        for split in ("train", "validation", "test")
    }
    listener = Listener.of_network(net)
    length = window_steps(net)
    temperature = fit_temperature(predict_windows(listener, takes["validation"], levels, length))
    training = {
        "data": ["EMOPIA (CC BY-NC-SA 4.0)", "GuitarSet notes (CC BY 4.0)", "Mutopia scores (public domain)"],
        "guitars": list(GUITARS),
        "guitars_a_clip": GUITARS_A_CLIP,
        "window_s": midlevel.WINDOW_S,
        "steps": held["step"],
        "pieces": held["pieces"],
        "takes": held["takes"],
        "loud_levels_dbfs": {guitar: round(level, 2) for guitar, level in levels.items()},
        "mid_level_mean": scale.mean.round(5).tolist(),
        "mid_level_deviation": scale.deviation.round(5).tolist(),
    }
    contract = metadata(net, version=version, temperature=temperature, training=training, figures_by=_COMMAND)
    single, eight_bit = folder / "affetto-fp32.onnx", folder / "affetto.onnx"
    export(net, single, contract)
    differences = check(single, net)
    if max(differences.values()) > TOLERANCE:
        raise AssertionError(f"the forms of {single} differ by more than {TOLERANCE}: {differences}")
    windows = Windows(takes["train"], net.front_end, held["settings"]["warm_up_steps"], levels, scale, cache)
    quantize(single, eight_bit, windows, contract)
    found = compare(single, eight_bit, takes["validation"], levels)
    if not found.may_replace:
        shutil.copyfile(single, eight_bit)
    contract["forms"] = _forms(found)
    shipped = Listener.of_model(Model(eight_bit))
    contract["accuracy"] = {
        split: figures(shipped, takes[split], levels, scale, length, cache) for split in ("validation", "test")
    }
    contract["accuracy"]["strict_seven"] = _strict_seven(shipped, takes, levels)
    for path in (single, eight_bit):
        write(onnx.load(path), path, contract)
    (folder / "README.md").write_text(model_card(contract))
    return contract


def evaluate(model: Path, pieces: list[Piece], cache: Path, split: str) -> dict[str, Any]:
    """Return the figures of a shipped model on one split; they are the card's, measured again."""
    contract = Model(model).contract
    training = contract.card["training"]
    takes = load([p for p in pieces if p.split == split and p.emotion is not None], cache, training["guitars_a_clip"])
    scale = Scale(np.array(training["mid_level_mean"]), np.array(training["mid_level_deviation"]))
    listener = Listener.of_model(Model(model))
    return figures(listener, takes, training["loud_levels_dbfs"], scale, contract.window_steps, cache)


def figures(
    listener: Listener, takes: list[Take], levels: dict[str, float], scale: Scale, length: int, cache: Path
) -> dict[str, Any]:
    """Return the scores of whole takes, session and cold, of windows of `length` steps, and mid-level correlations."""
    return {
        "session": scores(predict(listener, takes, levels)),
        "cold": scores(predict(listener, takes, None)),
        "windows": scores(predict_windows(listener, takes, levels, length)),
        "mid_level_r": mid_level_correlation(listener, takes, levels, scale, cache),
    }


def _strict_seven(listener: Listener, takes: dict[str, list[Take]], levels: dict[str, float]) -> dict[str, Any]:
    """Return the four-class accuracy of a logistic regression on the perceptual features alone."""
    seven = [MID_LEVEL.index(name) for name in PERCEPTUAL_FEATURES]

    def values(some: list[Take]) -> tuple[NDArray[np.float32], NDArray[np.int_]]:
        heard = [listener.hear(t, levels[t.guitar]).mean(axis=0)[seven] for t in some]
        return np.array(heard), np.array([t.piece.emotion for t in some])

    layer = LogisticRegression(max_iter=1000).fit(*values(takes["train"][::GUITARS_A_CLIP]))
    return {
        split: {"accuracy": round(float(layer.score(*values(takes[split]))), 4)} for split in ("validation", "test")
    }


def _forms(c: Comparison) -> dict[str, Any]:
    return {
        "shipped": "eight_bit" if c.may_replace else "single",
        "single": {"bytes": c.bytes_single, "accuracy": round(c.accuracy_single, 4)},
        "eight_bit": {
            "bytes": c.bytes_eight_bit,
            "accuracy": round(c.accuracy_eight_bit, 4),
            "agreement": round(c.agreement, 4),
            "stream_difference": c.stream_difference,
        },
    }


def read_contract(path: Path) -> dict[str, Any]:
    """Return the contract inside a model file."""
    return dict(json.loads({p.key: p.value for p in onnx.load(path).metadata_props}[METADATA_KEY]))
