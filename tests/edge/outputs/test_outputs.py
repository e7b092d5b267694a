"""Which outputs the settings make, and that nothing is loaded that they do not want."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from edge.config import Config, Led, Midi, Osc
from edge.mailbox import Broadcast
from edge.outputs import open_outputs, page_mirror
from edge.outputs.led import DRIVERS, open_light
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until


def test_without_settings_only_the_page_shows_lights() -> None:
    outputs = open_outputs(Config(), Broadcast())
    assert [type(output).__name__ for output in outputs] == ["Mirror"]
    assert page_mirror(outputs)() == page_mirror(outputs)()[:8]


@pytest.mark.parametrize("driver", list(DRIVERS))
def test_every_driver_can_be_made(driver: str) -> None:
    light = open_light(Led(driver=driver), Broadcast())  # type: ignore[arg-type]
    assert light is not None
    assert light.status().state == "off"


def test_every_driver_of_the_settings_exists() -> None:
    (driver,) = [field.type for field in msgspec.inspect.type_info(Led).fields if field.name == "driver"]
    while isinstance(driver, msgspec.inspect.Metadata):
        driver = driver.type
    assert set(driver.values) == {*DRIVERS, "none"}


def test_all_together_run_and_end(capfd: pytest.CaptureFixture[str]) -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    config = Config(
        led=Led(driver="terminal"), osc=Osc(targets=("127.0.0.1:9",)), midi=Midi(port="nothing of this name")
    )
    outputs = open_outputs(config, predictions)
    assert [output.name for output in outputs] == ["page's lights", "terminal", "OSC", "MIDI"]
    for output in outputs:
        output.start()
    predictions.publish(prediction())
    wait_until(lambda: [output.status().state for output in outputs] == ["ok", "ok", "ok", "retrying"])
    for output in outputs:
        output.close()
    assert [output.status().state for output in outputs] == ["off"] * 4
    assert len(predictions) == 0


def test_osc_that_only_listens_is_an_output_too() -> None:
    outputs = open_outputs(Config(osc=Osc(listen=9000)), Broadcast())
    assert [output.name for output in outputs][1:] == ["OSC"]


def test_libraries_of_drivers_are_loaded_only_when_they_are_used() -> None:
    program = (
        "import sys; from edge.config import Config; from edge.mailbox import Broadcast; "
        "from edge.outputs import open_outputs; open_outputs(Config(), Broadcast()); "
        "print(*[m for m in ('gpiozero', 'spidev', 'rtmidi', 'jack', 'pythonosc') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
