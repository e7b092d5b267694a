"""The process that explains is killed, or takes too much memory: it costs its answer only."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.namespaces import ControlGroup
from tests.faults.observer import PLAYED, Observer, post
from tests.faults.patience import is_overloaded, within
from tests.faults.table import row
from tests.faults.test_gear import PACE_S

STARTED_S = 90.0
"""It imports for seconds on a small or a busy machine; nobody waits for that but who asks why."""


def test_the_explainer_is_killed_while_it_works(start: Start, observer: Observer, guitar: Guitar) -> None:
    with start("--input", guitar.input) as service:
        observer.wait_for("osc", *PLAYED)
        begin = time.monotonic()
        job = ask(service)
        os.kill(worker_of(service), signal.SIGKILL)
        told_s, note = wait_for_end(service, job)
        assert "was ended by SIGKILL" in note
        assert note.endswith("ask again")
        ready_s = is_ready(service) - begin
        went_on(observer, service, begin)
    row("explainer killed while it works", lights="go on", page=f"the question is answered after {told_s:.2f} s",
        osc="goes on", midi="goes on", again=f"{ready_s:.1f} s (nothing else waits for it)", told=note)  # fmt: skip


def test_the_explainer_takes_more_memory_than_there_is(start: Start, observer: Observer, guitar: Guitar) -> None:
    """The kernel's own killer takes it, and nobody else."""
    with ControlGroup("memory") as little, start("--input", guitar.input) as service:
        observer.wait_for("osc", *PLAYED)
        is_ready(service)
        child, begin = service.child, time.monotonic()
        little.limit_memory(20.0)  # of what it takes from now on
        little.add(worker_of(service))
        told_s, note = wait_for_end(service, ask(service))
        assert "was ended by SIGKILL" in note
        is_ready(service)
        went_on(observer, service, begin)
        assert service.child == child
    row("explainer out of memory (the kernel kills it)", lights="go on",
        page=f"the question is answered after {told_s:.2f} s", osc="goes on", midi="goes on", told=note)  # fmt: skip


def ask(service: RunningService) -> str:
    """Ask what takes long; return the id when it is being worked on."""
    is_ready(service)
    code, job = post(service.port, "/api/explanations", {"samples": 50000})
    assert code == 202, job
    wait_until(lambda: service.get(f"/api/explanations/{job['id']}")["state"] != "queued", 30)
    return str(job["id"])


def wait_for_end(service: RunningService, id: str) -> tuple[float, str]:
    """Return how long a question was still open, and what was said of it."""
    begin = time.monotonic()
    while (job := service.get(f"/api/explanations/{id}"))["state"] == "running":
        assert time.monotonic() - begin < 60
        time.sleep(0.05)
    assert job["state"] == "failed", job
    return time.monotonic() - begin, job["note"]


def is_ready(service: RunningService) -> float:
    """Return when the process that explains is there, and there is something to explain."""

    def ready() -> Any:
        told = service.get("/api/status")["explanations"]
        return told["state"] == "ready" and told["span_s"] and told["span_s"][1] > 3

    wait_until(ready, STARTED_S)
    return time.monotonic()


def worker_of(service: RunningService) -> int:
    tasks = Path(f"/proc/{service.child}/task").iterdir()
    (worker,) = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return worker


def went_on(observer: Observer, service: RunningService, begin: float) -> None:
    """Nobody who follows the playing has noticed anything."""
    now = time.monotonic()
    pauses = {who: observer.gap_s(who, begin, now) for who in ("lights", "page", "osc")}
    assert max(pauses.values()) < within(PACE_S), pauses
    assert is_overloaded() or not {"stale", "lost"} & set(observer.states("osc", begin))
    assert service.get("/api/status")["source"]["overruns"] == 0
