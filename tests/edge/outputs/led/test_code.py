"""The sequence by which a phone is paired, read back from what the lights get."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.code import COLOURS, CodeLights, CodeOverlay, lit
from edge.outputs.led.mirror import Mirror
from edge.outputs.led.pattern import current_ma
from edge.outputs.led.spi import Ws2812Strip
from edge.owner.pairing import SYMBOLS
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until
from tests.edge.outputs.led.reading import read_round
from tests.edge.outputs.led.test_spi import Wire, read_ws2812

SEQUENCE = ("red", "red", "blue", "green", "yellow", "yellow", "yellow", "blue")
FRAME_S = 1 / 30


def shown(overlay: CodeOverlay, count: int, settings: Led, for_s: float) -> list[tuple[float, np.ndarray]]:
    times = np.arange(0.0, for_s, FRAME_S)
    return [(t, frame) for t in times.tolist() if (frame := overlay.frame(t, count, settings)) is not None]


def test_every_symbol_of_a_code_can_be_shown() -> None:
    assert tuple(COLOURS) == SYMBOLS


@pytest.mark.parametrize("count", [1, 8, 30])
@pytest.mark.parametrize("brightness", [0.0, 0.5, 1.0])
def test_a_sequence_is_read_back_whenever_one_begins_to_look(count: int, brightness: float) -> None:
    settings = Led(count=count, brightness=brightness)
    frames = shown(CodeOverlay(SEQUENCE, 0.0, 60.0), count, settings, 60.0)
    for skipped_s in (0.0, 5.0, 12.0):
        assert read_round([f for f in frames if f[0] >= skipped_s]) == SEQUENCE


@pytest.mark.parametrize("count", [4, 8, 30, 144])
def test_a_strip_tells_the_symbols_apart_without_colours(count: int) -> None:
    assert [lit(symbol, count).sum() for symbol in SYMBOLS] == [-(-count * k // 4) for k in (1, 2, 3, 4)]
    assert lit("red", 1).sum() == 1


def test_the_current_stays_below_its_limit_and_nothing_flashes_fast() -> None:
    settings = Led(count=30, brightness=1.0, limit_ma=200)
    frames = shown(CodeOverlay(("blue",) * 8, 0.0, 30.0), 30, settings, 30.0)
    assert max(current_ma(frame) for _, frame in frames) <= 200
    on = [bool(frame.any()) for _, frame in frames]
    rises = [t for (t, _), before, after in zip(frames[1:], on, on[1:], strict=False) if after and not before]
    assert min(b - a for a, b in itertools.pairwise(rises)) > 0.6  # at most three a second (WCAG 2.3.1)


def test_it_is_over_in_time() -> None:
    overlay = CodeOverlay(SEQUENCE, 10.0, 20.0)
    assert overlay.frame(9.9, 8, Led()) is None
    assert overlay.frame(10.0, 8, Led()) is not None
    assert overlay.frame(20.0, 8, Led()) is None


def test_a_strip_shows_it_over_the_emotion_and_the_page_does_not() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    wire, settings = Wire(), Led(driver="ws2812", count=4)
    strip, mirror = Ws2812Strip(settings, predictions, wire), Mirror(settings, predictions)
    lights = CodeLights(lambda: strip)
    assert not lights.ready()
    strip.start()
    mirror.start()
    calm = prediction("relaxed", probabilities=(0, 0, 1, 0), confidence=1.0)
    predictions.publish(calm)
    wait_until(lambda: lights.ready() and wire.transfers and read_ws2812(wire.transfers[-1])[0][0, 0] > 0)
    wait_until(lambda: mirror.colours()[0] != "#000000")

    lights.show(("red",) * 8, 60.0)
    wait_until(lambda: not read_ws2812(wire.transfers[-1])[0].any())  # after the flash
    seen = set()
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        predictions.publish(calm)
        green, red, blue = read_ws2812(wire.transfers[-1])[0][0].tolist()
        seen.add((red > 0, green > 0, blue > 0))
        assert {colour[1:3] for colour in mirror.colours()} == {"00"}  # nothing red on the page
        time.sleep(0.02)
    assert seen == {(False, False, False), (True, False, False)}

    lights.show((), 0.0)
    predictions.publish(calm)
    wait_until(lambda: read_ws2812(wire.transfers[-1])[0][3, 0] > 0)  # all LEDs green again
    strip.close()
    mirror.close()


def test_without_lights_nothing_happens() -> None:
    lights = CodeLights(lambda: None)
    assert not lights.ready()
    lights.show(SEQUENCE, 60.0)
