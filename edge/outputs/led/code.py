"""The sequence of colours by which a phone is paired, shown on the lights over what they show otherwise.

A round begins with a short white flash; then come the colours in groups of four, each alone and dark in between; then a
pause. A strip also tells them apart by how much of it is lit, which helps whoever does not see colours, and where the
order of the strip's colours is not set right yet: a quarter for red, a half for yellow, three for green, all for blue.

The page's mirror of the lights knows nothing of it: who could read it there need not stand before the guitar.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.outputs.led.colour import Floats, linear_of_hex
from edge.outputs.led.light import LightOutput
from edge.outputs.led.pattern import paint

COLOURS = {"red": "#ff0000", "yellow": "#ffb400", "green": "#00c81e", "blue": "#0032ff"}
"""The same whatever colours the emotions have: the page shows these."""

FLASH_S = 0.25
AFTER_FLASH_S = 0.9
COLOUR_S = 0.8
DARK_S = 0.4
GROUP = 4
AFTER_GROUP_S = 0.9
AFTER_ROUND_S = 1.6

DIMMEST = 0.3
"""Least brightness: a sequence can be read even where the lights are set darker."""


class CodeOverlay:
    """Shows a sequence from `begin_s` to `end_s` on the clock of the lights (monotonic)."""

    def __init__(self, symbols: tuple[str, ...], begin_s: float, end_s: float) -> None:
        self._begin_s, self._end_s = begin_s, end_s
        starts, at = [], FLASH_S + AFTER_FLASH_S
        for k, symbol in enumerate(symbols):
            if k and k % GROUP == 0:
                at += AFTER_GROUP_S
            starts.append((at, symbol))
            at += COLOUR_S + DARK_S
        self._starts = starts
        self._round_s = at + AFTER_ROUND_S

    def frame(self, now_s: float, count: int, settings: Led) -> NDArray[np.uint8] | None:
        """Return the picture (count, 3) of this moment as `pattern.render` does, or None when it is over."""
        if not self._begin_s <= now_s < self._end_s:
            return None
        at = (now_s - self._begin_s) % self._round_s
        brightness = max(settings.brightness, DIMMEST)
        if at < FLASH_S:
            return paint(np.ones(3), np.full(count, brightness), settings)
        for start, symbol in self._starts:
            if start <= at < start + COLOUR_S:
                return paint(linear_of_hex(COLOURS[symbol]), brightness * lit(symbol, count), settings)
        return np.zeros((count, 3), np.uint8)


def lit(symbol: str, count: int) -> Floats:
    """Return 1 for each of `count` LEDs that a symbol lights, else 0."""
    quarters = 1 + list(COLOURS).index(symbol)
    return (np.arange(count) < -(-count * quarters // 4)).astype(np.float64)


class CodeLights:
    """Shows sequences on the lights of the instrument, which `light` returns, or None where there are none."""

    def __init__(self, light: Callable[[], LightOutput | None]) -> None:
        self._light = light

    def ready(self) -> bool:
        """Tell whether somebody could read a sequence there."""
        light = self._light()
        return light is not None and light.is_seen and light.status().state == "ok"

    def show(self, symbols: tuple[str, ...], for_s: float) -> None:
        """Show a sequence again and again for some seconds; 0 ends that."""
        light = self._light()
        if light is None:
            return
        now_s = time.monotonic()
        light.overlay = CodeOverlay(symbols, now_s, now_s + for_s) if for_s > 0 else None
