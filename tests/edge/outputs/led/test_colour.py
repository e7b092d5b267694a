"""Blending in OKLab, against the values published with it."""

from __future__ import annotations

import numpy as np
import pytest

from edge.outputs.led.colour import (
    blend,
    linear_of_hex,
    linear_of_oklab,
    linear_of_srgb,
    oklab_of_linear,
    srgb_of_linear,
)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ("#ffffff", (1.0, 0.0, 0.0)),
        ("#000000", (0.0, 0.0, 0.0)),
        ("#ff0000", (0.62796, 0.22486, 0.12585)),
        ("#00ff00", (0.86644, -0.23389, 0.17950)),
        ("#0000ff", (0.45201, -0.03246, -0.31153)),
    ],
)
def test_the_corners_of_srgb_have_their_published_oklab(colour: str, lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(oklab_of_linear(linear_of_hex(colour)), lab, atol=2e-4)


def test_there_and_back() -> None:
    rgb = np.random.default_rng(1).uniform(0, 1, (200, 3))
    np.testing.assert_allclose(linear_of_oklab(oklab_of_linear(rgb)), rgb, atol=1e-6)
    np.testing.assert_allclose(linear_of_srgb(srgb_of_linear(rgb)), rgb, atol=1e-9)


def test_a_screen_is_not_linear() -> None:
    assert linear_of_srgb(np.array(0.5)) == pytest.approx(0.2140, abs=1e-4)


def test_one_colour_alone_stays_itself_whatever_its_weight() -> None:
    palette = oklab_of_linear(np.array([linear_of_hex(c) for c in ("#ff1a00", "#0050ff")]))
    np.testing.assert_allclose(blend(palette, np.array([0.0, 0.3])), linear_of_hex("#0050ff"), atol=1e-6)


def test_blue_and_yellow_meet_without_getting_darker_than_both() -> None:
    palette = oklab_of_linear(np.array([linear_of_hex(c) for c in ("#0000ff", "#ffff00")]))
    middle = oklab_of_linear(blend(palette, np.array([0.5, 0.5])))
    assert middle[0] == pytest.approx(palette[:, 0].mean(), abs=0.02)


def test_no_weight_at_all_gives_a_colour_and_no_error() -> None:
    assert np.isfinite(blend(np.zeros((4, 3)), np.zeros(4))).all()
