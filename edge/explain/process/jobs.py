"""What was asked and what has become of it: the questions and answers that the service keeps, within bounds."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from edge.errors import ExplainError
from edge.explain.request import Request
from edge.mailbox import Broadcast

if TYPE_CHECKING:
    from edge.explain.told.spectrogram_png import SpectrogramPng
    from edge.history import Excerpt

log = logging.getLogger(__name__)


class QueueFullError(ExplainError):
    """As many jobs wait as may wait."""


class UnavailableError(ExplainError):
    """Nobody explains here, or not now."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come.

    Attributes
    ----------
    state : JobState
    fraction : float
        Of the work, 0 to 1.
    explanation : bytes
        The best so far, JSON; b"" while there is none.
    note : str
        Why it failed, one line; else "".
    """

    state: JobState = JobState.QUEUED
    fraction: float = 0.0
    explanation: bytes = b""
    note: str = ""


class Job:
    """A question with its excerpt, and its progress for whoever follows.

    Attributes
    ----------
    id : str
    request : Request
    time_s : float
        The moment that is explained, in seconds of the recording.
    excerpt : Excerpt or None
        Dropped once the worker has it.
    picture : SpectrogramPng or None
        The sound's, as soon as the worker has drawn it.
    sounds : dict of file name to bytes
        WAV files; complete before the state becomes `done`.
    news : Broadcast of Progress
    """

    def __init__(self, request: Request, excerpt: Excerpt, on_end: Callable[[Job], None] | None = None) -> None:
        self.id = secrets.token_hex(6)
        self.request = request
        self.time_s = excerpt.end_s
        self.excerpt: Excerpt | None = excerpt
        self.picture: SpectrogramPng | None = None
        self.sounds: dict[str, bytes] = {}
        self.news: Broadcast[Progress] = Broadcast()
        self.news.publish(Progress())
        self.cancel_asked = False
        self._on_end = on_end

    @property
    def now(self) -> Progress:
        assert self.news.last is not None
        return self.news.last

    @property
    def size(self) -> int:
        """Bytes of its sounds."""
        return sum(map(len, self.sounds.values()))

    def end(self, state: JobState, note: str = "") -> None:
        """Tell the last news, once; the best explanation so far stays."""
        if self.now.state.is_over:
            return
        self.excerpt = None
        fraction = 1.0 if state is JobState.DONE else self.now.fraction
        self.news.publish(Progress(state, fraction, self.now.explanation, note))
        if self._on_end is not None:
            try:
                self._on_end(self)
            except Exception:
                log.exception("telling about explanation %s failed", self.id)


class Jobs:
    """The jobs that can still be asked for: all that are not over, and the newest of the others.

    Parameters
    ----------
    most : int
        Jobs that are over and kept.
    most_bytes : int
        What their sounds may take together. Older ones lose theirs and keep their explanations; the newest keeps
        its own whatever they take.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def tidy(self) -> None:
        """Forget what is over and too much."""
        over = [job for job in self._jobs.values() if job.now.state.is_over]
        for job in over[: -self._most]:
            del self._jobs[job.id]
        size = 0
        for job in reversed(over):
            size += job.size
            if size > self._most_bytes and job is not over[-1]:
                job.sounds = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)
