"""MIDI over a real JACK server to a receiver in another process."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from edge.config import Midi
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.midi.alsa import SEQUENCER
from edge.outputs.midi.output import MidiOutput
from edge.types import Prediction, TrustState
from tests.edge.outputs.helpers import prediction, stays, wait_until
from tests.edge.outputs.midi.receiver import Gear
from tests.jackd import JackServer

NEUTRAL = [(176, 20, 0), (176, 21, 0), (176, 22, 0), (176, 23, 0), (176, 24, 64), (176, 25, 64)]
HAPPY = [(176, 20, 16), (176, 21, 64), (176, 22, 32), (176, 23, 16), (176, 24, 96), (176, 25, 80)]

Start = Callable[..., MidiOutput]


@pytest.fixture
def started(predictions: Broadcast[Prediction], closing: ExitStack) -> Start:
    def start(port: str = "gear", **settings: Any) -> MidiOutput:
        output = MidiOutput(Midi(port=port, **{"rate_hz": 50.0} | settings), predictions)
        closing.callback(output.close)
        output.start()
        return output

    return start


@pytest.fixture
def gear(jackd: JackServer, closing: ExitStack) -> Gear:
    made = Gear()
    closing.callback(made.close)
    return made


def test_values_arrive_once_and_the_end_is_quiet(
    predictions: Broadcast[Prediction], gear: Gear, started: Start
) -> None:
    output = started("GEAR")  # names are compared without regard to case
    wait_until(lambda: len(gear.messages) == 6)
    assert gear.messages == NEUTRAL  # nothing was heard yet
    for _ in range(10):
        predictions.publish(prediction())
        time.sleep(0.03)
    wait_until(lambda: len(gear.messages) >= 12)
    assert gear.messages[6:] == HAPPY  # ten predictions, sent once
    predictions.publish(prediction(valence=-0.5))
    wait_until(lambda: len(gear.messages) >= 13)
    assert gear.messages[12:] == [(176, 24, 32)]
    output.close()
    wait_until(lambda: len(gear.messages) >= 20)
    assert gear.messages[13:] == [*NEUTRAL, (176, 123, 0)]


def test_fine_values_on_another_channel(predictions: Broadcast[Prediction], gear: Gear, started: Start) -> None:
    started(fine=True, channel=16)
    wait_until(lambda: len(gear.messages) == 10)
    predictions.publish(prediction(probabilities=(0.0, 0.3, 0.7, 0.0)))
    wait_until(lambda: len(gear.messages) == 16)
    assert gear.messages[10:14] == [(191, 21, 38), (191, 53, 51), (191, 22, 89), (191, 54, 76)]


def test_a_port_of_our_own_that_others_connect_to(
    jackd: JackServer, predictions: Broadcast[Prediction], closing: ExitStack, started: Start
) -> None:
    output = started("virtual")
    wait_until(lambda: output.status().state == "ok")
    synth = Gear("synth", "Affetto")
    closing.callback(synth.close)
    predictions.publish(prediction())
    wait_until(lambda: synth.messages[-6:] == HAPPY)


def test_silence_sends_nothing_and_what_stops_goes_to_zero(
    predictions: Broadcast[Prediction], gear: Gear, started: Start
) -> None:
    started()
    wait_until(lambda: len(gear.messages) == 6)
    predictions.publish(prediction())
    wait_until(lambda: len(gear.messages) == 12)
    for _ in range(20):
        predictions.publish(prediction(state=TrustState.SILENT, valence=-1.0))
        time.sleep(0.02)
    assert len(gear.messages) == 12
    wait_until(lambda: len(gear.messages) >= 18)  # nothing comes any more
    assert gear.messages[12:] == NEUTRAL


def test_a_program_change_waits_until_the_label_has_settled(
    predictions: Broadcast[Prediction], gear: Gear, started: Start
) -> None:
    started(program_change=True, program_hold_s=0.5, programs=(10, 11, 12, 13))

    def play(label: str, seconds: float, state: TrustState = TrustState.LIVE) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            predictions.publish(prediction(label, state=state))
            time.sleep(0.02)

    play("happy", 0.3)
    play("sad", 0.3)
    play("happy", 0.3)
    assert gear.of(0xC0) == []
    play("happy", 0.5)
    assert gear.of(0xC0) == [(192, 11)]
    play("happy", 0.7)
    play("sad", 0.7, TrustState.UNSURE)
    assert gear.of(0xC0) == [(192, 11)]
    play("sad", 0.1)
    wait_until(lambda: gear.of(0xC0) == [(192, 11), (192, 13)])


def test_no_program_change_unless_asked_for(predictions: Broadcast[Prediction], gear: Gear, started: Start) -> None:
    started(program_hold_s=0.0)
    for _ in range(10):
        predictions.publish(prediction())
        time.sleep(0.02)
    wait_until(lambda: len(gear.messages) >= 6)
    assert gear.of(0xC0) == []


def test_an_unplugged_port_is_noticed_and_found_again(
    predictions: Broadcast[Prediction], gear: Gear, started: Start, closing: ExitStack
) -> None:
    output = started()
    wait_until(lambda: output.status().state == "ok" and len(gear.messages) == 6)
    gear.close()
    took_s = wait_until(lambda: output.status().state == "retrying")
    assert took_s < 3
    wait_until(lambda: "no port is called 'gear'" in output.status().note)
    again = Gear()
    closing.callback(again.close)
    wait_until(lambda: output.status().state == "ok")
    predictions.publish(prediction())
    wait_until(lambda: again.messages[-6:] == HAPPY)


@pytest.mark.parametrize("port", ["gear", "virtual"])
def test_a_restarted_jack_server_is_found_again(
    jackd: JackServer, gear: Gear, predictions: Broadcast[Prediction], started: Start, closing: ExitStack, port: str
) -> None:
    output = started(port)
    wait_until(lambda: output.status().state == "ok")
    jackd.stop()
    wait_until(lambda: output.status().state == "retrying")
    wait_until(lambda: output.status().note.startswith("no MIDI system (JACK: no JACK server answers"))
    gear.close()
    jackd.start()
    again = Gear(source="Affetto:" if port == "virtual" else "")
    closing.callback(again.close)
    wait_until(lambda: output.status().state == "ok")
    predictions.publish(prediction())
    wait_until(lambda: again.messages[-6:] == HAPPY)


def test_learning_sweeps_one_controller_alone(predictions: Broadcast[Prediction], gear: Gear, started: Start) -> None:
    output = started()
    predictions.publish(prediction())
    wait_until(lambda: gear.messages[-6:] == HAPPY)
    before = len(gear.messages)
    teaching = threading.Thread(target=output.test_message, args=(21,))
    teaching.start()
    while teaching.is_alive():
        predictions.publish(prediction(valence=-1.0))
        time.sleep(0.02)
    wait_until(lambda: gear.messages[-1] == (176, 24, 0))  # what waited comes afterwards
    sweep = gear.messages[before:-1]
    assert {message[:2] for message in sweep} == {(176, 21)}
    values = [value for _, _, value in sweep]
    assert values[0] == 0
    assert values[:-1] == sorted(values[:-1])
    assert values[-2:] == [127, 64]  # and back to what it was


def test_learning_needs_a_port_and_a_controller(predictions: Broadcast[Prediction]) -> None:
    output = MidiOutput(Midi(port="gear"), predictions)
    with pytest.raises(OutputError, match=r"^nothing sent, the port is not open"):
        output.test_message(20)
    with pytest.raises(OutputError, match=r"^controller 120 cannot be tested; take 0 to 119"):
        output.test_message(120)


def test_an_unknown_port_names_those_there_are(gear: Gear, started: Start) -> None:
    output = started("piano")
    wait_until(lambda: output.status().note != "opening")
    assert output.status().state == "retrying"
    assert output.status().note == "no port is called 'piano'; there are: gear:in"


@pytest.mark.skipif(SEQUENCER.exists(), reason="this machine has an ALSA sequencer")
@pytest.mark.parametrize("api", ["auto", "alsa", "jack"])
def test_without_any_midi_system_one_line_says_so(monkeypatch: pytest.MonkeyPatch, started: Start, api: str) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody-runs-this")
    output = started("virtual", api=api)
    wait_until(lambda: output.status().note != "opening")
    status = output.status()
    assert status.state == "retrying"
    assert status.note.startswith("no MIDI system (")
    assert ("no sequencer /dev/snd/seq" in status.note) is (api != "jack")
    assert ("no JACK server answers" in status.note) is (api != "alsa")


def test_without_rtmidi_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, started: Start) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    output = started("virtual")
    wait_until(lambda: output.status().note != "opening")
    assert output.status().note.startswith("python-rtmidi is not installed; pip install 'affetto[midi]'")
    assert stays(lambda: output.status().state == "retrying", 0.1)
