"""A WS2812 strip driven by the kernel of a Raspberry Pi 5 (driver ws2812-pio-rp1, device /dev/leds0).

`dtoverlay=ws2812-pio,gpio=18,num_leds=8` in config.txt makes the device; a kernel newer than 6.12.55 is wanted.
It takes four bytes for each LED, red, green, blue, white, and keeps its place between writes, so each frame goes to
offset 0. It puts the colours in the strip's order, and it applies a gamma of 2.2 itself, so frames go out as they are.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.base import one_line
from edge.outputs.led.light import LightOutput, in_order
from edge.types import Prediction

DEVICE = "/dev/leds0"


class KernelStrip(LightOutput):
    """Writes whole frames to the kernel's device."""

    def __init__(self, settings: Led, predictions: Broadcast[Prediction], path: str = DEVICE) -> None:
        super().__init__("LED strip", settings, predictions)
        self._path = path
        self._file = -1
        self._order = in_order(settings.order, "RGB")

    def _open(self) -> None:
        try:
            self._file = os.open(self._path, os.O_WRONLY)
        except OSError as error:
            raise OutputError(
                f"{self._path}: {one_line(OSError(error.errno, error.strerror))}; on a Raspberry Pi 5 add "
                "dtoverlay=ws2812-pio to config.txt and let the service's user write there"
            ) from None

    def _write(self, frame: NDArray[np.uint8], prediction: Prediction) -> None:
        pixels = np.zeros((self._count, 4), np.uint8)
        pixels[:, :3] = frame[:, self._order]
        try:
            os.pwrite(self._file, pixels.tobytes(), 0)
        except OSError as error:
            raise OutputError(
                f"{self._path}: {one_line(error)}; led.count is {self._count}, no more than the overlay's num_leds?"
            ) from None

    def _close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            try:
                os.pwrite(file, self._dark().tobytes() + bytes(self._count), 0)
            finally:
                os.close(file)
