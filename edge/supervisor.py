"""Keeps the service alive: a process of its own starts it, again whenever it is taken down or stands still.

PortAudio aborts or hangs its process when the sound system dies under it; nothing inside that process can help. The
service speaks with this process as it would with systemd (sd_notify(3)), which may stand behind: WATCHDOG=1 is a sign
that the analysis gets on. Nothing is expected of it before READY=1.

This process stays as long as the service runs, so it is kept small: it takes the place of the command that was typed
and imports next to nothing (10 MB, where a fork of the command would hold 20).
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

# the part of `socket` that is written in C; the other would add half a megabyte
from _socket import AF_UNIX, CMSG_SPACE, SO_PASSCRED, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET, socket

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

LOOK_S = 0.25
MOST_LOOKS = 6
"""So many looks in a row without a sign of progress, and the service hangs. Looks, since a machine that stood still as
a whole had none either."""

MOST_PATIENCE = 4
"""After each such end within `WITHIN_S` it may take twice as long, up to so many times: a board that is only slow must
not be kept from playing. Still less than systemd's `WatchdogSec`."""

TELL_S = 0.15
"""So long it may then tell where it hangs."""

START_S = 80.0
"""How long a service may take until READY=1: a small board with a slow card reads for long. Like `STOP_S`, it is less
than what `affetto.service` allows, so that this process acts before systemd does."""

STOP_S = 8.0

_SUPERVISOR = "AFFETTO_SUPERVISOR"  # in the environment of what it starts: its process id
_DEATHS = "AFFETTO_DEATHS"  # and how often a signal has ended the service within the last minute


def supervise() -> None:
    """Return in a process that a supervisor has started; else become that supervisor and never return.

    The supervisor runs this same command line again. SIGTERM and SIGINT go on to it, and its exit code is passed on.
    Ends the process if its supervisor has been killed in the meantime.
    """
    supervisor = int(os.environ.get(_SUPERVISOR) or 0)
    if supervisor and not os.path.exists(f"/proc/{supervisor}"):
        sys.exit(f"affetto: process {supervisor}, which started this one, is gone; if that was not the service's "
                 f"supervisor, unset {_SUPERVISOR}")  # fmt: skip
    if supervisor != os.getppid():
        own = [sys.executable, "-I", "-S", os.path.abspath(__file__)]
        os.execv(sys.executable, [*own, sys.executable, *sys.orig_argv[1:]])
    import faulthandler

    from edge.parent import end_with_parent, take_small_pages

    take_small_pages()
    # a supervisor that is killed must not leave a service behind that holds the port and the sound card
    end_with_parent(os.getppid(), signal.SIGTERM)
    # one that finds us hanging wants to tell where
    faulthandler.register(signal.SIGUSR1)


def recent_deaths() -> int:
    """Return how often a signal has ended this service within the last minute."""
    return int(os.environ.get(_DEATHS) or 0)


def keep_alive(command: list[str]) -> int:
    """Run a command, again when it hangs, dies of a signal or returns `RESTART` or `ASKED`; return its exit code."""
    deaths: list[float] = []
    killed: list[float] = []
    hung: list[float] = []
    service = _Service()
    while not service.stopping:
        killed, hung = _recent(killed), _recent(hung)
        service.most_looks = MOST_LOOKS * min(2 ** len(hung), MOST_PATIENCE)
        told = {_SUPERVISOR: str(os.getpid()), _DEATHS: str(len(killed)), "NOTIFY_SOCKET": service.address}
        code = service.wait(os.posix_spawn(command[0], command, {**os.environ, **told}))
        if service.stopping or (code >= 0 and code not in (RESTART, ASKED)):
            return max(code, 0)
        if code == ASKED:
            deaths, killed = [], []
            continue
        deaths = [*deaths[1 - MOST_RESTARTS :], time.monotonic()]
        if code < 0:
            killed.append(deaths[-1])
        if service.fault:
            hung.append(deaths[-1])
        if len(deaths) == MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN_S:
            print(f"affetto: the service died {MOST_RESTARTS} times within {WITHIN_S:.0f} s; "
                  "see the messages above and `affetto doctor`", file=sys.stderr)  # fmt: skip
            return 1
        reason = "asked for a new process" if code == RESTART else f"was ended by {signal.Signals(-code).name}"
        line = f"the service {service.fault or reason}; starting it again"
        print(f"affetto: {line}", file=sys.stderr, flush=True)
        service.manager.tell(f"STATUS={line}")
        time.sleep(PAUSE_S)
    return 0


