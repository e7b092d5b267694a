"""A worker that the service manager starts, in a unit with limits of its own, when the service connects to its socket.

It is no child of the service, and may hang in a library where it hears nothing. So the service hands it the reading
end of a pipe, on whose closing the kernel ends it: see `edge.explain.process.serve`.
"""

from __future__ import annotations

import os
import socket
from multiprocessing.connection import Connection
from typing import Any

from edge.explain.process.link import Link
from edge.explain.process.worker_process import WorkerProcess

SOCKET = "AFFETTO_EXPLAIN_SOCKET"
"""The environment variable that names the Unix socket."""

HERE_S = 30.0
"""How long it may take until the manager has started a worker, which gives way to everything else."""


class WorkerUnit(Link):
    """A worker behind a Unix socket.

    Parameters
    ----------
    path : str
    model_file, memory_mb, explain
        As for `WorkerProcess`.

    Raises
    ------
    OSError
        Nobody answers there.
    """

    def __init__(self, path: str, model_file: str, memory_mb: int, explain: str) -> None:
        theirs, ours = os.pipe()
        self._lifeline = os.fdopen(ours, "wb", 0)
        try:
            with socket.socket(socket.AF_UNIX) as unix:
                unix.settimeout(HERE_S)
                unix.connect(path)
                socket.send_fds(unix, [b"\0"], [theirs])
                unix.setblocking(True)
                connection: Connection[Any, Any] = Connection(unix.detach())
        except OSError:
            self._lifeline.close()
            raise
        finally:
            os.close(theirs)
        super().__init__(connection)
        try:
            connection.send(("begin", model_file, memory_mb, explain))
            if not connection.poll(HERE_S):
                raise TimeoutError(f"nothing came in {HERE_S:.0f} s")
            _, self.pid = connection.recv()
        except (OSError, EOFError) as error:
            self.close()
            raise OSError(str(error) or "the connection was closed") from None

    def kill(self) -> None:
        self._lifeline.close()

    def close(self) -> None:
        self.kill()
        self._connection.close()

    def _death(self) -> str:
        return "has ended (`journalctl -u affetto-explain` says why)"


def start_worker(model_file: str, memory_mb: int, explain: str) -> Link:
    """Return a new worker: from the socket that the environment names, or else, or when nobody answers there, a child.

    Raises
    ------
    OSError
        No process can be started.
    """
    path = os.environ.get(SOCKET, "")
    if not path:
        return WorkerProcess(model_file, memory_mb, explain)
    try:
        return WorkerUnit(path, model_file, memory_mb, explain)
    except OSError as error:
        reason = error.strerror or str(error)
    worker = WorkerProcess(model_file, memory_mb, explain)
    worker.note = f"{path}: no worker there ({reason}); one without limits of its own is used, see `systemctl status`"
    return worker
