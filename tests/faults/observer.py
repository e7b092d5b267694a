"""Who watches a running service as a stage does: its lights, a page, an OSC receiver and a MIDI synthesizer.

Everything that is said is kept with the time at which it came, on the monotonic clock.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import tty
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from tests.edge.service import RunningService

PLAYED = ("live", "unsure")
"""The states in which what is shown is of what is played now."""

RECONNECT_S = 0.5
_TOLD = r"((?:nothing heard yet|\w+) \d\.\d\d (?:live|unsure|silent|stale|lost))"
_FRAME = re.compile(r"\r\x1b\[2K((?:\x1b\[48;2;\d+;\d+;\d+m  )+)\x1b\[0m " + _TOLD)
_COLOUR = re.compile(r"48;2;(\d+);(\d+);(\d+)m")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said: when, by whom ("lights", "page", "osc", "midi"), which trust state, and what with it."""

    at: float
    who: str
    state: str
    what: Any = None


class Observer:
    """Collects what is said. Start it before the service; `follow` lets it see the page too."""

    def __init__(self, folder: Path) -> None:
        self.said: list[Said] = []
        self.status: dict[str, Any] = {}
        """The newest status that the page was told."""
        self._closing = contextlib.ExitStack()
        self._ended = threading.Event()
        self._folder = folder
        self.osc_port = self._receive_osc()

    # -- for tests

    def wait_for(
        self,
        who: str,
        *states: str,
        after: float = 0.0,
        timeout_s: float = 20.0,
        what: Callable[[Any], object] = lambda _: True,
    ) -> float:
        """Return when somebody first said one of these states at a time after `after`."""
        until, seen = time.monotonic() + timeout_s, 0
        while time.monotonic() < until:
            said, begin = self.said, seen
            seen = len(said)
            for entry in said[begin:seen]:
                if entry.at >= after and entry.who == who and entry.state in states and what(entry.what):
                    return entry.at
            time.sleep(0.01)
        raise AssertionError(f"{who} did not say {states}; last: {[s for s in self.said if s.who == who][-3:]}")

    def last(self, who: str, *states: str, before: float = float("inf"), after: float = 0.0) -> float:
        """Return when somebody last said one of these states between two times; `after` if never."""
        found = [s.at for s in self.said if s.who == who and s.state in states and after <= s.at <= before]
        return found[-1] if found else after

    def states(self, who: str, after: float, before: float = float("inf")) -> list[str]:
        """Return the states that somebody said between two times, each once for as long as it stayed."""
        out: list[str] = []
        for entry in self.said:
            if entry.who == who and after <= entry.at <= before and entry.state and [entry.state] != out[-1:]:
                out.append(entry.state)
        return out

    def gap_s(self, who: str, after: float, before: float) -> float:
        """Return the longest time between two times in which somebody said nothing."""
        times = [after, *(s.at for s in self.said if s.who == who and after <= s.at <= before), before]
        return max(b - a for a, b in itertools.pairwise(times))

    def close(self) -> None:
        self._ended.set()
        self._closing.close()

    # -- the page

    def follow(self, service: RunningService) -> None:
        """Be a page, which connects again whenever it is cut off."""
        threading.Thread(target=self._follow, args=(service,), daemon=True).start()

    def _follow(self, service: RunningService) -> None:
        while not self._ended.is_set():
            try:
                for event, data in service.events(timeout_s=5.0):
                    if event == "status":
                        self.status = data
                    else:
                        self._note("page", data["state"], data)
                    if self._ended.is_set():
                        return
            except (OSError, ValueError):
                pass
            self._note("page", "")
            self._ended.wait(RECONNECT_S)

    # -- lights

    def lights(self) -> int:
        """Return a terminal for the service to write to: there the driver draws what a strip shows."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self._closing.callback(os.close, theirs)
        threading.Thread(target=self._watch_lights, args=(ours,), daemon=True).start()
        return theirs

    def _watch_lights(self, terminal: int) -> None:
        rest = ""
        with (self._folder / "service.log").open("a") as log:
            while not self._ended.is_set():
                try:
                    rest += os.read(terminal, 65536).decode("utf-8", "replace")
                except OSError:
                    return
                end = 0
                for frame in _FRAME.finditer(rest):
                    colours = tuple("#" + bytes(map(int, c.groups())).hex() for c in _COLOUR.finditer(frame[1]))
                    self._note("lights", frame[2].split(" ")[-1], (frame[2], colours))
                    log.write(rest[end : frame.start()])
                    end = frame.end()
                # what follows the last frame may be the begin of the next one
                rest, keep = rest[end:], rest.rfind("\r\x1b[2K", end) - end
                if keep < 0:
                    keep = len(rest)
                log.write(rest[:keep])
                log.flush()
                rest = rest[keep:]

    # -- OSC and MIDI

    def _receive_osc(self) -> int:
        receiver = self._closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.5)
        threading.Thread(target=self._listen, args=(receiver,), daemon=True).start()
        return int(receiver.getsockname()[1])

    def _listen(self, receiver: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                packet = receiver.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            content = list(OscBundle(packet)) if OscBundle.dgram_is_bundle(packet) else [OscMessage(packet)]
            words = {m.address: m.params for m in content}
            self._note("osc", words.get("/affetto/state", [""])[0], words)

    @contextlib.contextmanager
    def gear(self, name: str = "gear") -> Iterator[subprocess.Popen[str]]:
        """Be a synthesizer with a MIDI port on the JACK server, until the block ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.edge.outputs.midi.gear", name, ""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        threading.Thread(target=self._hear_midi, args=(process.stdout,), daemon=True).start()
        try:
            yield process
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _hear_midi(self, out: Any) -> None:
        held: dict[int, int] = {}
        for line in out:
            kind, *values = map(int, line.split())
            if kind & 0xF0 == 0xB0:
                held[values[0]] = values[1]
            # a synthesizer knows no trust state: what may not be believed stands at zero
            emotions = [held.get(cc, 0) for cc in range(20, 24)]
            self._note("midi", "playing" if any(emotions) else "neutral", (kind, *values))

    def _note(self, who: str, state: str, what: Any = None) -> None:
        self.said.append(Said(time.monotonic(), who, state, what))


def post(port: int, path: str, body: Any, method: str = "POST") -> tuple[int, Any]:
    """Return code and content with which a JSON body is answered, whatever the code."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        None if method == "GET" else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            is_json = "json" in response.headers["Content-Type"]
            return response.status, json.load(response) if is_json else response.read()
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