def _recent(times: list[float]) -> list[float]:
    return [at for at in times if time.monotonic() - at < WITHIN_S]


class _Manager:
    """The service manager that started this process, if one did: systemd."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every_s = int(os.environ.get("WATCHDOG_USEC") or 0) / 4e6
        self._due_at = 0.0
        self._socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)

    def tell(self, lines: str) -> None:
        if self._address and lines:
            try:  # noqa: SIM105 - contextlib would add to what this process holds
                self._socket.sendto(lines.encode(), self._address)
            except OSError:
                pass  # it is gone, or busy: nobody here waits for it

    def all_is_well(self) -> None:
        """Keep its watchdog quiet."""
        if self._every_s and time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._every_s
            self.tell("WATCHDOG=1")


class _Service:
    """The process that is waited for: hears what it says, and ends it when it hangs.

    SIGTERM and SIGINT go on to it; `stopping` says that one has come. `fault` says why the last one had to be ended.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.fault = ""
        self.most_looks = MOST_LOOKS
        self.manager = _Manager()
        self._pid = 0
        self._ready = self._progress = False
        self._ends_at = 0.0
        self._inbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
        self._inbox.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
        self._inbox.bind("")  # the kernel chooses an abstract name
        self.address = "@" + self._inbox.getsockname()[1:].decode()
        signal.signal(signal.SIGTERM, self._forward)
        signal.signal(signal.SIGINT, self._forward)

    def wait(self, pid: int) -> int:
        """Return the exit code of a process that has just been started, or minus the signal that ended it."""
        self._pid, self.fault, self._ready = pid, "", False
        self._ends_at = time.monotonic() + START_S
        if self.stopping:  # the signal came before we knew whom to tell
            self._forward(signal.SIGTERM, None)
        end = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(end, select.POLLIN)
        poll.register(self._inbox.fileno(), select.POLLIN)
        look_at, missed = time.monotonic() + LOOK_S, 0
        while end not in dict(poll.poll(max(0.0, look_at - time.monotonic()) * 1000)):
            self._listen()
            if time.monotonic() < look_at:
                continue
            missed = 0 if self._progress or not self._ready else missed + 1
            self._progress = False
            look_at = time.monotonic() + LOOK_S
            if self.fault:  # it has had its time to say where it hangs
                os.kill(pid, signal.SIGKILL)
            elif missed == 0:
                self.manager.all_is_well()
            if missed >= self.most_looks or (self._ends_at and time.monotonic() >= self._ends_at):
                self.fault = self.fault or "stood still and was ended"
                os.kill(pid, signal.SIGUSR1)
                look_at = time.monotonic() + TELL_S
        os.close(end)
        self._pid = 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _listen(self) -> None:
        """Take what the service says, pass on what concerns its manager, and note signs of progress."""
        while True:
            try:
                said, credentials, _, _ = self._inbox.recvmsg(4096, CMSG_SPACE(12))
            except BlockingIOError:
                return
            # anybody on this machine can send to an abstract name, but only the kernel writes the sender's process id
            if not credentials or int.from_bytes(credentials[0][2][:4], sys.byteorder) != self._pid:
                continue
            lines = said.decode(errors="replace").splitlines()
            self._progress = self._progress or "WATCHDOG=1" in lines
            if "READY=1" in lines:
                self._ready, self._ends_at = True, 0.0
            if "STOPPING=1" in lines:
                self._ready, self._ends_at = False, time.monotonic() + STOP_S
            # that one service ends concerns the manager only when no other follows
            mine = ["WATCHDOG=1"] if self.stopping else ["WATCHDOG=1", "STOPPING=1"]
            self.manager.tell("\n".join(line for line in lines if line not in mine))

    def _forward(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self._ends_at = time.monotonic() + STOP_S
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(keep_alive(sys.argv[1:]))
