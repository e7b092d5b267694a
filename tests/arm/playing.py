"""The real service on an emulated board: lights, OSC and one page follow a recording, and all of it is counted."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.arm.counting import Counter
from tests.arm.emulated import ROOT, Board
from tests.arm.witnessed import Memory, Witness
from tests.edge.service import RunningService

DEMO = ROOT / "edge/assets/demo.flac"
START_S = 400.0
"""Longest time until it predicts; ten seconds on a quiet machine."""

PARTS = {
    "audio-file": "source",
    "analysis": "live path",
    "OSC": "OSC",
    "terminal": "lights",
    "page's lights": "lights",
}
"""Threads and what they do; all others serve the page and look after the rest."""
REST = "page and rest"
WITNESS = "witness"


@dataclass
class Playing:
    """A service at work on a board; `osc` is what it has sent, `events` what the page got."""

    service: RunningService
    counter: Counter
    witness: Witness
    osc: list[bytes] = field(default_factory=list)
    events: list[tuple[str, Any]] = field(default_factory=list)

    def curl(self, path: str, *options: str) -> str:
        """Return what curl gets from the service."""
        url = f"http://127.0.0.1:{self.service.port}{path}"
        return subprocess.run(
            ["curl", "-sS", *options, url], capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it holds; it does within a few seconds unless the service stands still."""
        deadline = time.monotonic() + START_S
        while not condition():
            assert self.service.process.poll() is None, f"the service has ended:\n{self.service.log.read_text()}"
            assert time.monotonic() < deadline, f"no {what} came:\n{self.service.log.read_text()}"
            time.sleep(0.1)

    def heard_s(self) -> float:
        """Return the seconds of sound that have come so far."""
        source = self.service.get("/api/status")["source"]
        return float(source["frames"] / source["rate_hz"])

    def instructions(self, seconds: float) -> dict[str, float]:
        """Return the instructions of each part for a second of sound, counted over `seconds` of it at least."""
        before, started = self.counter.of_threads(self.service.child), self.heard_s()
        while self.heard_s() < started + seconds:
            time.sleep(seconds / 2)  # asking more often would be counted too
        after, played = self.counter.of_threads(self.service.child), self.heard_s() - started
        names = self.witness.threads(self.service.child)
        parts = dict.fromkeys([*PARTS.values(), REST], 0.0)
        for thread, count in after.items():
            name = names.get(thread, "")
            if name != WITNESS:
                parts[PARTS.get(name, REST)] += (count - before.get(thread, 0)) / played
        return parts

    def memory(self) -> Memory:
        return self.witness.memory(self.service.child)


@contextmanager
def playing(board: Board, folder: Path) -> Iterator[Playing]:
    """Start the service on a board and wait until page and OSC get predictions."""
    counter, witness = Counter(folder), Witness(folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.5)
        options = ("--input", str(DEMO), "--led", "terminal", "--osc", f"127.0.0.1:{receiver.getsockname()[1]}")
        with board.service(folder, *options, **{**counter.environment(), **witness.environment()}) as service:
            it, ended = Playing(service, counter, witness), threading.Event()
            it.wait_for(lambda: service.get_or_none("/api/status") is not None, "answer")
            threads = [
                threading.Thread(target=_receive, args=(it, receiver, ended)),
                threading.Thread(target=_follow, args=(it, ended)),
            ]
            for thread in threads:
                thread.start()
            try:
                it.wait_for(lambda: len(it.events) > 10 and len(it.osc) > 10, "events and OSC")
                yield it
            finally:
                ended.set()
                service.stop()
                for thread in threads:
                    thread.join()


def _receive(it: Playing, receiver: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            it.osc.append(receiver.recv(65536))


def _follow(it: Playing, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):
        for event in it.service.events(timeout_s=START_S):
            it.events.append(event)
            if ended.is_set():
                return
