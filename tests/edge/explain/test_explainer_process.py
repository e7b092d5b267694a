"""The worker as a real process: what it answers, and what becomes of the service when it does not."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from edge.config import Explain
from edge.errors import ExplainError
from edge.explain.explainer_process import MOST_WAITING, Explainer, QueueFullError, UnavailableError, why_off
from edge.explain.jobs import Job, JobState
from edge.explain.request import Request
from edge.explain.worker_process import WorkerProcess
from tests.edge.api.client import wait_until
from tests.edge.conftest import ROOT
from tests.edge.explain.jobs import over

Start = Callable[..., Explainer]


def said(job: Job) -> dict[str, object]:
    return json.loads(job.now.explanation)


def running(job: Job) -> bool:
    return bool(job.now.explanation)


def pid(explainer: Explainer) -> int:
    assert explainer._worker is not None
    return explainer._worker.pid


def gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()


def test_the_real_one_explains_a_moment_of_real_sound(explainer: Start) -> None:
    e = explainer()
    job = e.ask(Request(of="sad", samples=64), 10.0)
    news = job.news.subscribe()
    assert over(job) is JobState.DONE, job.now.note
    document = said(job)
    assert document["schema"] == 1
    assert document["of"] == "sad"
    assert document["time_s"] == pytest.approx(10.0, abs=0.1)
    assert document["sentence"]
    assert document["regions"]
    sound, rate_hz = soundfile.read(io.BytesIO(job.sounds["original"]))
    assert rate_hz == 22050
    assert len(sound) > 22050
    assert job.excerpt is None
    assert news.take(0) == job.now
    again = e.ask(Request(of="sad", samples=64), 10.0)
    assert over(again) is JobState.DONE
    assert said(again)["regions"] == document["regions"]
    assert e.status()["resident_mb"] < 350


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
    assert list(job.sounds) == ["original"]


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
    wait_until(lambda: e.status()["state"] == "ready" and pid(e) != first, 20)
    assert over(e.ask(Request(samples=9))) is JobState.DONE


def test_a_crash_is_said_and_the_next_worker_is_there(explainer: Start) -> None:
    e = explainer("crashing")
    job = e.ask(Request(samples=9))
    assert over(job) is JobState.FAILED
    assert "SIGSEGV" in job.now.note
    wait_until(lambda: e.status()["state"] == "ready", 20)
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
    wait_until(lambda: e.status()["state"] == "ready" and pid(e) != first, 20)
    assert over(e.ask(Request(samples=20))) is JobState.DONE


def test_a_limit_below_what_it_takes_to_start_is_said(explainer: Start) -> None:
    e = explainer("slow", ready=False, memory_mb=20)
    wait_until(lambda: e.status()["state"] == "failed", 20)
    assert "set explain.memory_mb higher" in e.status()["note"]
    with pytest.raises(UnavailableError, match=r"memory_mb"):
        e.ask(Request())


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_a_deadline_ends_a_job_whether_it_listens_or_not(explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour, deadline_s=1.0)
    first, began = pid(e), time.monotonic()
    job = e.ask(Request(samples=600))
    assert over(job, 5) is JobState.FAILED
    assert 0.9 < time.monotonic() - began < 4.0
    assert job.now.note.startswith("took longer than 1 s; ask for fewer samples")
    assert "progress" in said(job)
    wait_until(lambda: e.status()["state"] == "ready", 20)
    assert (pid(e) == first) is (behaviour == "slow")


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_a_running_job_can_be_cancelled_whether_it_listens_or_not(explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour)
    job = e.ask(Request(samples=600))
    wait_until(lambda: running(job), 10)
    e.cancel(job)
    assert over(job, 3) is JobState.CANCELLED
    e.cancel(job)
    assert job.now.state is JobState.CANCELLED
    assert over(e.ask(Request(samples=8))) is JobState.DONE


def test_a_full_queue_is_said_and_who_waits_can_be_cancelled(explainer: Start) -> None:
    e = explainer("slow")
    job = e.ask(Request(samples=600))
    wait_until(lambda: running(job), 10)
    waiting = [e.ask(Request(samples=8)) for _ in range(MOST_WAITING)]
    with pytest.raises(QueueFullError, match=rf"^{MOST_WAITING} explanations wait already"):
        e.ask(Request())
    assert e.status()["waiting"] == MOST_WAITING
    e.cancel(waiting[1])
    assert waiting[1].now.state is JobState.CANCELLED
    late = e.ask(Request(samples=8))
    e.cancel(job)
    for other in (waiting[0], waiting[2], waiting[3], late):
        assert over(other) is JobState.DONE


def test_what_is_refused_or_fails_inside_is_one_line(explainer: Start) -> None:
    e = explainer("refusing")
    lines = []
    for samples in (100, 101):
        job = e.ask(Request(samples=samples))
        assert over(job) is JobState.FAILED
        lines.append(job.now.note)
    assert lines == ['sources "strings" need six channels', "something went wrong inside (KeyError); the log says what"]
    assert over(e.ask(Request(samples=8))) is JobState.DONE


def test_a_worker_that_cannot_start_is_said(explainer: Start) -> None:
    e = explainer("unable", ready=False)
    job = e.ask(Request())
    assert over(job) is JobState.FAILED
    assert job.now.note == "the process that explains cannot work: OSError: no such library"
    with pytest.raises(UnavailableError, match="no such library"):
        e.ask(Request())


def test_moments_that_are_not_there_are_refused(explainer: Start) -> None:
    with pytest.raises(ExplainError, match=r"^there is no sound at 99 s; choose a time from"):
        explainer("slow").ask(Request(), 99.0)


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_closing_ends_a_running_job_and_the_worker(explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour)
    job, waiting = e.ask(Request(samples=600)), e.ask(Request())
    wait_until(lambda: running(job), 10)
    process, began = pid(e), time.monotonic()
    e.close()
    assert time.monotonic() - began < 1.0
    assert gone(process)
    assert (job.now.state, waiting.now.state) == (JobState.CANCELLED,) * 2
    assert e.status()["state"] == "off"
    with pytest.raises(UnavailableError):
        e.ask(Request())
    e.close()


def test_a_worker_dies_with_its_service(tmp_path: Path) -> None:
    code = """
import time
from edge.explain.worker_process import WorkerProcess
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


def test_it_is_off_when_switched_off_or_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_off(Explain()) == ""
    off = Explainer(None, Explain(enabled=False))
    off.start()
    with pytest.raises(UnavailableError, match=r"^explanations are switched off; set explain.enabled = true$"):
        off.ask(Request())
    off.close()
    monkeypatch.setattr("edge.explain.explainer_process.NEEDED", ("numpy", "no_such_package"))
    assert why_off(Explain()) == "explanations need no_such_package: pip install 'affetto[explain]'"


def test_the_service_keeps_a_bounded_number_of_answers(explainer: Start) -> None:
    e = explainer("slow")
    first = e.ask(Request(samples=8))
    for _ in range(18):
        assert over(e.ask(Request(samples=8))) is JobState.DONE
    wait_until(lambda: e.get(first.id) is None, 2)
    assert len(e._jobs) <= 17


def test_a_process_that_is_stopped_holds_nobody_up(history: object) -> None:
    worker = WorkerProcess("", 300, "tests.edge.explain.behaviours:slow")
    os.kill(worker.pid, signal.SIGSTOP)
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < 2.0
