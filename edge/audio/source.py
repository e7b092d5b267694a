"""What every sound source is to the rest: something that fills a ring with mono sound at its own rate."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from edge import priority
from edge.audio.devices import Device
from edge.audio.ring import Ring
from edge.types import SourceStatus

RING_S = 4.0  # longer than any pause of the analysis that is not a fault


class Source(ABC):
    """A sound source: `open` starts the flow into `ring`, `close` ends it; both may be repeated.

    A subclass overrides `_open`, which sets `rate_hz` and calls `_new_ring` before sound flows, and `_close`.
    It delivers blocks by `_deliver`, from one thread.
    """

    kind = ""
    silent_after_s = 0.5
    """A source that delivered nothing for this long has been lost."""
    reopen_when_lost = True
    """Whether a lost source must be closed and opened to come back; a network port just waits."""

    def __init__(self, name: str, channel: int = 0) -> None:
        self.name = name
        self.rate_hz = 0
        self.overflows = 0
        self.note = ""
        self.ring = Ring(1)
        self.device: Device | None = None
        """The sound card behind it, if there is one."""
        self.priority = priority.ORDINARY
        """What the thread that delivers has; see `edge.priority`."""
        self.ended = False
        """A source that has an end, such as a file, has reached it."""
        self._channel = channel
        self._is_open = False
        self._overruns_before = 0

    def open(self) -> None:
        """Start the flow.

        Raises
        ------
        AudioError
            The source is not there or cannot be used.
        """
        self._open()
        self._is_open = True
        self.note = ""

    def close(self) -> None:
        """End the flow; harmless when closed."""
        if self._is_open:
            self._is_open = False
            self._close()

    @property
    def is_open(self) -> bool:
        return self._is_open

    def is_lost(self) -> bool:
        """Whether an open source has stopped delivering."""
        return self._is_open and not self.ended and time.monotonic() - self.ring.written_at > self.silent_after_s

    def has_left(self) -> bool:
        """Whether what an open source delivers is not its sound any more."""
        return False

    def status(self) -> SourceStatus:
        overruns = self._overruns_before + self.ring.overruns
        return SourceStatus(
            self.kind, self.name, self.rate_hz, self._is_open, self.ring.written, self.overflows, overruns, self.note
        )

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    def _new_ring(self, rate_hz: int, block: int) -> None:
        self.rate_hz = rate_hz
        self._overruns_before += self.ring.overruns
        self.ring.close()
        self.ring = Ring(int(RING_S * rate_hz))
        self._mono = np.zeros(max(block, 1), np.float32)

    def _deliver(self, block: NDArray[np.float32]) -> None:
        """Take a (frames, channels) block, mix it to mono or pick the channel, and put it into the ring."""
        if block.shape[1] == 1:
            self.ring.write(block[:, 0])
        elif self._channel:
            self.ring.write(block[:, min(self._channel, block.shape[1]) - 1])
        else:
            if len(block) > len(self._mono):
                self._mono = np.zeros(len(block), np.float32)
            mono = self._mono[: len(block)]
            np.mean(block, axis=1, out=mono)
            self.ring.write(mono)
