"""The bytes on the wire of WS2812 and APA102, read back by the rules of their data sheets."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.config import Led
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.led import open_light
from edge.outputs.led.pattern import duty_bytes, render
from edge.outputs.led.spi import (
    APA102_HZ,
    WS2812_HZ,
    Apa102Strip,
    Ws2812Strip,
    apa102_bytes,
    open_spi,
    ws2812_bytes,
)
from edge.types import EMOTIONS, Prediction, TrustState
from tests.edge.outputs.helpers import prediction, wait_until


class Wire:
    """Takes an SPI device's place and keeps every transfer; can be unplugged."""

    def __init__(self) -> None:
        self.transfers: list[bytes] = []
        self.closed = 0
        self.unplugged = threading.Event()

    def writebytes2(self, values: bytes) -> None:
        if self.unplugged.is_set():
            raise OSError(19, "No such device")
        self.transfers.append(values)

    def close(self) -> None:
        self.closed += 1


def read_ws2812(data: bytes) -> tuple[NDArray[np.uint8], int]:
    """Return the colours (count, 3) as the LEDs would see them, and how many bits stay low at the end."""
    bits = "".join(f"{byte:08b}" for byte in data)
    pulses = bits.lstrip("0")
    end = pulses.rstrip("0")
    low_at_end = len(pulses) - len(end)
    # a pulse is high for one bit (zero) or two (one) out of three
    widths = [len(high) for high in pulses.split("0") if high]
    assert set(widths) <= {1, 2}
    starts = [k for k in range(len(pulses)) if pulses[k] == "1" and (k == 0 or pulses[k - 1] == "0")]
    assert all(k % 3 == 0 for k in starts)
    values = np.packbits(np.array(widths) - 1)
    return values.reshape(-1, 3), low_at_end


def read_apa102(data: bytes) -> NDArray[np.uint8]:
    """Return the colours (count, 3) as blue, green, red of APA102 LEDs behind one another."""
    assert data[:4] == bytes(4)
    colours = []
    rest = data[4:]
    while rest and rest[0] >= 0b11100000:
        assert rest[0] == 0xFF
        colours.append(list(rest[1:4]))
        rest = rest[4:]
    assert not any(rest)
    # half a clock for each LED until the last one has its data, and 32 clocks for SK9822
    assert len(rest) * 8 >= 32 + len(colours) / 2
    return np.array(colours, np.uint8)


def test_ws2812_known_bytes() -> None:
    # 0x80 is 110 100 100 100 100 100 100 100
    data = ws2812_bytes(np.array([[0x80, 0x00, 0xFF]], np.uint8))
    assert data[:10].hex() == "00" + "d24924" + "924924" + "db6db6"
    assert len(data) == 1 + 9 + 90


@pytest.mark.parametrize("count", [1, 8, 144])
def test_ws2812_reads_back_and_rests_long_enough(count: int) -> None:
    colours = np.random.default_rng(count).integers(0, 256, (count, 3), np.uint8)
    read, low_bits = read_ws2812(ws2812_bytes(colours))
    np.testing.assert_array_equal(read, colours)
    assert low_bits / WS2812_HZ > 280e-6


def test_ws2812_pulses_keep_to_the_data_sheet() -> None:
    bit_s = 1 / WS2812_HZ
    assert 0.25e-6 <= bit_s <= 0.55e-6  # WS2812B: zero is high for 0.4 µs ± 150 ns
    assert 0.65e-6 <= 2 * bit_s <= 0.95e-6  # one for 0.8 µs ± 150 ns
    assert 0.65e-6 <= 3 * bit_s <= 1.85e-6  # all in all 1.25 µs ± 600 ns


@pytest.mark.parametrize("count", [1, 8, 144, 1024])
def test_apa102_reads_back(count: int) -> None:
    colours = np.random.default_rng(count).integers(0, 256, (count, 3), np.uint8)
    np.testing.assert_array_equal(read_apa102(apa102_bytes(colours)), colours)


def test_apa102_known_bytes() -> None:
    data = apa102_bytes(np.array([[1, 2, 3]], np.uint8))
    assert data.hex() == "00000000" + "ff010203" + "00000000" + "00"


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def strip(predictions: Broadcast[Prediction], wire: Wire) -> Iterator[Ws2812Strip]:
    made = Ws2812Strip(Led(driver="ws2812", count=4), predictions, wire)
    yield made
    made.close()


