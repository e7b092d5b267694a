"""Colours over the lights: when, which, how bright."""

from __future__ import annotations

import numpy as np

from edge.config import Led
from edge.outputs.led.overlay import FADE_S, Overlay
from edge.outputs.led.pattern import current_ma, to_hex

RGB = Overlay(("#ff0000", "#00ff00", "#0000ff"), 1.0, 10.0, 14.0)
FULL = Led(brightness=1.0, limit_ma=20_000)


def shown(overlay: Overlay, at_s: float, settings: Led = FULL, count: int = 3) -> list[str] | None:
    frame = overlay.frame(at_s, count, settings)
    return None if frame is None else to_hex(frame)


def test_one_colour_after_the_other_and_then_the_first_again() -> None:
    assert shown(RGB, 9.99) is None
    colours = [(shown(RGB, 10.5 + k) or [""])[0] for k in range(4)]
    assert colours == ["#ff0000", "#00ff00", "#0000ff", "#ff0000"]
    assert shown(RGB, 14.0) is None


def test_two_of_the_same_colour_are_told_apart() -> None:
    same = Overlay(("#ff0000", "#ff0000"), 1.0, 0.0, 2.0)
    assert shown(same, 0.0) == ["#ff0000"] * 3
    assert shown(same, 1.0 + FADE_S / 2) == ["#000000"] * 3
    assert shown(same, 1.0 + FADE_S) == ["#ff0000"] * 3


def test_a_walk_lights_one_led_after_the_other() -> None:
    walk = Overlay(("#ffffff",), 1.0, 0.0, 10.0, walk=True)
    lit = [[colour != "#000000" for colour in shown(walk, k + 0.5) or []].index(True) for k in range(4)]
    assert lit == [0, 1, 2, 0]


def test_brightness_and_the_current_limit_hold_here_too() -> None:
    white = Overlay(("#ffffff",), 1.0, 0.0, 1.0)
    dim = white.frame(0.5, 8, Led(brightness=0.2))
    limited = white.frame(0.5, 100, Led(brightness=1.0, limit_ma=500))
    assert dim is not None
    assert limited is not None
    assert np.all(dim < 80)
    assert current_ma(limited) <= 500
