"""What all lights have in common: thirty pictures a second; a subclass only writes them."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.base import Output
from edge.outputs.led.overlay import OverLights
from edge.outputs.led.pattern import render
from edge.types import Prediction

FRAMES_HZ = 30.0


class LightOutput(Output):
    """Shows predictions on `count` LEDs. A subclass overrides `_open`, `_write` and `_close`.

    Parameters
    ----------
    name : str
    settings : Led
    predictions : Broadcast of Prediction
    count : int
        LEDs; 0 for as many as the settings say.
    clock : callable
        Monotonic clock in seconds.
    """

    def __init__(
        self,
        name: str,
        settings: Led,
        predictions: Broadcast[Prediction],
        *,
        count: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, predictions, rate_hz=FRAMES_HZ, refresh_s=1.0 / FRAMES_HZ, clock=clock)
        self._settings = settings
        self._count = count or settings.count
        self.overlay: OverLights | None = None
        """Shown instead of the predictions while it lasts; may be set from any thread."""
        self._overlaid = False

    def restyle(self, settings: Led) -> None:
        """Take other colours, brightness and current limit, from the next picture on; from any thread.

        What else the settings say holds for a light that is made with them.
        """
        self._settings = settings

    @property
    def is_seen(self) -> bool:
        """Whether what it shows can be seen at all."""
        return True

    @abstractmethod
    def _write(self, frame: NDArray[np.uint8], prediction: Prediction) -> None:
        """Show a frame (count, 3) of sRGB values."""

    def _dark(self) -> NDArray[np.uint8]:
        return np.zeros((self._count, 3), np.uint8)

    def _send(self, prediction: Prediction) -> None:
        now_s, overlay = self._clock(), self.overlay
        frame = overlay.frame(now_s, self._count, self._settings) if overlay is not None else None
        self._overlaid = frame is not None
        if frame is None:
            frame = render(prediction, now_s, self._count, self._settings)
        self._write(frame, prediction)

    def _refresh(self, prediction: Prediction) -> None:
        self._send(prediction)


def in_order(order: str, usual: str) -> list[int]:
    """Return which of red, green, blue (0, 1, 2) goes out first, second, third; "auto" is the usual order."""
    return ["RGB".index(colour) for colour in (usual if order == "auto" else order)]
