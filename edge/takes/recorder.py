"""The thread that writes takes: one recording at a time, or the last minutes from memory. The analysis never waits."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from edge.errors import AffettoError, ExplainError, TakesError
from edge.takes.library import Library
from edge.takes.recording import Recording, refused
from edge.takes.session import Session, of_the_take
from edge.takes.take import BusyError, FullError, Take, TakeState
from edge.takes.tap import Tap

log = logging.getLogger(__name__)

CLEAN_UP_S = 60.0
"""How often deleted takes are looked at when nothing is recorded."""

ANSWER_S = 10.0
IDLE_S = 2.0
LEAST_S = 0.5  # a shorter take is none


class Recorder:
    """Starts, writes and ends takes. Its methods wait for the disk, at most `ANSWER_S`; call them from any thread.

    Parameters
    ----------
    tap : Tap
    library : Library
    model : dict
        What the model says of itself; it is kept with each take.
    """

    def __init__(self, tap: Tap, library: Library, model: dict[str, Any]) -> None:
        self._tap, self._library, self._model = tap, library, model
        self._commands: queue.SimpleQueue[tuple[Callable[[], Take], Future[Take]]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._session: Session | None = None
        self._state, self._note = "starting", ""
        self._free_mb = 0.0
        self._look_at = 0.0
        self._thread = threading.Thread(target=self._run, name="takes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the recording that runs, and the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._commands.put((self._nothing, Future()))
            self._thread.join(ANSWER_S)

    # -- for those who ask, from any thread

    def record(self, name: str = "") -> Take:
        """Start a recording."""
        return self._ask(lambda: self._start(name))

    def stop(self) -> Take:
        """End the recording that runs, and return it as it is kept."""
        return self._ask(self._stop)

    def keep(self, seconds: float, name: str = "") -> Take:
        """Make a take of the newest `seconds` that are still in memory, at the rate of the analysis."""
        return self._ask(lambda: self._keep(seconds, name))

    def status(self) -> dict[str, Any]:
        """Return state (starting, ready, recording, full, failed), a note, and how far the recording is."""
        session = self._session
        begin_s, end_s = self._tap.history.span_s
        return {
            "state": "recording" if session else self._state,
            "note": self._note,
            "take": session.take.id if session else "",
            "recorded_s": round(session.seconds, 1) if session else 0.0,
            "lost_s": session.lost_s if session else 0.0,
            "in_memory_s": round(end_s - begin_s, 1),
            "free_mb": round(session.free_mb if session else self._free_mb),
        }

    def _ask(self, command: Callable[[], Take]) -> Take:
        if not self._thread.is_alive() or self._ending.is_set():
            raise BusyError("takes are not running; start Affetto")
        answer: Future[Take] = Future()
        self._commands.put((command, answer))
        try:
            return answer.result(ANSWER_S)
        except FutureTimeoutError:
            raise BusyError("the disk does not answer; look again in a while") from None

    # -- the thread

    def _run(self) -> None:
        try:
            self._library.open()
            self._state = "ready"
        except AffettoError as error:
            self._trouble("failed", str(error))
        while not self._ending.is_set():
            idle = not self._answer(0.0 if self._session else IDLE_S)
            if self._session is not None:
                self._advance(self._session)
            elif idle:
                # not at once after trouble: somebody must be able to read of it
                self._look()
        if self._session is not None:
            self._stop()

    def _answer(self, wait_s: float) -> bool:
        """Do what is asked, if anything is within some seconds; return whether something was."""
        try:
            command, answer = self._commands.get(timeout=wait_s) if wait_s else self._commands.get_nowait()
        except queue.Empty:
            return False
        try:
            answer.set_result(command())
        except Exception as error:
            if not isinstance(error, AffettoError):
                log.exception("a take could not be made")
                error = TakesError("something went wrong inside; the log says what")
            elif isinstance(error, FullError):
                self._trouble("full", str(error))
            elif not isinstance(error, BusyError):
                self._trouble("failed", str(error))
            answer.set_exception(error)
        return True

    def _start(self, name: str) -> Take:
        if self._session is not None:
            raise BusyError("a take is being recorded already; stop it first")
        rate_hz = self._tap.rate_hz
        if rate_hz == 0:
            raise BusyError("there is no sound yet; look at the input")
        self._library.make_room()
        take = self._library.new("recorded", TakeState.RECORDING, name, rate_hz=rate_hz, model=self._model)
        try:
            self._session = Session(take, self._tap, self._library)
        except TakesError:
            self._library.discard(take.id)
            raise
        self._state, self._note = "ready", ""
        return take

    def _advance(self, session: Session) -> None:
        """Write what has come; end the recording when it must."""
        try:
            session.advance()
        except FullError as error:
            self._trouble("full", str(error))
            self._end(session, str(error))
        except TakesError as error:
            self._trouble("failed", str(error))
            self._end(session, str(error), broken=True)
        else:
            if session.ended:
                self._end(session, session.ended)

    def _stop(self) -> Take:
        session = self._session
        if session is None:
            raise BusyError("nothing is being recorded")
        self._tap.detach()
        try:
            session.write()
        except TakesError as error:
            self._trouble("failed", str(error))
            return self._end(session, str(error), broken=True)
        return self._end(session, "")

    def _end(self, session: Session, note: str, *, broken: bool = False) -> Take:
        take = session.take
        try:
            take = session.end(self._model, note, broken=broken)
        except (TakesError, OSError) as error:
            log.warning("take %d (%s) is not finished: %s", take.number, take.id, error)
            self._trouble("failed", str(error if isinstance(error, TakesError) else refused(error)))
        self._session, self._free_mb = None, session.free_mb
        return take

    def _keep(self, seconds: float, name: str) -> Take:
        try:
            sound, begin_s, end_s = self._tap.history.recent(seconds)
        except ExplainError as error:
            raise BusyError(str(error)) from None
        if end_s - begin_s < LEAST_S:
            raise BusyError("nothing has been heard yet; play, and ask again")
        self._library.make_room((end_s - begin_s) / 60)
        steps = of_the_take(self._tap.steps_between(begin_s, end_s), begin_s)
        rate_hz = self._tap.history.rate_hz
        take = self._library.new("kept", TakeState.RECORDING, name, rate_hz=rate_hz, model=self._model)
        recording = None
        try:
            recording = Recording(self._library.folder_of(take), rate_hz)
            recording.write(sound)
            recording.write_steps(steps)
            recording.finish()
        except TakesError:
            if recording is not None:
                recording.abandon()
            self._library.discard(take.id)
            raise
        self._state, self._note = "ready", ""
        return self._library.finish(take.id, self._model)

    def _look(self) -> None:
        """Tell how much room is left, and whether there is again."""
        try:
            self._free_mb = self._library.free_mb()
            if time.monotonic() >= self._look_at:
                self._look_at = time.monotonic() + CLEAN_UP_S
                self._library.clean_up()
            if self._state in ("full", "failed"):
                self._library.make_room()
                self._library.finish_cut()
                self._state, self._note = "ready", ""
        except (OSError, TakesError):
            pass

    def _trouble(self, state: str, line: str) -> None:
        log.warning("takes: %s", line)
        self._state, self._note = state, line

    def _nothing(self) -> Take:
        raise BusyError("Affetto ends")
