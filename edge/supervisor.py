"""Keeps the service alive: the process that plays is a child, and a new one is made when it is taken down.

PortAudio aborts or hangs its process when the sound system dies under it; nothing inside that process can help.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from types import FrameType

RESTART = 75
"""Exit code with which the child asks for a new process (EX_TEMPFAIL)."""

MOST_RESTARTS = 10
WITHIN_S = 60.0
PAUSE_S = 0.1

_PR_SET_PDEATHSIG = 1


def supervise(child: Callable[[], int]) -> int:
    """Run `child` in a process of its own, again whenever it dies of a signal or returns `RESTART`.

    SIGTERM and SIGINT go to the child, whose exit code is returned. Must be called before any thread was started.
    """
    deaths: deque[float] = deque(maxlen=MOST_RESTARTS)
    while True:
        pid = os.fork()
        if pid == 0:
            _run_child(child)
        stopping = _forward_signals(pid)
        code = os.waitstatus_to_exitcode(_wait(pid))
        if stopping or (code >= 0 and code != RESTART):
            return max(code, 0)
        deaths.append(time.monotonic())
        if len(deaths) == MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN_S:
            print(f"affetto: the service died {MOST_RESTARTS} times within {WITHIN_S:.0f} s; "
                  "see the messages above and `affetto doctor`", file=sys.stderr)  # fmt: skip
            return 1
        reason = "asked for a new process" if code == RESTART else f"was ended by {signal.Signals(-code).name}"
        print(f"affetto: the service {reason}; starting it again", file=sys.stderr, flush=True)
        time.sleep(PAUSE_S)


def _run_child(child: Callable[[], int]) -> None:
    """Run `child` and leave this process with its exit code; never returns."""
    code = 1
    try:
        # a supervisor that is killed must not leave a child behind that holds the port and the sound card
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        code = child()
    except KeyboardInterrupt:
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _forward_signals(pid: int) -> list[int]:
    """Send SIGTERM and SIGINT on to the child; return a list that gets each signal that came."""
    came: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGINT, forward)
    return came


def _wait(pid: int) -> int:
    while True:
        try:
            return os.waitpid(pid, 0)[1]
        except InterruptedError:
            continue
