"""A guitar at the end of a cable: sound in real time by UDP, as a Bela sends it, or by JACK."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from tests.edge.sounds import strings
from tests.ports import free_udp_port

ROOT = Path(__file__).parents[2]
PLAYER = ROOT / "tests" / "jack_player.py"
DEMO = ROOT / "edge" / "assets" / "demo.flac"
RATE_HZ = 22050
BLOCK = 256


class Guitar:
    """Plays until the block ends, except while the cable is pulled out. `input` is what the service listens to."""

    def __init__(self) -> None:
        self.port = free_udp_port()
        self.input = f"udp://127.0.0.1:{self.port}?rate={RATE_HZ}"
        self._pops = False
        self._mute = False
        self._sound = strings(20.0, RATE_HZ)
        self._plugged = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Guitar:
        self._plugged.set()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._plugged.set()
        self._thread.join()

    def pull(self) -> float:
        """Pull the cable out; return when."""
        self._plugged.clear()
        return time.monotonic()

    def plug(self) -> float:
        """Plug it in again; return when."""
        self._plugged.set()
        return time.monotonic()

    def unplug_the_instrument(self) -> float:
        """Pull the cable out of the guitar, with the pop that this makes: the sound card goes on and hears nothing."""
        self._pops = self._mute = True
        return time.monotonic()

    def _play(self) -> None:
        frames, due = 0, time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            while not self._ended.is_set():
                if not self._plugged.is_set():
                    self._plugged.wait()
                    due = time.monotonic()
                block = self._sound[(frames + np.arange(BLOCK)) % len(self._sound)] * (not self._mute)
                if self._pops:
                    block[:100], self._pops = 0.99, False
                udp.sendto((block * 32767).astype("<i2").tobytes(), ("127.0.0.1", self.port))
                frames += BLOCK
                due += BLOCK / RATE_HZ
                self._ended.wait(max(0.0, due - time.monotonic()))


@contextlib.contextmanager
def jack_guitar(name: str) -> Iterator[None]:
    """Let a JACK client of this name play until the block ends."""
    process = subprocess.Popen([sys.executable, PLAYER, name, DEMO], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "playing\n"
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)
