"""The lights of the instrument: one picture of a prediction, and a driver for each kind of light."""

from __future__ import annotations

import importlib

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.light import LightOutput
from edge.types import Prediction

DRIVERS = {
    "pwm": "edge.outputs.led.pwm:PwmLight",
    "ws2812": "edge.outputs.led.spi:Ws2812Strip",
    "apa102": "edge.outputs.led.spi:Apa102Strip",
    "leds0": "edge.outputs.led.leds0:KernelStrip",
    "terminal": "edge.outputs.led.terminal:TerminalLight",
}
"""Where each driver lives; only the one in use is imported."""


def open_light(settings: Led, predictions: Broadcast[Prediction]) -> LightOutput | None:
    """Return the output that the settings name, not started yet; None for driver "none"."""
    if settings.driver == "none":
        return None
    module, _, name = DRIVERS[settings.driver].partition(":")
    made = getattr(importlib.import_module(module), name)(settings, predictions)
    assert isinstance(made, LightOutput)
    return made
