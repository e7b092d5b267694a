"""What may be asked of the service, who waits, and how it ends."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
import soundfile

from edge.config import Explain
from edge.errors import ExplainError
from edge.explain.process.job_queue import KEPT, KEPT_BYTES, MOST_WAITING
from edge.explain.process.jobs import JobState, QueueFullError, UnavailableError
from edge.explain.process.service import Explainer, why_off
from edge.explain.request import Request
from edge.history import History
from tests.edge.api.client import wait_until
from tests.edge.explain.process.jobs import gone, over, pid, running, said

Start = Callable[..., Explainer]


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
    sound, rate_hz = soundfile.read(io.BytesIO(job.sounds["original.wav"]))
    assert rate_hz == 22050
    assert len(sound) > 22050
    assert job.excerpt is None
    assert news.take(0) == job.now
    again = e.ask(Request(of="sad", samples=64), 10.0)
    assert over(again) is JobState.DONE
    assert said(again)["regions"] == document["regions"]
    assert e.status()["resident_mb"] < 350


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


def test_it_is_off_when_switched_off_or_nothing_is_installed(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_off(Explain()) == ""
    off = Explainer(None, Explain(enabled=False))
    off.start()
    with pytest.raises(UnavailableError, match=r"^explanations are switched off; set explain.enabled = true$"):
        off.ask(Request())
    off.close()
    # what was told is still known
    off = Explainer(history, Explain(enabled=False))
    off.start()
    assert set(off.told(0.5)[1]) & set("AHRS")
    assert off.way(40)
    assert off.status()["state"] == "off"
    with pytest.raises(UnavailableError):
        off.ask(Request())
    off.close()
    monkeypatch.setattr("edge.explain.needs.NEEDED", ("numpy", "no_such_package"))
    assert why_off(Explain()) == "explanations need no_such_package: pip install 'affetto[explain]'"


def test_the_service_keeps_a_bounded_number_of_answers(explainer: Start) -> None:
    e = explainer("slow")
    jobs = [e.ask(Request(samples=8))]
    for _ in range(18):
        assert over(jobs[-1]) is JobState.DONE
        jobs.append(e.ask(Request(samples=8)))
    wait_until(lambda: e.get(jobs[0].id) is None, 2)
    assert len(e._queue.jobs) <= KEPT + 1
    assert jobs[-2].sounds
    assert all(job.now.explanation for job in jobs[4:-1])
    assert not jobs[4].sounds  # those of the newest take what there is
    assert sum(job.size for job in jobs if e.get(job.id)) <= KEPT_BYTES
