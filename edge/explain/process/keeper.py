"""The thread that keeps a worker, starts another when that one dies, and gives it one job after the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from edge.explain.process.attend import attend
from edge.explain.process.job_queue import JobQueue
from edge.explain.process.link import Link, WorkerDiedError

log = logging.getLogger(__name__)

START_S = 120.0  # an idle-priority process on a busy small board may take long
FIRST_BACK_OFF_S = 0.5
LAST_BACK_OFF_S = 30.0
LOOK_S = 0.25


class Keeper:
    """Works on a queue.

    Parameters
    ----------
    queue : JobQueue
    start_worker : callable
        Returns a new worker, or raises OSError.
    deadline_s : float
        What a job may take.
    has_sound : callable
        Whether there is anything to explain. No worker is started before, so that nothing of the service's start waits
        for it.

    Attributes
    ----------
    state : str
        "off", "starting", "ready" or "failed".
    note : str
        One line for the person, or "".
    worker : Link or None
    """

    def __init__(
        self, queue: JobQueue, start_worker: Callable[[], Link], deadline_s: float, has_sound: Callable[[], bool]
    ) -> None:
        self.state, self.note = "off", ""
        self.worker: Link | None = None
        self._queue = queue
        self._start_worker = start_worker
        self._deadline_s = deadline_s
        self._has_sound = has_sound
        self._warned = ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="explanations", daemon=True)

    def start(self) -> None:
        self.state = "starting"
        self._thread.start()

    def close(self) -> None:
        """End the worker and the thread."""
        self._ending.set()
        if (worker := self.worker) is not None:
            worker.kill()
        self._queue.wake_up()
        if self._thread.is_alive():
            self._thread.join(3.0)
        self.state = "off"

    def _run(self) -> None:
        if not self._wait_for_sound():
            return
        back_off_s = FIRST_BACK_OFF_S
        while not self._ending.is_set():
            started_at = time.monotonic()
            try:
                worker = self.worker = self._start_worker()
            except OSError as error:
                self._trouble(f"the process that explains cannot be started ({error.strerror or error})")
            else:
                try:
                    if self._get_ready(worker):
                        self._serve(worker)
                except WorkerDiedError as error:
                    self._died(str(error))
                except Exception:
                    log.exception("a job made the service's side of explanations fail")
                    self._died("said something unforeseen and was ended")
                finally:
                    self.worker = None
                    worker.close()
            if time.monotonic() - started_at > LAST_BACK_OFF_S:
                back_off_s = FIRST_BACK_OFF_S
            self._ending.wait(back_off_s)
            back_off_s = min(2 * back_off_s, LAST_BACK_OFF_S)

    def _wait_for_sound(self) -> bool:
        while not self._has_sound():
            if self._ending.wait(LOOK_S):
                return False
        return not self._ending.is_set()

    def _get_ready(self, worker: Link) -> bool:
        """Wait until the worker has imported everything; False when it cannot serve."""
        until = time.monotonic() + START_S
        while not self._ending.is_set() and (left := until - time.monotonic()) > 0:
            match worker.receive(left, self._queue.wake):
                case ("ready",):
                    if worker.note and worker.note != self._warned:
                        log.warning("%s", worker.note)
                    self._warned = worker.note
                    self.state, self.note = "ready", worker.note
                    return True
                case ("unable", line):
                    self._trouble(f"the process that explains cannot work: {line}")
                    return False
        if not self._ending.is_set():
            self._trouble(f"the process that explains was not ready within {START_S:.0f} s")
        return False

    def _serve(self, worker: Link) -> None:
        while not self._ending.is_set():
            job = self._queue.take()
            if job is None:
                worker.receive(None, self._queue.wake)
                continue
            attend(job, worker, self._deadline_s, self._queue.wake)
            self._queue.leave()

    def _died(self, how: str) -> None:
        """Say that the worker is gone, to the person who reads the log and to the job that it leaves."""
        if self._ending.is_set():
            return
        self.state, self.note = "starting", f"the process that explains {how}; a new one is being started"
        log.warning("%s", self.note)
        self._queue.leave(f"the process that explains {how}; ask again")

    def _trouble(self, line: str) -> None:
        """Say that no worker can be had; who waits for it need not wait any longer."""
        if line != self.note:
            log.warning("%s", line)
        self.state, self.note = "failed", line
        self._queue.fail_waiting(line)
