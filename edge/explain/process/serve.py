"""The process that explains as a unit of its own: the service manager holds the socket, and starts it on a connection.

By the protocol of sd_listen_fds(3). It serves that one connection and ends with it; the next one starts a new process.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import sys
from multiprocessing.connection import Connection

from edge.explain.process.worker import ENVIRONMENT, give_way, work

FIRST = 3
"""The descriptor that a manager hands over: the first one after standard input, output and error."""


def main() -> None:
    """Serve one connection of the socket that was inherited."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        sys.exit("affetto: this is started by a service manager that holds its socket; see affetto-explain.socket")
    give_way()
    os.environ.update(ENVIRONMENT)  # what of it counts from the start of a process stands in the unit, too
    with socket.socket(fileno=FIRST) as listening:
        listening.setblocking(True)
        unix, _ = listening.accept()
    _, lifelines, _, _ = socket.recv_fds(unix, 1, 1)
    if len(lifelines) != 1:
        sys.exit("affetto: whoever connected is no service of Affetto")
    end_with(lifelines[0])
    work(Connection(unix.detach()))


def end_with(lifeline: int) -> None:
    """Let the kernel kill this process as soon as nobody holds the writing end of a pipe any more.

    Whatever it does then: a thread that waited for that would not run while a library holds the interpreter's lock.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(lifeline, 0)
    if poll.poll(0):  # it was closed before we could ask to be told
        os._exit(0)


if __name__ == "__main__":
    main()
