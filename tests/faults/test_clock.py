"""The clock jumps by years, as on a board without a battery that has joined a network: nothing live depends on it."""

from __future__ import annotations

import json
import time
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.observer import PLAYED, Observer, post
from tests.faults.patience import is_overloaded, within
from tests.faults.table import row
from tests.faults.test_gear import PACE_S

YEARS_S = 30 * 365.25 * 86400


def faketime() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("needs libfaketime (Debian)")
    return found[0]


def told_time(service: RunningService) -> float:
    """Return what time the service takes it to be, by the date of its answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/api/status", timeout=10) as answer:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()


def test_the_clock_jumps_years_ahead_and_back(start: Start, observer: Observer, guitar: Guitar, tmp_path: Path) -> None:
    """Only the wall's clock; the monotonic one never jumps."""
    offset = tmp_path / "offset"

    def jump(seconds: float) -> float:
        (tmp_path / "new").write_text(f"{seconds:+.0f}\n")
        (tmp_path / "new").rename(offset)
        return time.monotonic()

    jump(0)
    clock = {"LD_PRELOAD": str(faketime()), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_CACHE_DURATION": "1",
             "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    (tmp_path / "config.toml").write_text(f'[takes]\nfolder = "{tmp_path}/takes"\nmin_free_mb = 10\n')
    with start("--input", guitar.input, **clock) as service:
        observer.wait_for("osc", *PLAYED)
        begin = jump(0)
        made = []
        for seconds in (YEARS_S, -YEARS_S, 0):
            assert post(service.port, "/api/takes/record", {"name": f"{seconds:+.0f}"})[0] < 300
            jump(seconds)
            wait_until(lambda s=seconds: abs(told_time(service) - time.time() - s) < 60, 10)
            wait_until(lambda: service.get("/api/takes")["recorded_s"] > 2.0, 30)
            code, take = post(service.port, "/api/takes/stop", {})
            assert (code, take["state"]) == (200, "ready")
            assert 2.0 < take["duration_s"] < 15.0
            made.append(take["id"])
            service.wait_until_healthy()
        pauses = {who: observer.gap_s(who, begin, time.monotonic()) for who in ("lights", "page", "osc")}
        assert max(pauses.values()) < within(PACE_S), pauses
        assert is_overloaded() or not {"stale", "lost"} & set(observer.states("osc", begin))
        # nothing is thrown away for being too old or of tomorrow: neither a take, nor one that may be restored
        jump(YEARS_S)
        assert {take["id"] for take in service.get("/api/takes")["takes"]} == set(made)
        uptime_s = service.get("/api/status")["uptime_s"]
        assert 0 < uptime_s < 300
        # who is gone is noticed, and who comes finds the page
        jump(-YEARS_S)
        time.sleep(1.0)
        assert json.dumps(service.get("/api/settings"))
        pulled_at = guitar.pull()
        lost_s = observer.wait_for("page", "lost", after=pulled_at) - pulled_at
        assert lost_s < within(1.7)
    row("clock jumps 30 years ahead, 60 back, and home", lights=f"go on, longest pause {pauses['lights']:.2f} s",
        page="goes on; takes recorded meanwhile are whole", osc=f"goes on, longest pause {pauses['osc']:.2f} s",
        again="–", told="the doctor: the clock is in the past")  # fmt: skip
