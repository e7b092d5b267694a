"""Stops one thread of another process for good, as a driver or a library may hang it, while all others go on."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from pathlib import Path

import pytest

_SEIZE, _INTERRUPT = 0x4206, 0x4207  # ptrace(2)
_WALL = 0x40000000  # waitpid(2): whatever kind of child it is


def thread_called(name: str, pid: int) -> int:
    """Return the id of the thread of that name; those that it started have it too."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return min(int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)


def freeze(thread: int) -> None:
    """Stop a thread; it goes on only when the calling thread ends. Skips the test where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (_SEIZE, _INTERRUPT):
        if libc.ptrace(request, thread, None, None) != 0:
            pytest.skip(f"may not stop a thread of another process ({os.strerror(ctypes.get_errno())})")
    # a process is not gone until whoever traces its thread has heard of the end
    threading.Thread(target=_wait, args=(thread,), daemon=True).start()


def _wait(thread: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.WIFSTOPPED(os.waitpid(thread, _WALL)[1]):
            pass
