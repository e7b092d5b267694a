"""Jobs and the process that works on them, as tests see them."""

from __future__ import annotations

import json
from pathlib import Path

from edge.explain.process.jobs import Job, JobState
from edge.explain.process.service import Explainer
from tests.edge.api.client import wait_until


def over(job: Job, timeout_s: float = 60.0) -> JobState:
    """Wait until a job is over, and return its state."""
    wait_until(lambda: job.now.state.is_over, timeout_s)
    return job.now.state


def said(job: Job) -> dict[str, object]:
    return json.loads(job.now.explanation)


def running(job: Job) -> bool:
    return bool(job.now.explanation)


def pid(explainer: Explainer) -> int:
    assert explainer._keeper.worker is not None
    return explainer._keeper.worker.pid


def gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()
