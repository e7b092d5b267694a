"""Explanations as the service offers them: a short queue in front of a process that may die without harm."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edge.config import Explain
from edge.errors import ExplainError
from edge.explain.needs import what_is_missing
from edge.explain.process.job_queue import JobQueue
from edge.explain.process.jobs import Job, UnavailableError
from edge.explain.process.keeper import Keeper
from edge.explain.process.worker_unit import start_worker
from edge.explain.request import Request

if TYPE_CHECKING:
    from edge.history import Excerpt, History


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
        self._queue = JobQueue()
        self._keeper = Keeper(
            self._queue,
            functools.partial(start_worker, model_file, settings.memory_mb, explain),
            settings.deadline_s,
            self._has_sound,
        )
        self._keeper.note = why_off(settings)
        self._over: Counter[str] = Counter()

    def start(self) -> None:
        """Start the worker as soon as sound was heard, so that nothing of the service's start waits for it."""
        if self._history is not None and not self._keeper.note:
            self._keeper.start()

    def close(self) -> None:
        """Cancel everything and end the worker."""
        self._queue.close()
        self._keeper.close()
        self._queue.cancel_all("Affetto ends")

    def status(self) -> dict[str, Any]:
        """Return what the page shows of it.

        That is its state, a note for the person, how many jobs wait and how many ended how, the worker's memory, and
        from when to when, in seconds of the recording, there is sound to explain.
        """
        worker, state = self._keeper.worker, self._keeper.state
        if state == "ready" and self._queue.running is not None:
            state = "busy"
        return {
            "state": state,
            "note": self._keeper.note,
            "waiting": len(self._queue),
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
        if self._history is None or self._keeper.state in ("off", "failed"):
            raise UnavailableError(self._keeper.note or "explanations are not running; start Affetto")
        self._queue.check_room()  # before the sound is copied
        if excerpt is None:
            oldest_s, newest_s = self._history.span_s
            if newest_s <= oldest_s:
                raise ExplainError("nothing has been heard yet; play, and ask again")
            excerpt = self._history.excerpt(newest_s if time_s is None else time_s)
        job = Job(request, excerpt, functools.partial(self._count, on_end))
        self._queue.put(job)
        return job

    def get(self, id: str) -> Job | None:
        return self._queue.get(id)

    def cancel(self, job: Job) -> None:
        """End a job: at once while it waits, soon while it runs; nothing happens to one that is over."""
        self._queue.cancel(job)

    def _has_sound(self) -> bool:
        return self._history is not None and self._history.span_s[1] > self._history.span_s[0]

    def _count(self, on_end: Callable[[Job], None] | None, job: Job) -> None:
        self._over[str(job.now.state)] += 1
        if on_end is not None:
            on_end(job)


def why_off(settings: Explain) -> str:
    """Say in one line why nothing can be explained here, without importing what is heavy; "" when it can."""
    if not settings.enabled:
        return "explanations are switched off; set explain.enabled = true"
    return what_is_missing()
