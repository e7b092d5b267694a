"""A worker that the service starts itself, as a child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing.connection import Pipe

from edge.explain.process.link import Link
from edge.explain.process.worker import ENVIRONMENT

END_S = 1.0
"""How long a worker may take to leave once its connection is closed."""


class WorkerProcess(Link):
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
        ours, theirs = Pipe()
        with theirs:
            descriptor = theirs.fileno()
            self._process = subprocess.Popen(
                # -P: what lies in the working directory is not ours
                [sys.executable, "-P", "-m", "edge.explain.process.worker", str(descriptor), str(os.getpid())],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT},
            )
        super().__init__(ours, self._process.pid)
        ours.send(("begin", model_file, memory_mb, explain))

    def kill(self) -> None:
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
