"""The power is cut while settings are saved and a take is recorded: a disk that drops what was not flushed.

A real ext4 lies on a block device (loop) over a file system that keeps, like a card's own cache, what has not been
flushed; at the cut, a part of that is lost, in no order. What was answered as saved must be there after the next start.
`AFFETTO_CUTS=50 python -m tests.faults -k power` cuts it more often.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
import urllib.error
from pathlib import Path

import pytest

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.media import Disk
from tests.faults.namespaces import seen_by
from tests.faults.observer import PLAYED, Observer, post
from tests.faults.table import row
from tests.faults.test_disk import change, fingerprints, on, record

CUTS = int(os.environ.get("AFFETTO_CUTS", "1"))
MOST_LOST_S = 2.0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(CUTS))
def test_a_power_cut_while_settings_are_saved_and_a_take_is_recorded(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path, seed: int
) -> None:
    at, image = tmp_path / "card", tmp_path / "image"
    with Disk(tmp_path / "first") as disk, on(at, start, guitar, disk.mounted(at)) as service:
        older = record(service, "older", 1.0)
        before = fingerprints(seen_by(service.process.pid, at) / "data")
        take = post(service.port, "/api/takes/record", {"name": "cut"})[1]["id"]
        saved = [0.0]
        saving = threading.Thread(target=save, args=(service, saved), daemon=True)
        saving.start()
        # so that the cut comes at another moment of saving and flushing each time
        wait_until(lambda: service.get("/api/takes")["recorded_s"] > 3.0 + 0.37 * (seed % 5) and saved[0], 30)
        recorded_s = service.get("/api/takes")["recorded_s"]
        known = saved[0]
        content = disk.cut(image, seed)
        for pid in (service.process.pid, service.child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        saving.join(timeout=20)
    with Disk(tmp_path / "second", content) as disk, on(at, start, guitar, disk.mounted(at)) as service:
        begin = time.monotonic()
        back_s = observer.wait_for("lights", *PLAYED, after=begin) - begin
        # what was answered as saved is there; what was being saved may be, but nothing else
        hold_s = service.get("/api/settings")["values"]["decision"]["hold_s"]
        assert known <= hold_s <= saved[0] + STEP_S + 1e-6
        assert not [note for note in service.get("/api/status")["notes"] if "last good" in note]
        found = service.get(f"/api/takes/{take}")
        assert (found["state"], found["note"]) == ("ready", "cut off while it was recorded")
        lacks_s = max(0.0, recorded_s - found["duration_s"])
        assert lacks_s < MOST_LOST_S
        assert service.get(f"/api/takes/{older}")["state"] == "ready"
        after = fingerprints(seen_by(service.process.pid, at) / "data")
        assert {name: after.get(name) for name in before if older in name} == {
            name: before[name] for name in before if older in name
        }
    if seed == 0:
        row("power cut while settings are saved and a take is recorded", lights="dark, and back with the power",
            page=f"all that was answered as saved is there; the take lacks {lacks_s:.1f} s",
            osc="back with the power", again=f"{back_s:.1f} s after the start", told=found["note"])  # fmt: skip


STEP_S = 0.01


def save(service: RunningService, saved: list[float]) -> None:
    """Save ever other settings until nobody answers; `saved` holds the newest that was answered as saved."""
    with contextlib.suppress(OSError, urllib.error.URLError, json.JSONDecodeError):
        while True:
            wanted = round(saved[0] + STEP_S, 2)
            if change(service, wanted)[0] != 200:
                return
            saved[0] = wanted
