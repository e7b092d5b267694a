"""What explanations back to back do to the live path, and what the process that explains takes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.bench import latency
from tests.bench.service import measure_start
from tests.bench.table import show
from tests.edge.service import RunningService

SECONDS = 40.0
STARTS = 5
LOOK_S = 0.5  # seldom, since whoever asks shares the interpreter with whoever measures
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"by": "regions"},
    {"by": "regions", "segments": "felzenszwalb", "samples": 256},
    {"by": "sources"},
    {"by": "whatif"},
    {"by": "effects"},
)


@dataclass
class Load:
    """What was seen while questions were asked one after the other.

    Attributes
    ----------
    answered : int
        Explanations that were done.
    notes : list of str
        Of those that were not.
    overruns, overflows : int
        Of the sound source.
    peak_rss_mb, largest_pss_mb : float
        Of the process that explains: the kernel's high-water mark, and what was seen with shared pages in part.
    """

    answered: int = 0
    notes: list[str] = field(default_factory=list)
    overruns: int = 0
    overflows: int = 0
    peak_rss_mb: float = 0.0
    largest_pss_mb: float = 0.0

    def ask(self, service: RunningService, stopping: threading.Event) -> None:
        """Ask again and again, so that the next questions wait while one is answered."""
        worker: psutil.Process | None = None
        waiting: list[str] = []
        asked = 0
        while not stopping.is_set():
            status = service.get("/api/status")
            self.overruns, self.overflows = status["source"]["overruns"], status["source"]["overflows"]
            if status["explanations"]["state"] not in ("ready", "busy"):
                time.sleep(0.1)
                continue
            worker = worker or next(iter(psutil.Process(service.child).children()))
            self.peak_rss_mb = _peak_mb(worker.pid)
            self.largest_pss_mb = max(self.largest_pss_mb, worker.memory_full_info().pss / 2**20)
            waiting = [id for id in waiting if not self._is_over(service.get(f"/api/explanations/{id}"))]
            while len(waiting) < 4:
                waiting.append(service.post("/api/explanations", QUESTIONS[asked % len(QUESTIONS)])["id"])
                asked += 1
            time.sleep(LOOK_S)

    def _is_over(self, job: dict[str, Any]) -> bool:
        if job["state"] == "done":
            self.answered += 1
        elif job["note"]:
            self.notes.append(job["note"])
        return job["state"] not in ("queued", "running")


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def measure(seconds: float = SECONDS) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], Load]:
    """Return the latencies of updates in s without and with explanations, and what was seen during the latter."""
    load = Load()
    alone = latency.measure(seconds, _once_ready)
    return alone, latency.measure(seconds, load.ask), load


def run() -> None:
    alone, beside, load = measure()
    rows = [
        (name, *(f"{1000 * np.percentile(seconds, q):.1f}" for q in (50, 90, 99, 100)), len(seconds))
        for name, seconds in (("nobody asks", alone), ("explanations back to back", beside))
    ]
    show(
        "Latency from the sample that completes a step to the OSC packet, in ms",
        ("", "median", "90 %", "99 %", "largest", "updates"),
        rows,
        "to reach: 99 % at most twice as late",
    )
    without, with_them = (measure_start(STARTS, f"[explain]\nenabled = {on}\n") for on in ("false", "true"))
    show(
        "The process that explains",
        ("what", "measured", "to reach"),
        [
            ("explanations meanwhile", str(load.answered), ""),
            ("not answered", "; ".join(sorted(set(load.notes))) or "0", "0"),
            ("overruns, overflows of the live path", f"{load.overruns}, {load.overflows}", "0, 0"),
            ("peak of resident memory", f"{load.peak_rss_mb:.0f} MB", "under 350 MB"),
            ("the same, shared pages counted in part", f"{load.largest_pss_mb:.0f} MB", ""),
            ("start to first prediction without, best of five", f"{min(without):.2f} s", ""),
            ("the same with explanations", f"{min(with_them):.2f} s", "no more"),
        ],
    )


def _once_ready(service: RunningService, stopping: threading.Event) -> None:
    """Ask for the state as often as `Load.ask`, so that both runs differ in the explanations only."""
    while not stopping.is_set():
        service.get("/api/status")
        time.sleep(LOOK_S)
