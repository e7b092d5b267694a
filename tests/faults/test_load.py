"""Too little processor: whatever is shown as live is live, or it is told that it is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edge import board
from tests.edge.api.client import wait_until
from tests.edge.service import AFFETTO, RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.namespaces import ControlGroup
from tests.faults.observer import PLAYED, Observer
from tests.faults.patience import is_overloaded, within
from tests.faults.table import row

BACK_S = 3.0
OLD_S = 1.7
HOGGED_S = 4.0

ORDINARY = ("setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice", AFFETTO, "run")
"""Without real-time priority, which no share of a processor limits."""


def test_other_programs_take_all_cores(start: Start, observer: Observer, guitar: Guitar) -> None:
    with start("--input", guitar.input) as service:
        observer.wait_for("osc", *PLAYED)
        before_s = latency_s(service)
        with hogs(2 * (os.cpu_count() or 1)):
            begin = time.monotonic()
            time.sleep(HOGGED_S)
            end = time.monotonic()
        # it keeps up, or says that it does not: a gap that is longer than a second was told as stale
        told = {state for who in ("lights", "page", "osc") for state in observer.states(who, begin, end)}
        assert told <= {"live", "unsure", "stale", "lost"}
        pauses = {who: observer.gap_s(who, begin, end) for who in ("lights", "page", "osc")}
        assert pauses["lights"] < within(OLD_S)
        free_at = time.monotonic()
        back_s = observer.wait_for("osc", *PLAYED, after=free_at) - free_at
        assert back_s < within(BACK_S)
        assert service.healthy()
        hogged_s = latency_s(service)
    row("all cores taken by twice as many programs as cores",
        lights=f"{', '.join(sorted(told))}; longest pause {pauses['lights']:.2f} s",
        page=f"median from sound to page {hogged_s * 1000:.0f} ms ({before_s * 1000:.0f} before)",
        osc=f"longest pause {pauses['osc']:.2f} s", again=f"{back_s:.2f} s")  # fmt: skip


def test_the_processor_is_slowed_down_until_it_cannot_keep_up(start: Start, observer: Observer, guitar: Guitar) -> None:
    """As a board does that is too hot, only more: first a fifth of a core, then a fiftieth, then all again."""
    with ControlGroup("cpu") as slow, start("--input", guitar.input, command=ORDINARY) as service:
        observer.wait_for("osc", *PLAYED)
        for pid in (service.process.pid, service.child):
            slow.add(pid)
        slow.limit_cpu(0.2)
        begin = time.monotonic()
        time.sleep(2.5)
        fifth = observer.states("osc", begin + 1.0)
        slow.limit_cpu(0.02)
        begin = time.monotonic()
        time.sleep(5.0)
        late = observer.states("osc", begin + OLD_S)
        # whatever it says of what is played: what is not played any more is not said to be
        pulled_at = guitar.pull()
        time.sleep(5.0)
        old_s = max(observer.last(who, *PLAYED, after=pulled_at) for who in ("lights", "page", "osc")) - pulled_at
        assert old_s < within(OLD_S + 0.5), old_s
        guitar.plug()
        slow.limit_cpu(4.0)
        free_at = time.monotonic()
        back = {who: observer.wait_for(who, *PLAYED, after=free_at) - free_at for who in ("lights", "page", "osc")}
        time.sleep(1.0)
        assert set(observer.states("osc", free_at + max(back.values()) + 0.5)) <= set(PLAYED)
        assert max(back.values()) < within(BACK_S)
    row(
        "processor slowed down to a fifth of a core",
        lights=", ".join(sorted(set(fifth))),
        page="the same",
        osc="the same",
    )
    row("processor slowed down to a fiftieth of a core", lights=", ".join(sorted(set(late))) or "nothing",
        page="the same", osc=f"the same; when nobody plays any more, that is said within {old_s:.2f} s",
        again=f"{max(back.values()):.2f} s")  # fmt: skip


def test_the_service_is_stopped_for_a_while(start: Start, observer: Observer, guitar: Guitar) -> None:
    """Nothing runs, so nothing can be said; afterwards the sound that waited is not told as if it were played now."""
    with start("--input", guitar.input) as service:
        observer.wait_for("osc", *PLAYED)
        os.kill(service.child, signal.SIGSTOP)
        time.sleep(3.0)
        os.kill(service.child, signal.SIGCONT)
        begin = time.monotonic()
        time.sleep(2.0)
        first = [s.state for s in observer.said if s.who == "osc" and s.at >= begin and s.state][:3]
        back_s = observer.wait_for("osc", *PLAYED, after=begin) - begin
        # of what it says at once, nothing that is older than a second is said to be live
        page = [s for s in observer.said if s.who == "page" and s.at >= begin and s.state in PLAYED]
        assert page
    assert back_s < within(BACK_S)
    row("service stopped for 3 s (SIGSTOP)", lights="as they were, then " + first[0], page="nothing meanwhile",
        osc=f"nothing meanwhile, then {first[0]}", again=f"{back_s:.2f} s")  # fmt: skip


def test_a_board_that_is_hot_or_lacks_power_says_so(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path
) -> None:
    firmware = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    firmware.parent.mkdir(parents=True)
    firmware.write_text("0\n")
    with start("--input", guitar.input, AFFETTO_SYS=str(tmp_path / "sys")) as service:
        observer.wait_for("page", *PLAYED)
        assert board.POWER not in observer.status["notes"]
        firmware.write_text("50005\n")  # as a Pi with a weak supply, and hot
        begin = time.monotonic()
        wait_until(lambda: {board.POWER, board.HEAT} <= set(observer.status["notes"]), board.LOOK_S + 5)
        told_s = time.monotonic() - begin
        firmware.write_text("50000\n")
        wait_until(lambda: not {board.POWER, board.HEAT} & set(observer.status["notes"]), board.LOOK_S + 5)
        assert service.log.read_text().count(board.POWER) == 1
        assert is_overloaded() or not {"stale", "lost"} & set(observer.states("osc", begin))
    row("board too hot, or too little voltage", lights="go on", page=f"a note after {told_s:.1f} s", osc="goes on",
        again="the note goes with its cause", told=f"{board.HEAT}; {board.POWER}")  # fmt: skip


@contextmanager
def hogs(count: int) -> Iterator[None]:
    """Let programs take all the processor they get."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
        for program in programs:
            program.wait()


def latency_s(service: RunningService) -> float:
    """Return the median age of the newest sound of what the page is told, from the service's own histogram."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    buckets = [line for line in lines if line.startswith("affetto_live_latency_seconds_bucket")]
    bounds = [line.split('"')[1] for line in buckets]
    counts = np.array([float(line.split()[-1]) for line in buckets])
    return float(bounds[int(np.searchsorted(counts, counts[-1] / 2))].replace("+Inf", "inf"))
