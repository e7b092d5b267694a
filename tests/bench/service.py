"""CPU, memory and start-up of the whole service: web server, OSC, lights' mirror and a page that follows live."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.bench.table import show
from tests.edge.service import RunningService, running

SECONDS = 30.0
STARTS = 5


def measure_load(seconds: float = SECONDS, *, busy: bool = True, recording: bool = False) -> dict[str, float]:
    """Return the share of one core and the memory of the service.

    `busy`: with OSC on and one page following; `recording`: while a take is recorded.
    """
    options = ("--input", "demo", *(("--osc", "127.0.0.1:9") if busy else ()))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), *options) as service:
        service.wait_until_healthy()
        if busy:
            threading.Thread(target=_follow, args=(service,), daemon=True).start()
        if recording:
            service.post("/api/takes/record", {})
        time.sleep(3.0)
        processes = [psutil.Process(service.process.pid), psutil.Process(service.child)]
        before, started = sum(_cpu_s(p) for p in processes), time.monotonic()
        time.sleep(seconds)
        cpu = (sum(_cpu_s(p) for p in processes) - before) / (time.monotonic() - started)
        memory = [p.memory_full_info() for p in processes]
        return {
            "cpu_percent": 100 * cpu,
            "rss_mb": sum(m.rss for m in memory) / 1e6,
            "pss_mb": sum(m.pss for m in memory) / 1e6,
            "threads": float(processes[1].num_threads()),
        }


def measure_start(starts: int = STARTS, settings: str = "") -> list[float]:
    """Return the seconds from the command to the first fresh prediction, for several starts with a settings file."""
    times = []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "config.toml").write_text(settings)
            times.append(_start(Path(folder)))
    return times


def _start(folder: Path) -> float:
    with running(folder, "--input", "demo") as service:
        service.wait_until_healthy()
        return time.monotonic() - service.started_at


def run() -> None:
    load, alone, starts = measure_load(), measure_load(busy=False), measure_start()
    recording = measure_load(recording=True)
    show(
        "The whole service on the demo take, OSC on, one page following",
        ("what", "measured", "to reach"),
        [
            ("share of one core", f"{load['cpu_percent']:.1f} %", "under 5 %"),
            ("the same without OSC and page", f"{alone['cpu_percent']:.1f} %", ""),
            ("the first while a take is recorded", f"{recording['cpu_percent']:.1f} %", ""),
            ("resident memory, both processes", f"{load['rss_mb']:.0f} MB", "under 120 MB"),
            ("the same while a take is recorded", f"{recording['rss_mb']:.0f} MB", ""),
            ("the same, shared pages counted once", f"{load['pss_mb']:.0f} MB", ""),
            ("from the command to the first prediction, median", f"{statistics.median(starts):.2f} s", "2 s"),
            ("slowest of five starts", f"{max(starts):.2f} s", ""),
        ],
    )


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _follow(service: RunningService) -> None:
    try:
        for _ in service.events():
            pass
    except OSError:
        pass  # the service has ended
