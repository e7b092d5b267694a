"""`affetto run` fed faster than real time: `python -m tests.faults.fast OPTION…`, as that command takes them.

Nothing but the source differs: the demo take comes as fast as the analysis takes it.
"""

from __future__ import annotations

import sys
import threading
from importlib import resources

import soundfile

import edge.app
from edge.audio.source import Source
from edge.cli import main
from edge.config import Audio

BLOCK = 1024
MOST_WAITING_S = 0.5
"""Sound that may wait in the ring; the analysis takes all of it at once."""


class FastSource(Source):
    """The demo take again and again, never waiting for a clock."""

    kind = "demo"

    def __init__(self) -> None:
        super().__init__("demo take, fast")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def _open(self) -> None:
        with resources.as_file(resources.files("edge") / "assets" / "demo.flac") as path:
            sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        self._new_ring(rate_hz, BLOCK)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._play, args=(sound, self.ring), name="audio-fast", daemon=True)
        self._thread.start()

    def _play(self, sound, ring) -> None:
        start = 0
        while not self._stopping.is_set():
            if ring.written - ring._read > MOST_WAITING_S * self.rate_hz:
                self._stopping.wait(0.001)
                continue
            self._deliver(sound[start : start + BLOCK])
            start = start + BLOCK if start + BLOCK < len(sound) else 0

    def _close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join(timeout=2.0)


def fast_source(_audio: Audio) -> tuple[Source, str]:
    return FastSource(), "playing the bundled demo take faster than real time"


if __name__ == "__main__":
    edge.app.choose_source = fast_source
    sys.argv[1:1] = ["run"]
    main()
