"""Pairing: who enters the sequence of colours that the guitar shows stands before it, and is made its owner.

A sequence is shown by the lights for whoever asks on the page, or printed by `affetto pair` for whoever may use the
console. How hopeless guessing is: eight of four colours are 65,536 sequences. Those of the lights take 3 answers each,
and after n of them were answered wrong the next is shown 15 s · 2^(n-1) later, at most a day. So a day of guessing, in
which the lights blink all the time, allows 39 answers and succeeds with 0.06 %. A printed one takes 20 answers within
5 minutes, 0.03 %. Waiting can be ended by `affetto pair`, or by switching the guitar off and on.
"""

from __future__ import annotations

import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from edge.errors import OwnerError
from edge.owner.access import Access
from edge.owner.state import ConsoleCode, State, StateFile

SYMBOLS = ("red", "yellow", "green", "blue")
LENGTH = 8

SHOWN_S = 120.0
SHOWN_TRIES = 3
FIRST_WAIT_S = 15.0
MOST_WAIT_S = 86400.0

PRINTED_S = 300.0
PRINTED_TRIES = 20


class PairingError(OwnerError):
    """A device is not paired.

    Attributes
    ----------
    status : int
        The HTTP status that fits.
    wait_s : float
        Seconds after which trying again may help; 0 where only something else helps.
    """

    def __init__(self, line: str, status: int, wait_s: float = 0.0) -> None:
        super().__init__(line)
        self.status = status
        self.wait_s = wait_s


class Lights(Protocol):
    """What can show a sequence."""

    def ready(self) -> bool:
        """Tell whether there are lights, and they work."""

    def show(self, symbols: tuple[str, ...], for_s: float) -> None:
        """Show a sequence again and again instead of anything else; `for_s` 0 ends that."""


class NoLights:
    """What a guitar without lights has instead."""

    def ready(self) -> bool:
        return False

    def show(self, symbols: tuple[str, ...], for_s: float) -> None:
        pass


@dataclass
class _Shown:
    """The sequence that the lights show; only who has the `id` may answer, so that nobody spoils another's pairing."""

    id: str
    symbols: tuple[str, ...]
    until_s: float
    tries: int = SHOWN_TRIES


class Pairing:
    """Makes devices the owner's. One sequence at a time is shown.

    Parameters
    ----------
    access
        Where a device is remembered.
    lights
        What shows a sequence.
    clock
        Monotonic clock in seconds.
    """

    def __init__(
        self, access: Access, lights: Lights | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._access = access
        self._lights = lights or NoLights()
        self._clock = clock
        self._changing = threading.Lock()
        self._shown: _Shown | None = None
        self._wrong = 0
        self._wait_until_s = -math.inf

    @property
    def can_show(self) -> bool:
        """Whether there are lights to show a sequence."""
        return self._lights.ready()

    def begin(self) -> str:
        """Let the lights show a sequence; return the id to answer it with.

        Raises
        ------
        PairingError
            There are no lights, another device is being paired, or too many answers were wrong.
        """
        with self._changing:
            if not self._lights.ready():
                raise PairingError("there are no lights to show a code; type `affetto pair` on the guitar", 409)
            now = self._clock()
            if self._shown is not None and now < self._shown.until_s:
                wait_s = self._shown.until_s - now
                raise PairingError(f"another device is being paired; try again in {wait_s:.0f} s", 409, wait_s)
            if (wait_s := self._wait_until_s - now) > 0:
                raise PairingError(f"too many wrong codes; try again in {_in_words(wait_s)}", 429, wait_s)
            self._shown = _Shown(secrets.token_urlsafe(16), _drawn(), now + SHOWN_S)
            self._lights.show(self._shown.symbols, SHOWN_S)
            return self._shown.id

    def cancel(self, id: str) -> None:
        """End what `begin` began; nothing happens if that is over."""
        with self._changing:
            if self._shown is not None and hmac.compare_digest(self._shown.id.encode(), id.encode()):
                self._end()

    def answer(self, symbols: tuple[str, ...], id: str, name: str) -> str:
        """Pair a device named `name`, and return its token, if these are the symbols shown for `id`, or printed.

        Raises
        ------
        PairingError
            They are not.
        OwnerError
            They are, but this cannot be remembered.
        """
        with self._changing:
            shown = self._shown
            if shown is not None and self._clock() >= shown.until_s:
                self._end()
                shown = None
            if shown is not None and not hmac.compare_digest(shown.id.encode(), id.encode()):
                shown = None
            right = shown is not None and _equal(symbols, shown.symbols)
            printed = self._is_printed(symbols)
            if right or printed:
                token = self._access.pair(name)
                if shown is not None:
                    self._end()
                self._wrong, self._wait_until_s = 0, -math.inf
                return token
            if shown is not None:
                return self._answered_wrong(shown)
            if printed is None:
                raise PairingError("no code is good now; ask for a new one, or type `affetto pair`", 409)
            raise PairingError("this is not the code; look again", 403)

    def _answered_wrong(self, shown: _Shown) -> str:
        self._wrong += 1
        shown.tries -= 1
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(-(-self._wrong // SHOWN_TRIES) - 1, 20), MOST_WAIT_S)
        self._wait_until_s = self._clock() + wait_s
        if shown.tries > 0:
            raise PairingError(f"this is not the code; tries left: {shown.tries}", 403)
        self._end()
        raise PairingError(f"this is not the code; a new one can be had in {_in_words(wait_s)}", 403, wait_s)

    def _end(self) -> None:
        self._shown = None
        self._lights.show((), 0.0)

    def _is_printed(self, symbols: tuple[str, ...]) -> bool | None:
        """Tell whether this is what the console shows, which is good once; None while it shows nothing."""
        code = self._access.file.read().code
        if code is None or not _is_good(code):
            return None

        def use(state: State) -> tuple[State, bool | None]:
            code = state.code
            if code is None or not _is_good(code):
                return state, None
            right = _equal(symbols, code.symbols)
            left = None if right or code.tries <= 1 else msgspec.structs.replace(code, tries=code.tries - 1)
            return msgspec.structs.replace(state, code=left), right

        return self._access.file.change(use)


def print_code(file: StateFile) -> tuple[str, ...]:
    """Return a sequence that the service which uses the same file takes for `PRINTED_S`; raises OwnerError."""
    code = ConsoleCode(_drawn(), _boot(), _since_boot_s() + PRINTED_S, PRINTED_TRIES)
    file.change(lambda state: (msgspec.structs.replace(state, code=code), None))
    return code.symbols


def _drawn() -> tuple[str, ...]:
    return tuple(secrets.choice(SYMBOLS) for _ in range(LENGTH))


def _equal(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return hmac.compare_digest(" ".join(given).encode(), " ".join(wanted).encode())


def _is_good(code: ConsoleCode) -> bool:
    return code.boot == _boot() and _since_boot_s() < code.until_s


def _boot() -> str:
    """Return what is different each time the machine is switched on."""
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _since_boot_s() -> float:
    # unlike the time of day, it does not jump when a board without a clock finds out what time it is
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} minutes" if seconds < 5400 else f"{math.ceil(seconds / 3600)} hours"
