"""One job's time with the worker: hand it over, pass on what comes back, and see to it that it ends."""

from __future__ import annotations

import threading
import time
from typing import Any

from edge.explain.process.jobs import Job, JobState, Progress
from edge.explain.process.link import Link, WorkerDiedError

STOP_S = 2.0
"""A job that was told to stop and does not is ended with its process."""


def attend(job: Job, worker: Link, deadline_s: float, wake: int) -> None:
    """Return when the job is over: done, failed, cancelled, or out of time.

    Parameters
    ----------
    job : Job
    worker : Link
        One that is ready.
    deadline_s : float
    wake : int
        File descriptor of the event that tells of a change to `job.cancel_asked`.

    Raises
    ------
    WorkerDiedError
        The worker is gone, or had to be ended since it did not stop.
    """
    job.news.publish(Progress(JobState.RUNNING))
    deadline_at = time.monotonic() + deadline_s
    stopped_at = None
    # the last resort also where this thread itself is held up by a worker that does not read on
    guard = threading.Timer(deadline_s + 2 * STOP_S, worker.kill)
    guard.daemon = True
    guard.start()
    try:
        worker.send("explain", job.id, job.excerpt, job.request)
        job.excerpt = None
        while not job.now.state.is_over:
            now = time.monotonic()
            if stopped_at is None and (job.cancel_asked or now >= deadline_at):
                stopped_at = now
                worker.send("cancel", job.id)
            elif stopped_at is not None and now >= stopped_at + STOP_S:
                worker.kill()
                # nobody waits for the end of a process that only runs while nothing else does
                raise WorkerDiedError("was killed")
            until = deadline_at if stopped_at is None else stopped_at + STOP_S
            message = worker.receive(max(0.0, until - now), wake)
            if message is not None:
                _take(job, message, deadline_s)
    except WorkerDiedError:
        if stopped_at is None:
            raise
        # it was to stop, and so it has
        _stopped(job, deadline_s)
        raise WorkerDiedError("did not stop in time and was ended") from None
    finally:
        guard.cancel()


def _take(job: Job, message: tuple[Any, ...], deadline_s: float) -> None:
    match message:
        case ("picture", _, picture):
            job.picture = picture
        case ("explanation", _, fraction, explanation):
            job.news.publish(Progress(JobState.RUNNING, fraction, explanation))
        case ("done", _, explanation, sounds):
            job.sounds = sounds
            job.news.publish(Progress(JobState.RUNNING, 1.0, explanation))
            job.end(JobState.DONE)
        case ("failed", _, line):
            job.end(JobState.FAILED, line)
        case ("spent", _, line):
            job.end(JobState.FAILED, line)
            raise WorkerDiedError("ran out of memory")
        case ("cancelled", _):
            _stopped(job, deadline_s)


def _stopped(job: Job, deadline_s: float) -> None:
    if job.cancel_asked:
        job.end(JobState.CANCELLED)
    else:
        line = f"took longer than {deadline_s:g} s; ask for fewer samples, or set explain.deadline_s higher"
        job.end(JobState.FAILED, line)
