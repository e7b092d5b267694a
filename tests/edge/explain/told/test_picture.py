"""The picture shows where, in colours that mean what they say, and leaves no trace in the process."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.explain.explainer import explain
from edge.explain.explanation import Explanation
from edge.explain.request import Request
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.picture import picture
from edge.model import Model
from tests.edge.explain.excerpts import S, spectrogram_of
from tests.edge.sounds import strings

MODEL = Model()
SPECTROGRAM = spectrogram_of(strings(6.0, S.rate_hz), 4.0)


def explanation(**question: object) -> Explanation:
    request = Request(**{"samples": 32, **question})  # type: ignore[arg-type]
    *_, last = explain(SPECTROGRAM.excerpt, request, MODEL)
    return last


def pixels(explained: Explanation, spectrogram: Spectrogram = SPECTROGRAM) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture(explained, spectrogram))).convert("RGB")).astype(int)


def orange_and_blue(image: np.ndarray) -> tuple[int, int]:
    """Count the pixels of either tint in the upper half, where the spectrogram is."""
    red, _, blue = image[: len(image) // 2].transpose(2, 0, 1)
    return int((red > blue + 40).sum()), int((blue > red + 40).sum())


@pytest.mark.parametrize(
    "question",
    [
        {"by": "effects", "samples": 0},
        {"by": "effects", "of": "minorness", "samples": 0},
        {"by": "regions", "segments": "musical"},
        {"by": "regions", "of": "brightness", "segments": "slic"},
        {"by": "sources"},
        {"by": "sources", "segments": "blocks", "of": "sad"},
        {"by": "whatif", "of": "sad"},
    ],
    ids=str,
)
def test_every_kind_of_explanation_has_a_readable_picture(question: dict[str, object]) -> None:
    image = pixels(explanation(**question))
    assert image.shape[1] == 1200
    assert 600 <= image.shape[0] <= 1400
    # nothing runs out of the picture
    for edge in (image[:2], image[-2:], image[:, :2], image[:, -2:]):
        assert edge.min() > 200


def test_colours_tell_for_from_against() -> None:
    explained = explanation(segments="musical")
    assert explained.estimate is not None
    weights = np.zeros_like(explained.estimate.weights)
    weights[:6] = 1.0
    speaks_for = replace(explained, estimate=replace(explained.estimate, weights=weights))
    against = replace(explained, estimate=replace(explained.estimate, weights=-weights))
    neither = replace(explained, estimate=replace(explained.estimate, weights=0.0 * weights), chosen=np.zeros(0, int))
    orange, blue = orange_and_blue(pixels(speaks_for))
    assert orange > 20_000 > 2_000 > blue
    orange, blue = orange_and_blue(pixels(replace(against, chosen=np.zeros(0, int))))
    assert blue > 20_000 > 2_000 > orange
    assert max(orange_and_blue(pixels(neither))) < 2_000


def test_same_explanation_same_picture() -> None:
    explained = explanation(segments="musical")
    assert picture(explained, SPECTROGRAM) == picture(explained, SPECTROGRAM)


def test_a_short_window_has_a_picture_too() -> None:
    short = spectrogram_of(strings(1.0, S.rate_hz), 0.3)
    *_, explained = explain(short.excerpt, Request(samples=16), MODEL)
    assert pixels(explained, short).shape[1] == 1200


def test_neither_pyplot_nor_a_display_is_touched() -> None:
    code = (
        "import sys; from tests.edge.explain.told import test_picture as t; assert 'matplotlib' not in sys.modules;"
        "t.picture(t.explanation(by='effects', samples=0), t.SPECTROGRAM); assert 'matplotlib.figure' in sys.modules;"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
