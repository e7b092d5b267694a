"""An RGB LED on three GPIO pins (common cathode, one resistor for each colour), by gpiozero."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.base import one_line
from edge.outputs.led.light import LightOutput
from edge.outputs.led.pattern import duty
from edge.types import Prediction

PWM_HZ = 200
"""Twice gpiozero's default, which cameras on a stage pick up as flicker."""


class PwmLight(LightOutput):
    """Red, green and blue by pulse-width modulation."""

    def __init__(self, settings: Led, predictions: Broadcast[Prediction]) -> None:
        super().__init__("RGB LED", settings, predictions, count=1)
        self._leds: list[Any] = []

    def _open(self) -> None:
        try:
            import gpiozero
        except ImportError:
            raise OutputError("gpiozero is not installed; pip install 'affetto[led]'") from None
        pins = self._settings.pins
        try:
            for pin in pins:
                self._leds.append(gpiozero.PWMLED(pin, frequency=PWM_HZ))
        except gpiozero.BadPinFactory:
            raise OutputError(
                "this machine has no GPIO that gpiozero can use; on a Raspberry Pi install lgpio, "
                'elsewhere set led.driver to "terminal"'
            ) from None
        except gpiozero.GPIOZeroError as error:
            raise OutputError(f"GPIO {pins} cannot be used ({one_line(error)}); check led.pins") from None

    def _write(self, frame: NDArray[np.uint8], prediction: Prediction) -> None:
        for led, value in zip(self._leds, duty(frame)[0], strict=True):
            led.value = float(value)

    def _close(self) -> None:
        for led in self._leds:
            led.off()
            led.close()
        self._leds = []
