"""What a process that was started by another owes to it."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(parent: int, number: signal.Signals) -> None:
    """Let the kernel send this process the signal `number` when `parent`, which started it, dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(0)
