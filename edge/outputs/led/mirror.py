"""The page's picture of the lights: what an LED strip would show, whether or not there is one.

A screen dazzles nobody and draws no current from the strip: here the brightest moment is full brightness.
"""

from __future__ import annotations

import msgspec

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.base import NOTHING_YET, Output
from edge.outputs.led.overlay import Overlay
from edge.outputs.led.pattern import render, to_hex
from edge.types import STALE_AFTER_S, Prediction


class Mirror(Output):
    """Follows the predictions; draws only when a page asks, so that it costs nothing while nobody looks."""

    def __init__(self, settings: Led, predictions: Broadcast[Prediction]) -> None:
        super().__init__("page's lights", predictions, rate_hz=50.0, refresh_s=STALE_AFTER_S)
        self._shown = NOTHING_YET
        self.overlay: Overlay | None = None
        self.restyle(settings)

    def restyle(self, settings: Led) -> None:
        """Show the lights that these settings describe; from any thread."""
        self._settings = msgspec.structs.replace(settings, brightness=1.0, limit_ma=20_000)
        self._count = 1 if settings.driver == "pwm" else settings.count

    def colours(self) -> list[str]:
        """Return the lights of this moment as "#rrggbb", one for each LED; from any thread."""
        now_s, count, settings, overlay = self._clock(), self._count, self._settings, self.overlay
        frame = overlay.frame(now_s, count, settings) if overlay is not None else None
        return to_hex(render(self._shown, now_s, count, settings) if frame is None else frame)

    def _open(self) -> None:
        pass

    def _send(self, prediction: Prediction) -> None:
        self._shown = prediction

    def _close(self) -> None:
        self._shown = NOTHING_YET
