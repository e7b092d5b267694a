"""A job's time with a worker that may not listen."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from edge.explain.process.jobs import JobState
from edge.explain.process.service import Explainer
from edge.explain.request import Request
from tests.edge.api.client import wait_until
from tests.edge.explain.process.jobs import over, pid, running, said

Start = Callable[..., Explainer]


def test_refinements_come_as_they_are_made(explainer: Start) -> None:
    job = explainer("slow").ask(Request(samples=10))
    news, seen = job.news.subscribe(), []
    while (progress := news.take(5)) is not None:
        seen.append(progress)
        if progress.state.is_over:
            break
    fractions = [progress.fraction for progress in seen if progress.explanation]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 5
    assert (seen[-1].state, seen[-1].fraction) == (JobState.DONE, 1.0)
    assert list(job.sounds) == ["original.wav"]


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_a_deadline_ends_a_job_whether_it_listens_or_not(explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour, deadline_s=1.0)
    first, began = pid(e), time.monotonic()
    job = e.ask(Request(samples=600))
    assert over(job, 8) is JobState.FAILED
    assert 0.9 < time.monotonic() - began < 6.0
    assert job.now.note.startswith("took longer than 1 s; ask for fewer samples")
    assert "progress" in said(job)
    wait_until(lambda: e.status()["state"] == "ready", 60)
    assert (pid(e) == first) is (behaviour == "slow")


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_a_running_job_can_be_cancelled_whether_it_listens_or_not(explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour)
    job = e.ask(Request(samples=600))
    wait_until(lambda: running(job), 10)
    e.cancel(job)
    assert over(job, 5) is JobState.CANCELLED
    e.cancel(job)
    assert job.now.state is JobState.CANCELLED
    assert over(e.ask(Request(samples=8))) is JobState.DONE
