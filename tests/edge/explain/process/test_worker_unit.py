"""A worker that is started by socket activation."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.explain.process import worker_unit
from edge.explain.process.jobs import JobState
from edge.explain.process.service import Explainer
from edge.explain.request import Request
from tests.edge.api.client import wait_until
from tests.edge.conftest import ROOT
from tests.edge.explain.process.jobs import gone, over, pid, running, said

Start = Callable[..., Explainer]

ACTIVATE = shutil.which("systemd-socket-activate")
SERVE = [sys.executable, "-P", "-m", "edge.explain.process.serve"]
STARTER = [sys.executable, "-m", "tests.edge.explain.process.activation"]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an explainer looks for its worker."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv(worker_unit.SOCKET, str(tmp_path / "socket"))
    return tmp_path / "socket"


@pytest.fixture
def unit(path: Path) -> Iterator[None]:
    """A new worker there whenever the last one has ended."""
    process = subprocess.Popen([*STARTER, str(path), *SERVE], start_new_session=True)
    wait_until(path.exists, 20)
    yield
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_child(process: int) -> bool:
    return f"PPid:\t{os.getpid()}\n" in Path(f"/proc/{process}/status").read_text()


@pytest.mark.skipif(ACTIVATE is None, reason="needs systemd-socket-activate (Debian's systemd)")
def test_a_worker_that_systemd_starts_explains(path: Path, explainer: Start) -> None:
    process = subprocess.Popen([ACTIVATE, "-E", "PYTHONPATH", "-l", path, *SERVE])
    wait_until(path.exists, 10)
    e = explainer()
    assert pid(e) == process.pid  # it becomes what it starts
    assert over(e.ask(Request(samples=64), 10.0)) is JobState.DONE
    e.close()
    process.wait(5)


def test_a_worker_of_its_own_unit_explains(unit: None, explainer: Start) -> None:
    e = explainer()
    assert not is_child(pid(e))
    assert e.status()["note"] == ""
    job = e.ask(Request(of="sad", samples=64), 10.0)
    assert over(job) is JobState.DONE, job.now.note
    assert said(job)["sentence"]
    assert 50 < e.status()["resident_mb"] < 350
    assert os.sched_getscheduler(pid(e)) == os.SCHED_IDLE


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_the_end_of_the_service_is_the_end_of_the_worker(unit: None, explainer: Start, behaviour: str) -> None:
    e = explainer(behaviour)
    job = e.ask(Request(samples=600))
    wait_until(lambda: running(job), 10)
    process, began = pid(e), time.monotonic()
    e.close()
    wait_until(lambda: gone(process), 5)
    assert time.monotonic() - began < 5.0
    assert job.now.state is JobState.CANCELLED


def test_a_deadline_ends_a_worker_that_does_not_listen_and_the_next_one_answers(unit: None, explainer: Start) -> None:
    e = explainer("deaf", deadline_s=1.0)
    first, began = pid(e), time.monotonic()
    job = e.ask(Request(samples=600))
    assert over(job, 8) is JobState.FAILED
    assert time.monotonic() - began < 6.0
    assert job.now.note.startswith("took longer than 1 s")
    wait_until(lambda: gone(first), 5)  # what only runs while nothing else does ends so, too
    wait_until(lambda: e.status()["state"] == "ready", 60)
    assert not is_child(pid(e))


def test_a_worker_that_is_killed_costs_its_job_only(unit: None, explainer: Start) -> None:
    e = explainer("slow")
    job, waiting = e.ask(Request(samples=600)), e.ask(Request(samples=8))
    wait_until(lambda: running(job), 10)
    first = pid(e)
    os.kill(first, signal.SIGKILL)  # as the kernel does when the unit's memory is used up
    assert over(job, 3) is JobState.FAILED
    assert "has ended (`journalctl -u affetto-explain` says why); ask again" in job.now.note
    assert over(waiting) is JobState.DONE
    assert said(waiting)["pid"] != first


@pytest.mark.parametrize("there", ["nothing", "nobody", "deaf"])
def test_without_an_answer_a_child_explains_and_it_is_said(
    path: Path, explainer: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, there: str
) -> None:
    monkeypatch.setattr(worker_unit, "HERE_S", 0.5)
    listening = worker_unit.socket.socket(worker_unit.socket.AF_UNIX)
    if there != "nothing":
        listening.bind(str(path))
    if there == "deaf":
        listening.listen()
    e = explainer("slow")
    assert is_child(pid(e))
    assert e.status()["note"].startswith(f"{path}: no worker there (")
    os.kill(pid(e), signal.SIGKILL)
    wait_until(lambda: e.status()["state"] == "starting", 10)
    assert over(e.ask(Request(samples=8))) is JobState.DONE
    assert caplog.text.count("no worker there") == 1
    listening.close()


def test_whoever_starts_it_by_hand_is_told() -> None:
    result = subprocess.run(SERVE, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("affetto: this is started by a service manager")
