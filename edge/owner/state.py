"""What is remembered of paired phones and of stage mode: one small file, shared by the service and the command line.

It is no setting and is not backed up with them. It lies in the folder of `state_folder`, which only its user may read.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from edge.config_file import write_atomically
from edge.errors import OwnerError

log = logging.getLogger(__name__)

T = TypeVar("T")

FILE = "owner.json"


class Device(Struct, frozen=True):
    """A phone or a computer that was paired. Days are written as 2026-05-17."""

    id: str
    name: str
    token_hash: str
    paired_on: str
    seen_on: str


class ConsoleCode(Struct, frozen=True):
    """A code that `affetto pair` has printed; `until_s` is on the system's clock since it was switched on (`boot`)."""

    symbols: tuple[str, ...]
    boot: str
    until_s: float
    tries: int


class State(Struct, frozen=True, omit_defaults=True):
    """The content of the file. Immutable: a change makes a new one."""

    devices: tuple[Device, ...] = ()
    stage: bool = False
    code: ConsoleCode | None = None


def state_folder() -> Path:
    """Return affetto in the user's folder for state: $XDG_STATE_HOME, or ~/.local/state."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "affetto"


class StateFile:
    """The file, read again whenever another process has changed it.

    Parameters
    ----------
    folder
        Where it lies; None keeps the state in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._changing = threading.Lock()
        self._state = State()
        self._seen: tuple[int, int, int] | None = None
        self._served = -1

    def read(self) -> State:
        """Return what holds now. A damaged file counts as none: nobody is paired then."""
        if self.folder is None:
            return self._state
        path = self.folder / FILE
        try:
            found = path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen:
                self._state, self._seen = msgspec.json.decode(path.read_bytes(), type=State), seen
        except FileNotFoundError:
            self._state, self._seen = State(), None
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("%s: cannot be read (%s); no phone is paired, pair again", path, error)
            self._state, self._seen = State(), None
        return self._state

    def change(self, change: Callable[[State], tuple[State, T]]) -> T:
        """Write the new state that `change` makes of the present one, and return what else it returns.

        Raises
        ------
        OwnerError
            The folder or the disk refuses; nothing has changed then.
        """
        with self._changing:
            if self.folder is None:
                self._state, answer = change(self._state)
                return answer
            try:
                with self._alone(self.folder):
                    before = self.read()
                    after, answer = change(before)
                    if after != before:
                        self._write(self.folder / FILE, after)
            except OSError as error:
                raise OwnerError(
                    f"{self.folder}: cannot be written ({error.strerror or error}); check that the disk is not full "
                    "and the folder yours"
                ) from None
            return answer

    def serve(self) -> None:
        """Let `is_served` tell other processes, until `leave` or the end of this one, that a service uses the file."""
        if self.folder is None:
            return
        try:
            self._served = _opened(self.folder, "service.lock")
            fcntl.flock(self._served, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise OwnerError(f"{self.folder}: {error.strerror or error}; no device can be paired") from None

    def leave(self) -> None:
        """End what `serve` began. May be called again."""
        served, self._served = self._served, -1
        if served >= 0:
            os.close(served)

    def is_served(self) -> bool:
        """Tell whether a service that runs uses the file."""
        try:
            lock = _opened(self.folder or Path(), "service.lock")
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    @contextlib.contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        lock = _opened(folder, f"{FILE}.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, path: Path, state: State) -> None:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(state), indent=1).decode())
        if os.geteuid() == 0:  # root, asked for help, must not lock out the user whose folder this is
            owner = path.parent.stat()
            for file in (path, path.with_name(f"{FILE}.lock")):
                os.chown(file, owner.st_uid, owner.st_gid)


def _opened(folder: Path, name: str) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
