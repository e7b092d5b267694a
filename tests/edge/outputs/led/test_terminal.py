"""Lights on a terminal (a real pseudo-terminal) and in a log."""

from __future__ import annotations

import io
import os
import re

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.pattern import render
from edge.outputs.led.terminal import TerminalLight
from edge.types import Prediction, TrustState
from tests.edge.outputs.helpers import prediction, stays, wait_until

SETTINGS = Led(driver="terminal", count=3)


def test_a_terminal_shows_the_colours_of_the_frame() -> None:
    master, slave = os.openpty()
    predictions: Broadcast[Prediction] = Broadcast()
    with os.fdopen(slave, "w") as stream:
        light = TerminalLight(SETTINGS, predictions, stream)
        light.start()
        predictions.publish(prediction())
        wanted = [tuple(map(int, led)) for led in render(prediction(), 0.0, 3, SETTINGS)]
        seen = ""
        while True:
            seen += os.read(master, 4096).decode()
            lines = seen.split("\r\x1b[2K")[:-1]
            if lines and "happy" in lines[-1] and "live" in lines[-1]:
                break
        light.close()
        end = os.read(master, 65536).decode()
    os.close(master)
    colours = re.findall(r"\x1b\[48;2;(\d+);(\d+);(\d+)m", lines[-1])
    assert [tuple(map(int, colour)) for colour in colours] == wanted
    assert "happy 0.25 live" in lines[-1]
    assert end.endswith("\r\x1b[2K\x1b[0m")  # an empty line without a colour is left


def test_a_log_gets_a_line_only_when_something_changes() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    stream = io.StringIO()
    light = TerminalLight(SETTINGS, predictions, stream)
    light.start()
    wait_until(lambda: stream.getvalue())
    for state in (TrustState.LIVE, TrustState.LIVE, TrustState.SILENT):
        predictions.publish(prediction(state=state))
        wait_until(lambda state=state: f"{state}\n" in stream.getvalue())
    text = stream.getvalue()
    assert stays(lambda: stream.getvalue() == text, 0.3)
    light.close()
    assert stream.getvalue().splitlines() == [
        "lights: nothing heard yet 0.00 stale",
        "lights: happy 0.25 live",
        "lights: happy 0.25 silent",
    ]
