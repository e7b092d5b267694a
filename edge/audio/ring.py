"""The ring buffer between the audio thread and the analysis thread."""

from __future__ import annotations

import os
import select
import time
import weakref

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class Ring:
    """Preallocated mono ring with one writer and one reader, who never wait for each other.

    The writer only copies into memory that is there and counts; it wakes the reader through an eventfd, which is a
    system call that does not block. A reader that falls behind by more than the capacity loses the oldest sound and
    counts an overrun.

    Parameters
    ----------
    capacity : int
        Frames that fit; some seconds of sound.
    """

    def __init__(self, capacity: int) -> None:
        self._frames = np.zeros(capacity, np.float32)
        self._written = 0
        self._read = 0
        self._wake_at = 0
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # a writer that still holds the ring when the reader has dropped it must not find another file there
        self._give_back = weakref.finalize(self, os.close, self._wake)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self.written_at = time.monotonic()
        """Monotonic clock of the last write, in seconds."""
        self.overruns = 0
        self.lost = 0
        """Frames that were overwritten before they were read."""

    @property
    def written(self) -> int:
        """Frames written since the ring was made."""
        return self._written

    def write(self, frames: Samples) -> None:
        """Append mono frames; for the audio thread."""
        capacity = len(self._frames)
        frames = frames[-capacity:]
        start = self._written % capacity
        first = min(len(frames), capacity - start)
        self._frames[start : start + first] = frames[:first]
        self._frames[: len(frames) - first] = frames[first:]
        self._written += len(frames)
        self.written_at = time.monotonic()
        if self._written >= self._wake_at:
            os.eventfd_write(self._wake, 1)

    def wait(self, timeout_s: float, frames: int = 1) -> bool:
        """Sleep until `frames` frames are unread; False when the time ran out first.

        The writer wakes the reader only then: on a small board, waking costs more than most blocks are worth.
        """
        self._wake_at = self._read + frames
        until = time.monotonic() + timeout_s
        while self._written < self._wake_at:
            left_s = until - time.monotonic()
            if left_s <= 0 or not self._poll.poll(left_s * 1000.0):
                return False
            os.eventfd_read(self._wake)
        return True

    def read(self) -> Samples:
        """Return a copy of all frames not read yet, in order; for the analysis thread."""
        capacity = len(self._frames)
        while True:
            written = self._written
            if written - self._read > capacity:
                self._skip_to(written - capacity // 2)
            out = self._copy(self._read, written)
            # the writer may have lapped us while we copied: then part of the copy is newer sound
            if self._written - self._read <= capacity:
                self._read = written
                return out

    def _copy(self, start: int, end: int) -> Samples:
        capacity = len(self._frames)
        first = start % capacity
        out = np.empty(end - start, np.float32)
        straight = min(len(out), capacity - first)
        out[:straight] = self._frames[first : first + straight]
        out[straight:] = self._frames[: len(out) - straight]
        return out

    def _skip_to(self, position: int) -> None:
        self.lost += position - self._read
        self._read = position
        self.overruns += 1

    def close(self) -> None:
        """Give the eventfd back, as happens when nobody holds the ring. Neither side may use it afterwards."""
        if self._give_back.alive:
            self._poll.unregister(self._wake)
            self._give_back()