def red_of(order: str, usual: type[Ws2812Strip] | type[Apa102Strip]) -> list[int]:
    """What an LED gets when pure red is shown in an order."""
    wire = Wire()
    settings = Led(order=order, count=1, aggressive="#ff0000", brightness=1.0)  # type: ignore[arg-type]
    strip = usual(settings, Broadcast(), wire)
    strip._open()
    certain = tuple(float(e == "aggressive") for e in EMOTIONS)
    strip._send(prediction("aggressive", probabilities=certain, confidence=1.0, arousal=1.0))
    data = wire.transfers[-1]
    colours = read_ws2812(data)[0] if usual is Ws2812Strip else read_apa102(data)
    return [int(value > 200) for value in colours[0]]


@pytest.mark.parametrize(
    ("order", "ws2812", "apa102"),
    [("auto", [0, 1, 0], [0, 0, 1]), ("RGB", [1, 0, 0], [1, 0, 0]), ("BRG", [0, 1, 0], [0, 1, 0])],
)
def test_colours_come_in_the_strips_order(order: str, ws2812: list[int], apa102: list[int]) -> None:
    assert red_of(order, Ws2812Strip) == ws2812
    assert red_of(order, Apa102Strip) == apa102


def test_a_live_value_reaches_the_strip_as_light(
    predictions: Broadcast[Prediction], strip: Ws2812Strip, wire: Wire
) -> None:
    strip.start()
    wait_until(lambda: wire.transfers)
    predictions.publish(prediction())
    steady = duty_bytes(render(prediction(), 0.0, 4, strip._settings))[:, [1, 0, 2]]
    wait_until(lambda: (read_ws2812(wire.transfers[-1])[0] == steady).all())


def test_thirty_frames_a_second(predictions: Broadcast[Prediction], strip: Ws2812Strip, wire: Wire) -> None:
    strip.start()
    wait_until(lambda: wire.transfers)
    before = len(wire.transfers)
    assert threading.Event().wait(1.0) is False
    assert 20 <= len(wire.transfers) - before <= 32


def test_dark_after_close(predictions: Broadcast[Prediction], strip: Ws2812Strip, wire: Wire) -> None:
    strip.start()
    predictions.publish(prediction())
    wait_until(lambda: len(wire.transfers) > 2)
    strip.close()
    np.testing.assert_array_equal(read_ws2812(wire.transfers[-1])[0], np.zeros((4, 3)))
    assert wire.closed == 1


def test_an_unplugged_strip_comes_back(predictions: Broadcast[Prediction], strip: Ws2812Strip, wire: Wire) -> None:
    strip.start()
    wait_until(lambda: strip.status().state == "ok" and wire.transfers)
    wire.unplugged.set()
    wait_until(lambda: strip.status().state == "retrying")
    assert strip.status().note == "No such device"
    wire.unplugged.clear()
    before = len(wire.transfers)
    wait_until(lambda: strip.status().state == "ok" and len(wire.transfers) > before)


def test_without_spidev_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spidev", None)
    light = open_light(Led(driver="apa102"), Broadcast())
    assert light is not None
    light.start()
    wait_until(lambda: light.status().note != "opening")
    assert light.status().state == "retrying"
    assert light.status().note == "/dev/spidev0.0: spidev is not installed; pip install 'affetto[led]'"
    light.close()


class AbsentSpiDev:
    def open(self, bus: int, device: int) -> None:
        raise FileNotFoundError(2, "No such file or directory")


class PresentSpiDev:
    def open(self, bus: int, device: int) -> None:
        self.opened = (bus, device)


def test_spidev_is_asked_for_the_named_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spidev", types.SimpleNamespace(SpiDev=PresentSpiDev))
    device = open_spi("/dev/spidev1.2", APA102_HZ)
    assert vars(device) == {"opened": (1, 2), "max_speed_hz": APA102_HZ, "mode": 0}


def test_an_absent_device_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spidev", types.SimpleNamespace(SpiDev=AbsentSpiDev))
    with pytest.raises(OutputError, match=r"^/dev/spidev0\.0: No such file or directory; switch SPI on"):
        open_spi("/dev/spidev0.0", WS2812_HZ)


def test_a_path_that_is_no_spi_device_is_one_line() -> None:
    with pytest.raises(OutputError, match=r"^/dev/null: no SPI device"):
        open_spi("/dev/null", WS2812_HZ)


def test_stale_blinks_on_the_wire(predictions: Broadcast[Prediction], strip: Ws2812Strip, wire: Wire) -> None:
    predictions.publish(prediction())
    strip.start()  # after the value: it hears nothing
    wait_until(lambda: len(wire.transfers) > 50)
    lit = [bool(read_ws2812(data)[0].any()) for data in wire.transfers[:50]]
    assert True in lit
    assert False in lit
    assert render(prediction(state=TrustState.STALE), 0.05, 1, Led()).any()
