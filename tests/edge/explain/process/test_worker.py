"""The worker as a real process: what it takes of the machine, and what becomes of the service when it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.explain.process.jobs import JobState, UnavailableError
from edge.explain.process.service import Explainer
from edge.explain.process.worker_process import WorkerProcess
from edge.explain.request import Request
from tests.edge.api.client import wait_until
from tests.edge.conftest import ROOT
from tests.edge.explain.process.jobs import gone, over, pid, running, said

Start = Callable[..., Explainer]


def test_it_gives_way_to_everything_else(explainer: Start) -> None:
    process = pid(explainer("slow"))
    assert os.sched_getscheduler(process) == os.SCHED_IDLE
    assert os.getpriority(os.PRIO_PROCESS, process) == 19
    assert Path(f"/proc/{process}/oom_score_adj").read_text() == "1000\n"
    for task in Path(f"/proc/{process}/task").iterdir():
        assert os.sched_getscheduler(int(task.name)) == os.SCHED_IDLE


def test_a_killed_worker_costs_its_job_only(explainer: Start) -> None:
    e = explainer("slow")
    job, waiting = e.ask(Request(samples=600)), e.ask(Request(samples=8))
    wait_until(lambda: running(job), 10)
    first = pid(e)
    os.kill(first, signal.SIGKILL)
    assert over(job, 3) is JobState.FAILED
    assert job.now.note == "the process that explains was ended by SIGKILL; ask again"
    assert said(job)["pid"] == first  # what was found until then stays
    assert e.status()["note"].endswith("a new one is being started")
    assert over(waiting) is JobState.DONE
    assert said(waiting)["pid"] != first
    assert e.status()["state"] in ("ready", "busy")


def test_a_worker_that_dies_while_nobody_asks_is_replaced(explainer: Start) -> None:
    e = explainer("slow")
    first = pid(e)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: e.status()["state"] == "ready" and pid(e) != first, 60)
    assert over(e.ask(Request(samples=9))) is JobState.DONE


def test_a_crash_is_said_and_the_next_worker_is_there(explainer: Start) -> None:
    e = explainer("crashing")
    job = e.ask(Request(samples=9))
    assert over(job) is JobState.FAILED
    assert "SIGSEGV" in job.now.note
    wait_until(lambda: e.status()["state"] == "ready", 60)
    assert over(e.ask(Request(samples=8))) is JobState.DONE


def test_memory_is_limited(explainer: Start) -> None:
    e = explainer("greedy", memory_mb=200)
    first = pid(e)
    job = e.ask(Request(samples=5000))
    largest = 0.0
    while not job.now.state.is_over:
        largest = max(largest, e.status()["resident_mb"])
        time.sleep(0.01)
    assert (job.now.state, "explain.memory_mb" in job.now.note) == (JobState.FAILED, True)
    assert 100 < largest < 205
    wait_until(lambda: e.status()["state"] == "ready" and pid(e) != first, 60)
    assert over(e.ask(Request(samples=20))) is JobState.DONE


def test_a_limit_below_what_it_takes_to_start_is_said(explainer: Start) -> None:
    e = explainer("slow", ready=False, memory_mb=20)
    wait_until(lambda: e.status()["state"] == "failed", 60)
    assert "set explain.memory_mb higher" in e.status()["note"]
    with pytest.raises(UnavailableError, match=r"memory_mb"):
        e.ask(Request())


def test_a_worker_that_cannot_start_is_said(explainer: Start) -> None:
    e = explainer("unable", ready=False)
    job = e.ask(Request())
    assert over(job) is JobState.FAILED
    assert job.now.note == "the process that explains cannot work: OSError: no such library"
    with pytest.raises(UnavailableError, match="no such library"):
        e.ask(Request())


def test_what_is_refused_or_fails_inside_is_one_line(explainer: Start) -> None:
    e = explainer("refusing")
    lines = []
    for samples in (100, 101):
        job = e.ask(Request(samples=samples))
        assert over(job) is JobState.FAILED
        lines.append(job.now.note)
    assert lines == ['sources "strings" need six channels', "something went wrong inside (KeyError); the log says what"]
    assert over(e.ask(Request(samples=8))) is JobState.DONE


def test_a_worker_dies_with_its_service(tmp_path: Path) -> None:
    code = """
import time
from edge.explain.process.worker_process import WorkerProcess
worker = WorkerProcess("", 300, "tests.edge.explain.behaviours:deaf")
print(worker.pid, flush=True)
time.sleep(60)
"""
    service = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert service.stdout is not None
    process = int(service.stdout.readline())
    time.sleep(0.1)  # in the middle of its imports, when it does not listen yet
    service.kill()
    service.wait()
    wait_until(lambda: gone(process), 3)


def test_a_process_that_is_stopped_holds_nobody_up(history: object) -> None:
    worker = WorkerProcess("", 300, "tests.edge.explain.behaviours:slow")
    os.kill(worker.pid, signal.SIGSTOP)
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < 2.0
