"""A receiver of MIDI that runs beside a test, and what it got."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path


class Gear:
    """A running receiver and the messages that it got."""

    def __init__(self, name: str = "gear", source: str = "") -> None:
        self.messages: list[tuple[int, ...]] = []
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("gear.py")), name, source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        assert self._ready.wait(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "ready\n":
                self._ready.set()
            else:
                self.messages.append(tuple(map(int, line.split())))

    def of(self, kind: int) -> list[tuple[int, ...]]:
        return [message for message in list(self.messages) if message[0] & 0xF0 == kind]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
