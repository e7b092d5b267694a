"""The questions in front of the worker: those that wait, the one that is worked on, and those that were answered."""

from __future__ import annotations

import os
import threading
from collections import deque

from edge.explain.process.jobs import Job, Jobs, JobState, QueueFullError, UnavailableError

MOST_WAITING = 4
KEPT = 16
KEPT_BYTES = 8_000_000


class JobQueue:
    """For any thread. Its lock is held for a look, never while anybody waits.

    Attributes
    ----------
    jobs : Jobs
        All that can still be asked for.
    running : Job or None
        What the worker has.
    wake : int
        File descriptor of the event that something has changed.
    """

    def __init__(self) -> None:
        self.jobs = Jobs(KEPT, KEPT_BYTES)
        self.running: Job | None = None
        self.wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def check_room(self) -> None:
        """Raise `QueueFullError` when as many wait as may."""
        if len(self._waiting) >= MOST_WAITING:
            raise QueueFullError(f"{MOST_WAITING} explanations wait already; ask again when one of them is done")

    def put(self, job: Job) -> None:
        """Add a job; raises UnavailableError after `close`, QueueFullError when too many wait."""
        with self._lock:
            if self._closed:
                raise UnavailableError("Affetto ends")
            self.check_room()
            self.jobs.add(job)
            self._waiting.append(job)
        self.wake_up()

    def get(self, id: str) -> Job | None:
        with self._lock:
            return self.jobs.get(id)

    def cancel(self, job: Job) -> None:
        """End a job that waits; ask for the end of one that runs."""
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                job.end(JobState.CANCELLED)
            job.cancel_asked = True
        self.wake_up()

    # -- for whoever works on them

    def take(self) -> Job | None:
        """Return the next job, which runs from now on, or None."""
        with self._lock:
            self.running = self._waiting.popleft() if self._waiting else None
            return self.running

    def leave(self, note: str = "") -> None:
        """No job runs any more. One that is not over has failed, for which `note` is the reason."""
        with self._lock:
            job, self.running = self.running, None
        if job is not None and not job.now.state.is_over:
            job.end(JobState.FAILED, note)
        with self._lock:
            self.jobs.tidy()

    def fail_waiting(self, line: str) -> None:
        """Nobody who waits need wait any longer."""
        with self._lock:
            while self._waiting:
                self._waiting.popleft().end(JobState.FAILED, line)
            self.jobs.tidy()

    def wake_up(self) -> None:
        os.eventfd_write(self.wake, 1)

    def close(self) -> None:
        """Take no more."""
        with self._lock:
            self._closed = True
        self.wake_up()

    def cancel_all(self, note: str) -> None:
        """End what is not over."""
        with self._lock:
            for job in self.jobs:
                if not job.now.state.is_over:
                    job.end(JobState.CANCELLED, note)
