"""The process that explains: what it may take of the machine, and how it begins.

As a child of the service (`edge.explain.process.worker_process`) it is started here, as a unit of its own in
`edge.explain.process.serve`. It gives way to everything else before it imports anything that is heavy; that is why so
little is imported here.

Both sides speak in tuples over one connection; the first element says what it is. First come

in    ("begin", model file, megabytes of memory, "module:function" of what explains)
out   ("here", process id), then ("ready",) or ("unable", line)

and then what `edge.explain.process.worker_loop` lists.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from edge.errors import AffettoError, ExplainError
from edge.parent import end_with_parent

ENVIRONMENT = {
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


def main(arguments: list[str]) -> None:
    """Serve until the other end of the connection closes.

    Parameters
    ----------
    arguments : list of str
        File descriptor of the connection, and process id of the service.
    """
    descriptor, service = map(int, arguments)
    give_way(service)
    work(Connection(descriptor))


def work(connection: Connection[Any, Any]) -> None:
    """Serve until the other end of a connection closes."""
    connection.send(("here", os.getpid()))
    _, model_file, memory_mb, explain = connection.recv()
    try:
        from edge.explain.process.worker_loop import Worker

        worker = Worker(connection, model_file, explain)
        worker.warm_up()
        limit_memory(memory_mb)
    except Exception as error:
        if not isinstance(error, AffettoError):
            traceback.print_exc()
        connection.send(("unable", _one_line(error)))
        return
    connection.send(("ready",))
    worker.serve()


def give_way(service: int = 0) -> None:
    """Take the lowest priority, be the first to go when memory runs out, and die with the parent `service`, if any."""
    if service:
        end_with_parent(service, signal.SIGKILL)
    # Ctrl-C goes to all processes of a terminal, and systemd tells all of a unit to end; the service says when that is
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(OSError):
        # runs only while nobody else wants the processor; the kernel gives such a process the idle class for I/O too
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_memory(limit_mb: int) -> None:
    """Let this process grow to `limit_mb` resident megabytes; what asks for more gets a MemoryError.

    RLIMIT_AS would count what libraries only reserve. RLIMIT_DATA counts private memory that can be written; files
    mapped beside it are here by now, so that what is left of the limit is left to that memory.

    Raises
    ------
    ExplainError
        So much is in use already.
    """
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    resident, data = (int(status[key].split()[0]) * 1024 for key in ("VmRSS", "VmData"))
    left = limit_mb * 2**20 - resident
    if left <= 0:
        raise ExplainError(f"it takes {resident >> 20} MB before the first question; set explain.memory_mb higher")
    resource.setrlimit(resource.RLIMIT_DATA, (data + left, data + left))


def _one_line(error: Exception) -> str:
    text = str(error) if isinstance(error, AffettoError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())


if __name__ == "__main__":
    main(sys.argv[1:])
