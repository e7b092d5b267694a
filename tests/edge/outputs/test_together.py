"""All outputs as one part: other settings while they run, and who is left undisturbed by them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest

from edge.config import Config, Led, Osc
from edge.mailbox import Broadcast
from edge.outputs.osc.output import OscOutput
from edge.outputs.together import Outputs
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


def running(config: Config, predictions: Broadcast[Prediction]) -> Outputs:
    outputs = Outputs(config, predictions)
    outputs.start()
    return outputs


def test_an_output_comes_and_goes_with_its_settings(
    predictions: Broadcast[Prediction], receiver: socket.socket
) -> None:
    outputs = running(Config(), predictions)
    target = f"127.0.0.1:{receiver.getsockname()[1]}"
    outputs.prepare(Config(osc=Osc(targets=(target,)), led=Led(driver="terminal")))()
    assert [one.name for one in outputs.status()] == ["page's lights", "terminal", "OSC"]
    predictions.publish(prediction())
    assert receiver.recv(2048)
    outputs.prepare(Config(led=Led(driver="terminal")))()
    assert [one.name for one in outputs.status()] == ["page's lights", "terminal"]
    outputs.close()
    assert len(predictions) == 0


def test_who_has_subscribed_to_osc_goes_on_getting_it(
    predictions: Broadcast[Prediction], receiver: socket.socket
) -> None:
    outputs = running(Config(osc=Osc(targets=("127.0.0.1:9",))), predictions)
    osc = next(output for output in outputs if isinstance(output, OscOutput))
    osc.subscribe(*receiver.getsockname())
    outputs.prepare(Config(osc=Osc(targets=("127.0.0.1:9",), profile="wekinator")))()
    predictions.publish(prediction())
    while b"/wek/inputs" not in receiver.recv(2048):
        pass
    outputs.close()


def test_nothing_changes_before_it_is_put_into_force(predictions: Broadcast[Prediction]) -> None:
    outputs = running(Config(), predictions)
    outputs.prepare(Config(osc=Osc(targets=("127.0.0.1:9",))))
    assert [one.name for one in outputs.status()] == ["page's lights"]
    assert len(predictions) == 1
    outputs.close()


def test_colours_and_brightness_change_without_a_break(predictions: Broadcast[Prediction]) -> None:
    config = Config(led=Led(driver="terminal", count=2), osc=Osc(targets=("127.0.0.1:9",)))
    outputs = running(config, predictions)
    before = list(outputs)
    predictions.publish(prediction("happy", probabilities=(0.0, 1.0, 0.0, 0.0)))
    wait_until(lambda: outputs.colours()[0].endswith("00") and outputs.colours()[0] != "#000000")
    yellow = outputs.colours()
    outputs.prepare(msgspec.structs.replace(config, led=Led(driver="terminal", count=2, happy="#0000ff")))()
    assert list(outputs) == before
    assert outputs.colours() != yellow
    assert outputs.colours()[0].startswith("#0000")
    outputs.prepare(msgspec.structs.replace(config, led=Led(driver="terminal", count=3)))()
    assert len(outputs.colours()) == 3
    after = list(outputs)
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]
    outputs.close()
