"""The service's end of the worker: starts the process, speaks with it without ever waiting for good, and ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

END_S = 1.0
"""How long a worker may take to leave once its connection is closed."""

_ENVIRONMENT = {
    # one thread each: libraries that compute in many would each want all of an idle processor
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    # each arena keeps what was freed in it
    "MALLOC_ARENA_MAX": "2",
    "PYTHONWARNINGS": "ignore",
    "MPLBACKEND": "Agg",
}


class WorkerDiedError(Exception):
    """The process is gone; says in words how."""


class WorkerProcess:
    """A fresh interpreter with `edge.explain.process.worker`; nothing of the service's threads and memory goes with it.

    The thread that makes it must live as long as it: the kernel takes the end of that thread for the service's.

    Parameters
    ----------
    model_file : str
    memory_mb : int
    explain : str
        "module:function" of what explains.
    """

    def __init__(self, model_file: str, memory_mb: int, explain: str) -> None:
        self._connection: Connection[Any, Any]
        self._connection, theirs = Pipe()
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(
                # -P: what lies in the working directory is not ours
                [sys.executable, "-P", "-m", "edge.explain.process.worker",
                 str(descriptor), str(os.getpid()), model_file, str(memory_mb), explain],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **_ENVIRONMENT},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

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

    def kill(self) -> None:
        """End it at once; from any thread."""
        self._process.kill()

    def close(self) -> None:
        """End it: it leaves by itself when its connection closes, and is killed when it does not."""
        self._connection.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _death(self) -> str:
        try:
            code = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            return "does not answer"
        if code >= 0:
            return f"ended with code {code}"
        return f"was ended by {signal.Signals(-code).name}"
