"""Tests of real receivers: lights in a file, OSC on a socket, MIDI over JACK; and what is being sent."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from pythonosc.osc_packet import OscPacket

from edge.config import Config, Led, Midi, Osc
from edge.errors import RequestError
from edge.mailbox import Broadcast
from edge.outputs.led.terminal import TerminalLight
from edge.outputs.together import Outputs
from edge.setup.trials import LedTest, MidiTest, OscTest, Trials
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until
from tests.edge.outputs.midi.test_output import Gear
from tests.jackd import JackServer


class Trying:
    """Outputs that run, with trials of them."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.predictions: Broadcast[Prediction] = Broadcast()
        self.outputs = Outputs(config, self.predictions)
        self.trials = Trials(self.outputs)

    def __enter__(self) -> Trying:
        self.outputs.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.outputs.close()


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


def target_of(receiver: socket.socket) -> str:
    return f"127.0.0.1:{receiver.getsockname()[1]}"


def test_lights_show_the_colours_and_return() -> None:
    config = Config(led=Led(driver="terminal", count=2, brightness=1.0))
    with Trying(config) as trying:
        light = trying.outputs.light
        assert isinstance(light, TerminalLight)
        light._stream = shown = io.StringIO()
        trying.predictions.publish(prediction("happy"))
        wait_until(lambda: light.status().state == "ok" and "happy" in shown.getvalue())
        told = trying.trials.led(LedTest(colour="#ff0000", seconds=0.5), config)
        assert (told.shown_on, told.steps, told.seconds) == (["terminal", "page's lights"], ["#ff0000"], 0.6)
        wait_until(lambda: "#ff0000 #ff0000" in shown.getvalue())
        wait_until(lambda: shown.getvalue().count("happy") + shown.getvalue().count("stale") >= 2)


def test_every_step_of_a_sequence_is_shown_and_the_page_sees_it() -> None:
    config = Config(led=Led(driver="terminal", count=3))
    with Trying(config) as trying:
        light = trying.outputs.light
        assert light is not None
        light._stream = shown = io.StringIO()  # type: ignore[attr-defined]
        wait_until(lambda: light.status().state == "ok")
        assert trying.trials.led(LedTest(sequence="rgb", seconds=0.5), config).seconds == pytest.approx(1.8)
        assert trying.outputs.colours() == ["#ff0000"] * 3
        wait_until(lambda: "#000080 #000080 #000080" in shown.getvalue())
        assert trying.trials.led(LedTest(sequence="walk"), config).steps == ["#ffffff"]
        wait_until(lambda: sum(colour != "#000000" for colour in trying.outputs.colours()) == 1)


def test_without_lights_it_is_said() -> None:
    with Trying(Config()) as trying, pytest.raises(RequestError, match="no lights are chosen") as error:
        trying.trials.led(LedTest(emotion="sad"), Config())
    assert error.value.status == 409


def test_lights_that_do_not_answer_are_told() -> None:
    config = Config(led=Led(driver="ws2812", spi="/dev/spidev9.9"))
    with Trying(config) as trying:
        light = trying.outputs.light
        assert light is not None
        wait_until(lambda: light.status().note not in ("", "opening"))
        with pytest.raises(RequestError, match="the lights do not answer") as error:
            trying.trials.led(LedTest(), config)
    assert error.value.status == 503


def test_a_target_that_listens_gets_the_message_and_one_that_does_not_is_told(receiver: socket.socket) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as nobody:
        nobody.bind(("127.0.0.1", 0))
        deaf = target_of(nobody)
    config = Config(osc=Osc(targets=(target_of(receiver), deaf)))
    told = Trials(Outputs(config, Broadcast())).osc(OscTest(), config)
    assert [(one.target, one.ok) for one in told.targets] == [(target_of(receiver), True), (deaf, False)]
    assert "nobody listens there" in told.targets[1].note
    message = OscPacket(receiver.recv(2048)).messages[0].message
    assert (message.address, message.params[0]) == (told.sent, "Affetto")


def test_a_target_can_be_tried_before_it_is_saved(receiver: socket.socket) -> None:
    trials = Trials(Outputs(Config(), Broadcast()))
    assert trials.osc(OscTest(target_of(receiver)), Config()).targets[0].ok
    with pytest.raises(RequestError, match="there is no OSC target"):
        trials.osc(OscTest(), Config())
    for target, said in (("no-such-name.invalid:9000", "name"), ("127.0.0.1:99999", "99999"), ("x" * 99 + ":9", "xx")):
        (told,) = trials.osc(OscTest(target), Config()).targets
        assert not told.ok
        assert said in told.note


def test_what_is_sent_is_told_while_somebody_looks(receiver: socket.socket) -> None:
    with Trying(Config(osc=Osc(targets=(target_of(receiver),)))) as trying:
        assert [one.messages for one in trying.trials.sent()] == [[]]
        trying.predictions.publish(prediction("sad"))
        wait_until(lambda: len(trying.trials.sent()[0].messages) > 20)
        (osc,) = trying.trials.sent()
        values = {message.what: message.value for message in osc.messages}
        assert osc.state == "ok"
        assert values["/affetto/emotion/happy"] == "0.500"
        assert values["/affetto/state"] in ("live", "stale")
        assert all(message.to == target_of(receiver) and message.age_s < 5 for message in osc.messages)


def test_without_a_midi_port_it_is_said() -> None:
    with pytest.raises(RequestError, match="no MIDI port is chosen"):
        Trials(Outputs(Config(), Broadcast())).midi(MidiTest())


@pytest.mark.skipif(not JackServer.installed(), reason="needs jackd")
def test_midi_gets_a_note_and_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        server = JackServer()
        server.start()
        stack.callback(server.stop)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        gear = Gear()
        stack.callback(gear.close)
        trying = stack.enter_context(Trying(Config(midi=Midi(port="gear", api="jack"))))
        wait_until(lambda: trying.outputs.status()[-1].state == "ok")
        trying.trials.sent()
        told = trying.trials.midi(MidiTest(note=64))
        assert told.sent == "note 64"
        assert "gear" in told.port
        wait_until(lambda: (0x80, 64, 0) in gear.messages)
        assert (0x90, 64, 100) in gear.messages
        assert trying.trials.midi(MidiTest(cc=24)).sent == "CC 24"
        wait_until(lambda: (0xB0, 24, 127) in gear.messages)
        (midi,) = trying.trials.sent()
        assert {"note 64", "CC 24"} <= {message.what for message in midi.messages}


def test_a_midi_port_that_is_not_there_is_told() -> None:
    config = Config(midi=Midi(port="nothing of this name"))
    with Trying(config) as trying, pytest.raises(RequestError, match="the port is not open") as error:
        trying.trials.midi(MidiTest())
    assert error.value.status == 503
