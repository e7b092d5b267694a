"""The programs of the examples, and a stand-in for Ableton Live behind AbletonOSC."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient

from tests.docs.pages import DOCS
from tests.edge.outputs.helpers import wait_until
from tests.ports import free_udp_port

EXAMPLES = DOCS / "examples"
PACKAGES = {"sclang": "supercollider-language", "pd": "puredata-core"}
START_S = 120.0
"""SuperCollider compiles its class library first: 2 s, many times as much on a busy machine."""


class Program:
    """A running program, and the lines that it printed."""

    def __init__(self, *command: object, **environment: str) -> None:
        program = str(command[0])
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (Debian's {PACKAGES.get(program, program)})")
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            ["stdbuf", "-oL", *map(str, command)],
            stdin=subprocess.PIPE,  # some take its end for theirs
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, *beginnings: str, limit_s: float = START_S) -> None:
        """Wait until there is a line that begins with each of these."""
        missing: list[str] = []

        def all_there() -> bool:
            missing[:] = [text for text in beginnings if not any(line.startswith(text) for line in tuple(self.lines))]
            return not missing

        try:
            wait_until(all_there, limit_s)
        except AssertionError:
            raise AssertionError(f"did not print {missing}:\n" + "\n".join(self.lines[-40:])) from None

    def close(self) -> int:
        """End it, and return its exit code or minus the signal."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        try:
            code = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait(10)
        self._reader.join(5)
        return code


@contextmanager
def program(*command: object, **environment: str) -> Iterator[Program]:
    made = Program(*command, **environment)
    try:
        yield made
    finally:
        made.close()


def bridge(*options: object) -> tuple[object, ...]:
    """Return the command that starts the example for Ableton Live."""
    return (sys.executable, "-u", EXAMPLES / "affetto-ableton.py", *options)


DEVICES = {(0, 0): ("Device On", "Frequency"), (0, 1): ("Device On", "Dry/Wet")}
RANGES = {"Device On": (0.0, 1.0), "Frequency": (20.0, 135.0), "Dry/Wet": (0.0, 1.0)}
SCENES = 4


class Live:
    """Takes what AbletonOSC's documentation lists of devices and scenes, complains of anything else, and answers."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, int, int], list[float]] = {}
        self.fired: list[int] = []
        self.complaints: list[str] = []
        self.reply_port = free_udp_port()
        dispatcher = Dispatcher()
        dispatcher.map("/live/device/set/parameter/value", self._set)
        dispatcher.map("/live/device/get/parameters/*", self._get)
        dispatcher.map("/live/scene/fire", self._fire)
        dispatcher.set_default_handler(lambda address, *rest: self.complaints.append(f"unknown: {address} {rest}"))
        self._server = ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _set(self, address: str, *told: Any) -> None:
        track, device, parameter, value = told
        names = DEVICES[track, device]
        low, high = RANGES[names[parameter]]
        if not all(type(number) is int for number in told[:3]) or not low <= value <= high:
            self.complaints.append(f"{address} {told}")
        self.values.setdefault((track, device, parameter), []).append(value)

    def _get(self, address: str, track: int, device: int) -> None:
        what = address.rpartition("/")[2]
        names = DEVICES[track, device]
        told = names if what == "name" else [RANGES[name][what == "max"] for name in names]
        SimpleUDPClient("127.0.0.1", self.reply_port).send_message(address, [track, device, *told])

    def _fire(self, address: str, *told: Any) -> None:
        if len(told) != 1 or type(told[0]) is not int or not 0 <= told[0] < SCENES:
            self.complaints.append(f"{address} {told}")
        self.fired.append(told[0])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
