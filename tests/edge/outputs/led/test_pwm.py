"""The RGB LED by gpiozero, on the mock pins that gpiozero ships."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import gpiozero
import numpy as np
import pytest

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led import open_light
from edge.outputs.led.light import LightOutput
from edge.outputs.led.pattern import duty, render
from edge.types import Prediction, TrustState
from tests.edge.outputs.helpers import prediction, wait_until

PINS = (17, 27, 22)


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def led(predictions: Broadcast[Prediction]) -> Iterator[LightOutput]:
    light = open_light(Led(driver="pwm", pins=PINS), predictions)
    assert light is not None
    yield light
    light.close()


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[gpiozero.pins.mock.MockPWMPin]]:
    """The three pins, chosen by environment as on a bench without hardware."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    gpiozero.Device.ensure_pin_factory()
    factory = gpiozero.Device.pin_factory
    yield [factory.pin(number) for number in PINS]
    factory.reset()


def states(pin: gpiozero.pins.mock.MockPWMPin) -> list[float]:
    return [float(state.state) for state in list(pin.states)]


def test_a_live_value_sets_the_three_duty_cycles(
    predictions: Broadcast[Prediction], pins: list[gpiozero.pins.mock.MockPWMPin], led: LightOutput
) -> None:
    led.start()
    wait_until(lambda: led.status().state == "ok")
    predictions.publish(prediction())
    wanted = duty(render(prediction(), 0.0, 1, Led(driver="pwm")))[0]
    wait_until(lambda: np.allclose([pin.state for pin in pins], wanted))
    assert [pin.frequency for pin in pins] == [200, 200, 200]
    assert wanted.max() > wanted.min() > 0


def test_lost_blinks_two_and_a_half_times_a_second(
    predictions: Broadcast[Prediction], pins: list[gpiozero.pins.mock.MockPWMPin], led: LightOutput
) -> None:
    led.start()
    predictions.publish(prediction(state=TrustState.LOST))
    wait_until(lambda: led.status().sent >= 2)
    for pin in pins:
        pin.clear_states()
    wait_until(lambda: len(states(pins[0])) > 8)
    changes = list(pins[0].states)[2:8]
    assert all(0.1 < change.timestamp < 0.3 for change in changes)  # 0.2 s each, in frames of 33 ms
    assert sum(change.timestamp for change in changes) == pytest.approx(1.2, abs=0.15)
    assert {change.state > 0 for change in changes} == {True, False}


def test_dark_and_free_after_close(
    predictions: Broadcast[Prediction], pins: list[gpiozero.pins.mock.MockPWMPin], led: LightOutput
) -> None:
    led.start()
    predictions.publish(prediction())
    wait_until(lambda: all(max(states(pin)) > 0 for pin in pins))
    led.close()
    assert [states(pin)[-1] for pin in pins] == [0.0, 0.0, 0.0]
    assert [pin.function for pin in pins] == ["input"] * 3
    with gpiozero.PWMLED(PINS[0]) as again:  # gpiozero refuses a pin that is still taken
        assert again.value == 0


def test_a_taken_pin_is_named_and_had_when_it_is_free(
    predictions: Broadcast[Prediction], pins: list[gpiozero.pins.mock.MockPWMPin], led: LightOutput
) -> None:
    taken = gpiozero.LED(PINS[1])
    led.start()
    wait_until(lambda: led.status().state == "retrying" and led.status().note != "opening")
    assert led.status().note.startswith("GPIO (17, 27, 22) cannot be used")
    assert "\n" not in led.status().note
    taken.close()
    wait_until(lambda: led.status().state == "ok")


def test_without_gpio_one_line_says_so(monkeypatch: pytest.MonkeyPatch, led: LightOutput) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setattr(gpiozero.Device, "_default_pin_factory", staticmethod(no_factory))
    led.start()
    wait_until(lambda: led.status().note != "opening")
    assert led.status().state == "retrying"
    assert led.status().note.startswith("this machine has no GPIO that gpiozero can use")


def no_factory() -> None:
    raise gpiozero.BadPinFactory("Unable to load any default pin factory!")


def test_without_gpiozero_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, led: LightOutput) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    led.start()
    wait_until(lambda: led.status().note != "opening")
    assert led.status().note == "gpiozero is not installed; pip install 'affetto[led]'"
