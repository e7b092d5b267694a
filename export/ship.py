"""From a checkpoint to what ships: both precisions and the measured figures inside them."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnx

from edge.model import Model
from export import midlevel
from export.corpora import Piece
from export.evaluate import Heard, Listener, calibration_error, fit_temperature, predict, reliability, scores
from export.notes import CorpusError
from export.onnx_export import TOLERANCE, check, export, load_for_instrument, metadata, write
from export.quantize import Comparison, compare, quantize
from export.rendering.render import GUITARS
from export.runs import material, windows_of_test
from export.train import TrainSettings

COMMAND = "affetto-model ship"


def ship(checkpoint: Path, folder: Path, pieces: list[Piece], cache: Path, version: str) -> dict[str, Any]:
    """Export, quantize and measure a checkpoint; return the contract that went into both files."""
    net, held = load_for_instrument(checkpoint)
    settings = TrainSettings(**held["settings"])
    if settings.fold is not None:
        raise CorpusError(f"{checkpoint}: learned from four fifths of the songs alone; train without --fold")
    learned = material(pieces, cache, settings)
    temperature = fit_temperature(predict(Listener.of_network(net), learned.validation, in_session=True))
    training = {
        "pieces": held["pieces"],
        "takes": held["takes"],
        "steps": held["step"],
        "guitars": list(GUITARS),
        "passes": settings.passes,
        "window_s": midlevel.WINDOW_S,
        "mid_level_mean": [round(v, 5) for v in held["scale"]["mean"]],
        "mid_level_deviation": [round(v, 5) for v in held["scale"]["deviation"]],
    }
    contract = metadata(net, version=version, temperature=temperature, training=training, figures_by=COMMAND)
    single, eight_bit = folder / "affetto-fp32.onnx", folder / "affetto.onnx"
    export(net, single, contract)
    differences = check(single, net)
    if max(differences.values()) > TOLERANCE:
        raise AssertionError(f"the forms of {single} differ by more than {TOLERANCE}: {differences}")
    quantize(single, eight_bit, learned.windows, contract)
    found = compare(single, eight_bit, learned.validation)
    if not found.may_replace:
        shutil.copyfile(single, eight_bit)
    contract["forms"] = _forms(found, differences)
    listener = Listener.of_model(Model(eight_bit), net.warm_up_steps)
    test = windows_of_test(checkpoint, pieces, cache)
    contract["accuracy"] = {
        split: {way: figures(predict(listener, windows, way == "session"), temperature) for way in ("session", "cold")}
        for split, windows in (("validation", learned.validation), ("test", test))
    }
    for path in (single, eight_bit):
        write(onnx.load(path), path, contract)
    return contract


def figures(heard: Heard, temperature: float) -> dict[str, Any]:
    """Return the scores of takes and of their windows, calibration, and mid-level correlations."""
    return {
        "takes": scores(heard.takes()),
        "windows": scores(heard),
        "calibration_error": calibration_error(reliability(heard, temperature)),  # of windows, as live
        "mid_level_r": heard.mid_level_r(),
    }


def _forms(c: Comparison, differences: dict[str, float]) -> dict[str, Any]:
    found = {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(c).items()}
    return found | {"shipped": "eight_bit" if c.may_replace else "single", "torch_difference": differences["torch"]}
