"""Explanations as the service offers them: a short queue in front of a process that may die without harm."""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edge.config import Explain
from edge.errors import ExplainError
from edge.explain.needs import what_is_missing
from edge.explain.process.attend import attend
from edge.explain.process.jobs import Job, Jobs, JobState, QueueFullError, UnavailableError
from edge.explain.process.link import Link, WorkerDiedError
from edge.explain.process.worker_unit import start_worker
from edge.explain.request import Request

if TYPE_CHECKING:
    from edge.history import Excerpt, History

log = logging.getLogger(__name__)

MOST_WAITING = 4
KEPT = 16
KEPT_BYTES = 8_000_000

START_S = 120.0  # an idle-priority process on a busy small board may take long
FIRST_BACK_OFF_S = 0.5
LAST_BACK_OFF_S = 30.0
LOOK_S = 0.25


class Explainer:
    """Answers questions about the history by a worker process. No call waits for that process.

    Parameters
    ----------
    history : History or None
        Read from the thread that asks; the analysis thread that writes it waits for nobody. What was told is known from
        it even where `why_off` has something to say.
    settings : Explain
    model_file : str
        "" for the model that comes with Affetto.
    explain : str
        "module:function" of what runs in the worker.
    """

    def __init__(
        self,
        history: History | None,
        settings: Explain,
        model_file: str = "",
        explain: str = "edge.explain.explainer:explain",
    ) -> None:
        self.settings = settings
        self._history = history
        self._start_worker = functools.partial(start_worker, model_file, settings.memory_mb, explain)
        self._lock = threading.Lock()  # held for a look at the queue, never while anybody waits
        self._waiting: deque[Job] = deque()
        self._jobs = Jobs(KEPT, KEPT_BYTES)
        self._running: Job | None = None
        self._over: Counter[str] = Counter()
        self._worker: Link | None = None
        self._said = ""
        self._state, self._note = "off", why_off(settings)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="explanations", daemon=True)

    # -- for those who ask, from any thread

    def start(self) -> None:
        """Start the worker as soon as sound was heard, so that nothing of the service's start waits for it."""
        if self._history is None or self._note:
            return
        self._state = "starting"
        self._thread.start()

    def close(self) -> None:
        """Cancel everything and end the worker."""
        self._ending.set()
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.kill()
        self._wake_up()
        if self._thread.is_alive():
            self._thread.join(3.0)
        with self._lock:
            for job in self._jobs:
                if not job.now.state.is_over:
                    job.end(JobState.CANCELLED, "Affetto ends")
        self._state = "off"

    def status(self) -> dict[str, Any]:
        """Return what the page shows of it.

        That is its state, a note for the person, how many jobs wait and how many ended how, the worker's memory, and
        from when to when, in seconds of the recording, there is sound to explain.
        """
        worker, state = self._worker, self._state
        if state == "ready" and self._running is not None:
            state = "busy"
        return {
            "state": state,
            "note": self._note,
            "waiting": len(self._waiting),
            "over": dict(self._over),
            "resident_mb": round(worker.resident_mb, 1) if worker is not None else 0.0,
            "keep_s": self.settings.keep_s,
            "span_s": [round(t, 3) for t in self._history.span_s] if self._history is not None else None,
        }

    def told(self, every_s: float) -> tuple[float, str]:
        """Return what was told in the time that can be explained; see `History.told`."""
        return self._history.told(every_s) if self._history is not None else (0.0, "")

    def way(self, steps: int) -> list[tuple[float, float]]:
        """Return the way through valence and arousal of the newest steps; see `History.way`."""
        return self._history.way(steps) if self._history is not None else []

    def ask(
        self,
        request: Request,
        time_s: float | None = None,
        on_end: Callable[[Job], None] | None = None,
        excerpt: Excerpt | None = None,
    ) -> Job:
        """Queue a question about a moment, in seconds of the recording; None is now. Or about an excerpt of another.

        `on_end` is called when the job is over, from another thread, which it must not hold up.

        Raises
        ------
        UnavailableError
            Nobody explains here.
        QueueFullError
            Too many wait already.
        ExplainError
            There is no sound at that moment.
        """
        if self._history is None or self._state in ("off", "failed"):
            raise UnavailableError(self._note or "explanations are not running; start Affetto")
        if len(self._waiting) >= MOST_WAITING:  # before the sound is copied; looked at again below
            raise self._full()
        if excerpt is None:
            oldest_s, newest_s = self._history.span_s
            if newest_s <= oldest_s:
                raise ExplainError("nothing has been heard yet; play, and ask again")
            excerpt = self._history.excerpt(newest_s if time_s is None else time_s)
        job = Job(request, excerpt, functools.partial(self._count, on_end))
        with self._lock:
            if self._ending.is_set():
                raise UnavailableError("Affetto ends")
            if len(self._waiting) >= MOST_WAITING:
                raise self._full()
            self._jobs.add(job)
            self._waiting.append(job)
        self._wake_up()
        return job

    def get(self, id: str) -> Job | None:
        with self._lock:
            return self._jobs.get(id)

    def cancel(self, job: Job) -> None:
        """End a job: at once while it waits, soon while it runs; nothing happens to one that is over."""
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                job.end(JobState.CANCELLED)
            job.cancel_asked = True
        self._wake_up()

    def _count(self, on_end: Callable[[Job], None] | None, job: Job) -> None:
        self._over[str(job.now.state)] += 1
        if on_end is not None:
            on_end(job)

    # -- the thread

    def _run(self) -> None:
        if not self._wait_for_sound():
            return
        back_off_s = FIRST_BACK_OFF_S
        while not self._ending.is_set():
            started_at = time.monotonic()
            try:
                worker = self._start_worker()
            except OSError as error:
                self._trouble(f"the process that explains cannot be started ({error.strerror or error})")
            else:
                with self._lock:
                    self._worker = worker
                try:
                    if self._get_ready(worker):
                        self._serve(worker)
                except WorkerDiedError as error:
                    self._died(str(error))
                except Exception:
                    log.exception("a job made the service's side of explanations fail")
                    self._died("said something unforeseen and was ended")
                finally:
                    with self._lock:
                        self._worker = None
                    worker.close()
            if time.monotonic() - started_at > LAST_BACK_OFF_S:
                back_off_s = FIRST_BACK_OFF_S
            self._ending.wait(back_off_s)
            back_off_s = min(2 * back_off_s, LAST_BACK_OFF_S)

    def _wait_for_sound(self) -> bool:
        assert self._history is not None
        while self._history.span_s[1] == self._history.span_s[0]:
            if self._ending.wait(LOOK_S):
                return False
        return not self._ending.is_set()

    def _get_ready(self, worker: Link) -> bool:
        """Wait until the worker has imported everything; False when it cannot serve."""
        until = time.monotonic() + START_S
        while not self._ending.is_set() and (left := until - time.monotonic()) > 0:
            match worker.receive(left, self._wake):
                case ("ready",):
                    if worker.note and worker.note != self._said:
                        log.warning("%s", worker.note)
                    self._said = worker.note
                    self._state, self._note = "ready", worker.note
                    return True
                case ("unable", line):
                    self._trouble(f"the process that explains cannot work: {line}")
                    return False
        if not self._ending.is_set():
            self._trouble(f"the process that explains was not ready within {START_S:.0f} s")
        return False

    def _serve(self, worker: Link) -> None:
        while not self._ending.is_set():
            with self._lock:
                self._running = self._waiting.popleft() if self._waiting else None
            if self._running is None:
                worker.receive(None, self._wake)
                continue
            attend(self._running, worker, self.settings.deadline_s, self._wake)
            with self._lock:
                self._running = None
                self._jobs.tidy()

    def _died(self, how: str) -> None:
        """Say that the worker is gone, to the person who reads the log and to the job that it leaves."""
        if self._ending.is_set():
            return
        with self._lock:
            job, self._running = self._running, None
        self._state, self._note = "starting", f"the process that explains {how}; a new one is being started"
        log.warning("%s", self._note)
        if job is not None and not job.now.state.is_over:
            job.end(JobState.FAILED, f"the process that explains {how}; ask again")
        with self._lock:
            self._jobs.tidy()

    def _trouble(self, line: str) -> None:
        """Say that no worker can be had; who waits for it need not wait any longer."""
        if line != self._note:
            log.warning("%s", line)
        self._state, self._note = "failed", line
        with self._lock:
            while self._waiting:
                self._waiting.popleft().end(JobState.FAILED, line)
            self._jobs.tidy()

    def _full(self) -> QueueFullError:
        return QueueFullError(f"{MOST_WAITING} explanations wait already; ask again when one of them is done")

    def _wake_up(self) -> None:
        os.eventfd_write(self._wake, 1)


def why_off(settings: Explain) -> str:
    """Say in one line why nothing can be explained here, without importing what is heavy; "" when it can."""
    if not settings.enabled:
        return "explanations are switched off; set explain.enabled = true"
    return what_is_missing()
