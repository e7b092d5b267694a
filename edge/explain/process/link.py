"""The service's end of a worker, however that was got: speaks with it without ever waiting for good, and ends it."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any


class WorkerDiedError(Exception):
    """The process is gone; says in words how."""


class Link(ABC):
    """A connection to a process that runs `edge.explain.process.worker`; that module says what is spoken.

    A subclass opens `_connection` and overrides what differs with who started the process.

    Attributes
    ----------
    pid : int
        Of the worker; 0 until it is known.
    note : str
        What a person should know about how this worker was got, or "".
    """

    def __init__(self, connection: Connection[Any, Any], pid: int = 0) -> None:
        self._connection = connection
        self.pid = pid
        self.note = ""

    @property
    def resident_mb(self) -> float:
        """Memory in megabytes that is in use; 0 when the process is gone."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return 0.0

    def send(self, *message: Any) -> None:
        """Send a tuple. A worker that hangs can hold this up until somebody calls `kill`."""
        try:
            self._connection.send(message)
        except OSError:
            raise WorkerDiedError(self._death()) from None

    def receive(self, timeout_s: float | None, wake: int) -> tuple[Any, ...] | None:
        """Wait for a message; None when time is up or the event `wake`, a file descriptor, has happened."""
        ready = wait([self._connection, wake], timeout_s)
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(wake)
        if self._connection not in ready:
            return None
        try:
            message: tuple[Any, ...] = self._connection.recv()
        except (EOFError, OSError):
            raise WorkerDiedError(self._death()) from None
        return message

    @abstractmethod
    def kill(self) -> None:
        """End it at once, whatever it does; from any thread."""

    @abstractmethod
    def close(self) -> None:
        """End it."""

    @abstractmethod
    def _death(self) -> str:
        """Return in words how the process has ended."""
