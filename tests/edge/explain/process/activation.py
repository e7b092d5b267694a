"""Holds a Unix socket and starts a command for each connection, one at a time, as systemd does for a unit.

python -m tests.edge.explain.process.activation PATH COMMAND…
"""

from __future__ import annotations

import os
import select
import socket
import sys


def main(path: str, *command: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path + ".new")
        listening.listen()
        os.rename(path + ".new", path)
        while True:
            select.select([listening], [], [])
            if (pid := os.fork()) == 0:
                os.dup2(listening.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
                os.execv(command[0], command)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
