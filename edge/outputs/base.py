"""What every output has in common: a thread of its own, a pace, back-off, and the rule that no old value looks live."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from edge.errors import AffettoError
from edge.mailbox import Broadcast, Mailbox
from edge.outputs.sent import Sent
from edge.types import NOTHING_HEARD, OutputStatus, Prediction, TrustState

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.25
LAST_RETRY_S = 2.0
JOIN_LIMIT_S = 5.0

OnExplain = Callable[[Callable[[str, str], None]], str]
"""Asks for an explanation of the newest playing, must not take long, and returns a line to answer with at once. What it
is given, it calls later from any thread: with the sentence that explains, or with "" and why there is none."""

NOTHING_YET = NOTHING_HEARD.outdated()
"""What an output shows before the first prediction has come."""


class Output(ABC):
    """Carries predictions to one kind of receiver, in a thread of its own.

    A subclass overrides `_open`, `_send` and `_close`, and where it needs them `_refresh` and `_trouble`. All of them
    run in the output's thread only. Whatever they raise, the thread goes on: it closes, waits 0.25 s, then twice as
    long each time up to 2 s, and opens again. So what has come back works within three seconds.

    Parameters
    ----------
    name : str
        What a person calls it, such as "OSC".
    predictions : Broadcast of Prediction
    rate_hz : float
        Most values a second that are sent. Between two of them the newest wins.
    refresh_s : float
        When nothing was sent for so long, `_refresh` is called.
    clock : callable
        Monotonic clock in seconds.
    """

    def __init__(
        self,
        name: str,
        predictions: Broadcast[Prediction],
        *,
        rate_hz: float,
        refresh_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.outgoing: Sent | None = None
        """What is sent, for those who look; None where that cannot be said in words."""
        self._predictions = predictions
        self._interval_s = 1.0 / rate_hz
        self._refresh_s = refresh_s
        self._clock = clock
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._mailbox: Mailbox[Prediction] | None = None
        self._newest = NOTHING_YET
        self._stale_at = -float("inf")
        self._unsent = False
        self._retry_s = FIRST_RETRY_S
        self._state = "off"
        self._note = ""
        self._sent = self._errors = 0

    # -- for those who use it

    def start(self) -> None:
        """Subscribe and begin; opening happens in the thread, so this never waits for a device.

        Raises
        ------
        RuntimeError
            It was started before: an output serves once.
        """
        with self._starting:
            if self._thread is not None or self._stopping.is_set():
                raise RuntimeError(f"{self.name}: was started before; make a new one")
            self._mailbox = self._predictions.subscribe()
            self._state, self._note = "retrying", "opening"
            self._thread = threading.Thread(target=self._run, args=(self._mailbox,), name=self.name, daemon=True)
            self._thread.start()

    def status(self) -> OutputStatus:
        """Say how it is doing; from any thread."""
        state, note = self._state, self._note
        if state == "ok" and (trouble := self._trouble()):
            state, note = "retrying", trouble
        return OutputStatus(self.name, state, note, self._sent, self._errors)

    def take_over(self, other: Output) -> None:  # noqa: B027 - most outputs have nothing to take over
        """Keep what has come up while `other` ran, with other settings, in the place of this one; before `start`."""

    def close(self) -> None:
        """Stop and leave the receiver tidy. Waits at most 5 s for a driver that hangs. May be called twice."""
        with self._starting:
            self._stopping.set()
            if self._thread is None or self._mailbox is None:
                return
            self._predictions.unsubscribe(self._mailbox)
        self._thread.join(JOIN_LIMIT_S)
        if self._thread.is_alive():
            self._note = f"does not stop within {JOIN_LIMIT_S:g} s; left behind"
            log.warning("%s: %s", self.name, self._note)

    # -- for subclasses

    @abstractmethod
    def _open(self) -> None:
        """Reach the receiver, or raise OutputError or OSError."""

    @abstractmethod
    def _send(self, prediction: Prediction) -> None:
        """Carry a new value, or the last one when its state has become stale."""

    @abstractmethod
    def _close(self) -> None:
        """Leave the receiver dark and silent. Also called after `_open` failed half-way."""

    def _refresh(self, prediction: Prediction) -> None:  # noqa: B027 - most outputs have nothing to repeat
        """Do what is due when no new value came for a while; `prediction` is the last one."""

    def _trouble(self) -> str:
        """Return one line when part of it does not work though the rest does; else ""."""
        return ""

    # -- the thread

    def _run(self, mailbox: Mailbox[Prediction]) -> None:
        while not self._stopping.is_set():
            try:
                self._open()
                self._state, self._note = "ok", ""
                self._follow(mailbox)
            except Exception as error:
                self._failed(error)
            finally:
                self._close_quietly()
            self._wait_for_retry(mailbox)
        self._state, self._note = "off", ""

    def _follow(self, mailbox: Mailbox[Prediction]) -> None:
        acted_at = -float("inf")
        shown_state: TrustState | None = None
        self._unsent = True
        while not self._stopping.is_set():
            self._receive(mailbox, 0.0)  # a slow driver must not make a value look old that waits here already
            now = self._clock()
            prediction = self._trusted(now)
            # what the receiver still shows has just become old: that cannot wait for a slow pace
            aged = now >= self._stale_at and prediction.state is not shown_state
            if aged or (self._unsent and now >= acted_at + self._interval_s):
                self._unsent = False
                self._send(prediction)
                self._sent += 1
            elif now >= acted_at + self._refresh_s:
                self._refresh(prediction)
            else:
                self._receive(mailbox, self._next_deadline(now, acted_at) - now)
                continue
            shown_state, acted_at, self._retry_s = prediction.state, now, FIRST_RETRY_S

    def _next_deadline(self, now: float, acted_at: float) -> float:
        deadlines = [acted_at + (self._interval_s if self._unsent else self._refresh_s)]
        if now < self._stale_at:
            deadlines.append(self._stale_at)
        return min(deadlines)

    def _receive(self, mailbox: Mailbox[Prediction], timeout_s: float) -> None:
        """Wait for a value, and note from when on it is old: it ages even while the receiver is away."""
        prediction = mailbox.take(max(0.0, timeout_s))
        if prediction is not None:
            self._newest, self._stale_at, self._unsent = prediction, prediction.stale_at(self._clock()), True

    def _trusted(self, now: float) -> Prediction:
        return self._newest if now < self._stale_at else self._newest.outdated()

    def _wait_for_retry(self, mailbox: Mailbox[Prediction]) -> None:
        until = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._receive(mailbox, left)

    def _failed(self, error: Exception) -> None:
        line = one_line(error)
        self._errors += 1
        if line != self._note:
            log.warning("%s: %s", self.name, line)
            log.debug("%s: details", self.name, exc_info=error)
        self._state, self._note = "retrying", line

    def _close_quietly(self) -> None:
        try:
            self._close()
        except Exception as error:
            log.debug("%s: while closing: %s", self.name, one_line(error))


def one_line(error: BaseException) -> str:
    """Return what an error says, as one line."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif isinstance(error, AffettoError | OSError) and str(error):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return " ".join(text.split())
