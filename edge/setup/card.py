"""The card of the model, with the figures that the page shows."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from edge.model import Model, bundled_model

NOTE = (
    "Means over five folds of songs, on rendered guitar. There is no freely available recording of real guitar with "
    "emotion labels to measure on."
)


class Figures(Struct, frozen=True):
    """How often the model that comes with Affetto is right, as shares, with the deviation over five folds of songs."""

    accuracy: float
    accuracy_deviation: float
    arousal: float
    valence: float
    calibration_error: float
    mid_level_r: dict[str, float]
    parameters: int
    note: str


class ModelCard(Struct, frozen=True):
    """What the model file says of itself; `figures` is null for a model that does not come with Affetto."""

    name: str
    version: str
    licence: str
    mid_level_source: str
    file: str
    card: dict[str, Any]
    figures: Figures | None


def model_card(model: Model) -> ModelCard:
    """Return the card of a model."""
    figures = _figures() if model.path == bundled_model() else None
    return ModelCard(**model.describe(), card=model.contract.card, figures=figures)


def _figures() -> Figures | None:
    try:
        text = (bundled_model().parent / "evaluation.json").read_text("utf-8")
        known = json.loads(text)["networks"]["affetto"]
        takes = known["takes"]
        return Figures(
            accuracy=takes["accuracy"]["mean"],
            accuracy_deviation=takes["accuracy"]["deviation"],
            arousal=takes["arousal"]["mean"],
            valence=takes["valence"]["mean"],
            calibration_error=known["calibration_error"]["mean"],
            mid_level_r={name: r["mean"] for name, r in known["mid_level_r"].items()},
            parameters=known["parameters"],
            note=NOTE,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a card without figures says more than an error
