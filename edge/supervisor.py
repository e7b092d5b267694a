"""Keeps the service alive: a process of its own starts it, again whenever it is taken down.

PortAudio aborts or hangs its process when the sound system dies under it; nothing inside that process can help.

This process stays as long as the service runs, so it is kept small: it takes the place of the command that was typed
and imports next to nothing (9 MB, where a fork of the command would hold 20).
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

RESTART = 75
"""Exit code with which the service asks for a new process (EX_TEMPFAIL)."""

ASKED = 76
"""The same when a person asked for it: that is no sign of trouble, however often it happens."""

MOST_RESTARTS = 10
WITHIN_S = 60.0
PAUSE_S = 0.1

_SUPERVISOR = "AFFETTO_SUPERVISOR"  # in the environment of what it starts: its process id
_DEATHS = "AFFETTO_DEATHS"  # and how often a signal has ended the service within the last minute


def supervise() -> None:
    """Return in a process that a supervisor has started; else become that supervisor and never return.

    The supervisor runs this same command line again. SIGTERM and SIGINT go on to it, and its exit code is passed on.
    """
    if os.environ.get(_SUPERVISOR) != str(os.getppid()):
        own = [sys.executable, "-I", "-S", os.path.abspath(__file__)]
        os.execv(sys.executable, [*own, sys.executable, *sys.orig_argv[1:]])
    from edge.parent import end_with_parent

    # a supervisor that is killed must not leave a service behind that holds the port and the sound card
    end_with_parent(os.getppid(), signal.SIGTERM)


def recent_deaths() -> int:
    """Return how often a signal has ended this service within the last minute."""
    return int(os.environ.get(_DEATHS) or 0)


def keep_alive(command: list[str]) -> int:
    """Run a command, again whenever it dies of a signal or returns `RESTART` or `ASKED`; return its exit code."""
    deaths: list[float] = []
    killed: list[float] = []
    running = _Forwarding()
    while not running.stopping:
        killed = [at for at in killed if time.monotonic() - at < WITHIN_S]
        told = {_SUPERVISOR: str(os.getpid()), _DEATHS: str(len(killed))}
        code = running.wait(os.posix_spawn(command[0], command, {**os.environ, **told}))
        if running.stopping or (code >= 0 and code not in (RESTART, ASKED)):
            return max(code, 0)
        if code == ASKED:
            deaths, killed = [], []
            continue
        deaths = [*deaths[1 - MOST_RESTARTS :], time.monotonic()]
        if code < 0:
            killed.append(deaths[-1])
        if len(deaths) == MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN_S:
            print(f"affetto: the service died {MOST_RESTARTS} times within {WITHIN_S:.0f} s; "
                  "see the messages above and `affetto doctor`", file=sys.stderr)  # fmt: skip
            return 1
        reason = "asked for a new process" if code == RESTART else f"was ended by {signal.Signals(-code).name}"
        print(f"affetto: the service {reason}; starting it again", file=sys.stderr, flush=True)
        time.sleep(PAUSE_S)
    return 0


class _Forwarding:
    """Sends SIGTERM and SIGINT on to the process that is waited for; `stopping` says that one has come."""

    def __init__(self) -> None:
        self.stopping = False
        self._pid = 0
        signal.signal(signal.SIGTERM, self._forward)
        signal.signal(signal.SIGINT, self._forward)

    def wait(self, pid: int) -> int:
        """Return the exit code of a process that has just been started, or minus the signal that ended it."""
        self._pid = pid
        if self.stopping:  # the signal came before we knew whom to tell
            os.kill(pid, signal.SIGTERM)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._pid = 0
        return code

    def _forward(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(keep_alive(sys.argv[1:]))
