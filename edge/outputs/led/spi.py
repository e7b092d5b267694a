"""Strips on the data pin of SPI: WS2812 (NeoPixel) by shaping its pulses, and APA102 (DotStar), made for SPI.

On a Raspberry Pi the strip's data goes to GPIO 10 (and APA102's clock to GPIO 11) with `dtparam=spi=on`. A Pi 3 and a
Zero 2 W derive the SPI clock from the core clock: `core_freq=250` keeps it, and with it a WS2812's pulses, steady.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.base import one_line
from edge.outputs.led.light import LightOutput, in_order
from edge.outputs.led.pattern import duty_bytes
from edge.types import Prediction

WS2812_HZ = 2_400_000
"""Three SPI bits for each bit of colour, 1.25 µs: 100 is a zero (0.42 µs high), 110 a one (0.83 µs high)."""

WS2812_RESET_BYTES = 90
"""300 µs low at 2.4 MHz: newer WS2812B latch after 280 µs, older ones after 50 µs."""

APA102_HZ = 4_000_000
APA102_FULL = 0b111_11111
"""Three marker bits and the LED's own brightness at its full 31; below that an APA102 flickers at 580 Hz."""


class SpiDevice(Protocol):
    """What is used of spidev's SpiDev."""

    def writebytes2(self, values: bytes) -> None: ...

    def close(self) -> None: ...


def ws2812_bytes(colours: NDArray[np.uint8]) -> bytes:
    """Return the SPI bytes for WS2812 LEDs; colours (count, 3) in the order of the wire.

    The line rests low for a byte before the first pulse, since some controllers leave it high between transfers.
    """
    bits = np.unpackbits(colours.reshape(-1))
    pulses = np.zeros((bits.size, 3), np.uint8)
    pulses[:, 0] = 1
    pulses[:, 1] = bits
    return bytes(1) + np.packbits(pulses).tobytes() + bytes(WS2812_RESET_BYTES)


def apa102_bytes(colours: NDArray[np.uint8]) -> bytes:
    """Return the SPI bytes for APA102 LEDs; colours (count, 3) in the order of the wire.

    Each LED delays the data by half a clock, so the end needs half a clock for each; SK9822 latch on four zero bytes.
    """
    count = len(colours)
    leds = np.full((count, 4), APA102_FULL, np.uint8)
    leds[:, 1:] = colours
    return bytes(4) + leds.tobytes() + bytes(4 + (count + 15) // 16)


class _SpiStrip(LightOutput):
    """A strip on an SPI device; `device` takes its place where a program brings its own."""

    NAME = ""
    CLOCK_HZ = 0
    USUAL_ORDER = ""

    def __init__(self, settings: Led, predictions: Broadcast[Prediction], device: SpiDevice | None = None) -> None:
        super().__init__(self.NAME, settings, predictions)
        self._given = device
        self._device: SpiDevice | None = None
        self._order = in_order(settings.order, self.USUAL_ORDER)

    @staticmethod
    @abstractmethod
    def _encode(colours: NDArray[np.uint8]) -> bytes:
        """Return the bytes for colours (count, 3) in the order of the wire."""

    def _open(self) -> None:
        self._device = self._given or open_spi(self._settings.spi, self.CLOCK_HZ)

    def _write(self, frame: NDArray[np.uint8], prediction: Prediction) -> None:
        assert self._device is not None
        self._device.writebytes2(self._encode(duty_bytes(frame)[:, self._order]))

    def _close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                device.writebytes2(self._encode(self._dark()))
            finally:
                device.close()


class Ws2812Strip(_SpiStrip):
    """WS2812, WS2812B, SK6812. spidev sends 4,096 bytes at a time: more than 450 LEDs need spidev.bufsiz=65536."""

    NAME, CLOCK_HZ, USUAL_ORDER = "WS2812 strip", WS2812_HZ, "GRB"
    _encode = staticmethod(ws2812_bytes)


class Apa102Strip(_SpiStrip):
    """APA102, SK9822."""

    NAME, CLOCK_HZ, USUAL_ORDER = "APA102 strip", APA102_HZ, "BGR"
    _encode = staticmethod(apa102_bytes)


def open_spi(path: str, clock_hz: int) -> SpiDevice:
    """Open an SPI device by its path, such as /dev/spidev0.0.

    Raises
    ------
    OutputError
        spidev is not installed, or the device does not exist or may not be used.
    """
    numbers = re.fullmatch(r"/dev/spidev(\d+)\.(\d+)", path)
    if numbers is None:
        raise OutputError(f"{path}: no SPI device; write led.spi as /dev/spidev0.0")
    try:
        import spidev
    except ImportError:
        raise OutputError(f"{path}: spidev is not installed; pip install 'affetto[led]'") from None
    device: Any = spidev.SpiDev()
    try:
        device.open(int(numbers[1]), int(numbers[2]))
        device.max_speed_hz = clock_hz
        device.mode = 0
    except OSError as error:
        raise OutputError(
            f"{path}: {one_line(error)}; switch SPI on (dtparam=spi=on) and let the service's user into group spi"
        ) from None
    opened: SpiDevice = device
    return opened
