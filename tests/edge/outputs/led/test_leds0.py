"""Frames for the kernel's LED device, written to a file that keeps what is written where, as the device does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.leds0 import KernelStrip
from edge.outputs.led.pattern import render
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until

SETTINGS = Led(driver="leds0", count=5)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    return tmp_path / "leds0"


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def strip(predictions: Broadcast[Prediction], device: Path) -> Iterator[KernelStrip]:
    made = KernelStrip(SETTINGS, predictions, str(device))
    yield made
    made.close()


def test_four_bytes_for_each_led_always_from_the_start(
    predictions: Broadcast[Prediction], device: Path, strip: KernelStrip
) -> None:
    device.touch()
    strip.start()
    predictions.publish(prediction())
    frame = render(prediction(), 0.0, 5, SETTINGS)
    wanted = b"".join(bytes(led) + b"\0" for led in frame)
    assert any(wanted)
    wait_until(lambda: device.read_bytes() == wanted)
    predictions.publish(prediction(confidence=1.0))
    brighter = b"".join(bytes(led) + b"\0" for led in render(prediction(confidence=1.0), 0.0, 5, SETTINGS))
    wait_until(lambda: device.read_bytes() == brighter)  # and not one frame after the other


def test_dark_after_close(predictions: Broadcast[Prediction], device: Path, strip: KernelStrip) -> None:
    device.touch()
    strip.start()
    predictions.publish(prediction())
    wait_until(lambda: any(device.read_bytes()))
    strip.close()
    assert device.read_bytes() == bytes(20)


def test_another_order(device: Path) -> None:
    device.touch()
    strip = KernelStrip(Led(driver="leds0", count=1, order="BGR"), Broadcast(), str(device))
    strip._open()
    strip._write(np.array([[1, 2, 3]], np.uint8), prediction())
    assert device.read_bytes() == bytes([3, 2, 1, 0])
    strip._close()


def test_an_absent_device_is_one_line_and_is_found_when_it_comes(
    predictions: Broadcast[Prediction], device: Path, strip: KernelStrip
) -> None:
    strip.start()
    wait_until(lambda: strip.status().note != "opening")
    assert strip.status().state == "retrying"
    assert strip.status().note.startswith(f"{device}: No such file or directory; on a Raspberry Pi 5 add dtoverlay")
    device.touch()
    wait_until(lambda: strip.status().state == "ok" and device.stat().st_size == 20)


def test_a_strip_shorter_than_the_settings_say_is_explained() -> None:
    # /dev/full refuses every write with ENOSPC, as the driver does with more LEDs than its overlay names
    strip = KernelStrip(SETTINGS, Broadcast(), "/dev/full")
    strip.start()
    wait_until(lambda: "num_leds" in strip.status().note)
    assert strip.status().state == "retrying"
    strip.close()
