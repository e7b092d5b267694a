"""Lets the threads on the way of the sound run before all others of the machine, where that is allowed."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

AUDIO = 30
"""Real-time priority of the thread that takes blocks from the sound card: it must never miss one."""

ANALYSIS = 20
"""And of the analysis, which may be late by less than the ring holds. Both are below what JACK and the kernel take."""

ORDINARY = "ordinary"

_PR_SET_NAME = 15  # prctl(2)
_CAP_SYS_NICE = 23  # capabilities(7)
_REAL_TIME = (os.SCHED_FIFO, os.SCHED_RR)


def rise(name: str, priority: int) -> str:
    """Give the calling thread a name for `top -H`, and real-time priority; return what it has got.

    That is "real time" with a number from 1 to 99, or "ordinary". Threads and processes that it starts begin as
    ordinary ones. A thread that has real-time priority already, as JACK's have, keeps it.
    """
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode())
    with contextlib.suppress(OSError):
        if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK not in _REAL_TIME:
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    return own()


def own() -> str:
    """Return what the calling thread has."""
    if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK in _REAL_TIME:
        return f"real time {os.sched_getparam(0).sched_priority}"
    return ORDINARY


def most_allowed() -> int:
    """Return the highest real-time priority that this process may take, 0 when none."""
    import resource

    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    if int(status["CapEff"], 16) >> _CAP_SYS_NICE & 1:
        return os.sched_get_priority_max(os.SCHED_FIFO)
    return resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
