from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from edge.model import Model
from export import figures
from export.figures import Point
from export.networks import NETWORKS
from export.timing import file_bytes, stream_ms_per_s, weights_bytes, window_ms_per_s

RELIABILITY = [{"heard": 40, "confidence": 0.4, "accuracy": 0.3}, {"heard": 90, "confidence": 0.9, "accuracy": 0.8}]
POINTS = [Point("one", 0.6, 0.03, 1e5, 5e6, 3.0, 4e5), Point("two", 0.5, None, 5e6, 3e8, 50.0, 2e7)]
ROW = {"description": "a gear", "accuracy": 0.6, "delta_accuracy": -0.1, "delta_error": 0.05}
RNG = np.random.default_rng(0)

DRAWN: dict[str, Callable[[Path], None]] = {
    "reliability": lambda p: figures.reliability_diagram(RELIABILITY, p),
    "cost": lambda p: figures.accuracy_against_cost(POINTS, p),
    "effects": lambda p: figures.effects(RNG.normal(size=(4, 11)), RNG.normal(size=(50, 11)), p),
    "gear": lambda p: figures.conditions({"takes": 9, "conditions": {"training": ROW, "other": ROW}}, p),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_written_as_wide_as_a_phone_wants_and_holds_ink_and_colour(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / f"{name}.png"
    DRAWN[name](path)
    pixels = imread(path)[..., :3]
    assert 700 < pixels.shape[1] < 1100
    assert pixels.shape[0] < 2 * pixels.shape[1]
    assert 0.01 < np.mean(pixels.min(axis=2) < 0.9) < 0.7
    assert np.ptp(pixels, axis=2).max() > 0.3


def test_other_figures_make_another_picture(tmp_path: Path) -> None:
    for name, change in (("a", 0.1), ("b", -0.3)):
        rows = {"training": ROW, "other": ROW, "more": ROW | {"delta_accuracy": change}}
        figures.conditions({"takes": 9, "conditions": rows}, tmp_path / f"{name}.png")
    assert np.abs(imread(tmp_path / "a.png") - imread(tmp_path / "b.png")).max() > 0.1


def test_a_larger_network_takes_longer() -> None:
    small, large = (NETWORKS[name]() for name in ("affetto", "vgg-a2e"))
    assert 0.0 < window_ms_per_s(small, 1) < window_ms_per_s(large, 1)
    assert small.training  # as it was
    assert weights_bytes(small) == 4 * sum(p.numel() for p in small.parameters()) < weights_bytes(large)


def test_the_shipped_model_streams_faster_than_sound() -> None:
    model = Model()
    assert 0.0 < stream_ms_per_s(model, 1) < 500.0
    assert file_bytes(model.path) < 2_000_000
