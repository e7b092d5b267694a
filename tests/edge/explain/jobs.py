"""Waiting for jobs."""

from __future__ import annotations

from edge.explain.jobs import Job, JobState
from tests.edge.api.client import wait_until


def over(job: Job, timeout_s: float = 30.0) -> JobState:
    """Wait until a job is over, and return its state."""
    wait_until(lambda: job.now.state.is_over, timeout_s)
    return job.now.state
