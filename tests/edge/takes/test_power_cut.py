"""The real service, killed while it records: less than two seconds are lost, and nothing of older takes."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
import soundfile

from tests.edge.service import RunningService, running


def settings(folder: Path) -> None:
    (folder / "config.toml").write_text(f'[takes]\nfolder = "{folder}/takes"\nmin_free_mb = 10\n')


def wait_for(service: RunningService, recorded_s: float) -> float:
    until = time.monotonic() + 30
    while (now := service.get("/api/takes")["recorded_s"]) < recorded_s:
        assert time.monotonic() < until
        time.sleep(0.05)
    return now


def digest(folder: Path) -> dict[str, str]:
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*")) if f.is_file()}


@pytest.mark.parametrize("supervised", [False, True])
def test_a_kill_costs_less_than_two_seconds_and_no_older_take(tmp_path: Path, supervised: bool) -> None:
    settings(tmp_path)
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        older = service.post("/api/takes/record", {"name": "older"})
        wait_for(service, 1.0)
        service.post("/api/takes/stop", {})
        before = digest(tmp_path / "takes" / older["id"])
        take = service.post("/api/takes/record", {"name": "cut"})
        wait_for(service, 4.0)
        recorded_s = service.get("/api/takes")["recorded_s"]
        os.kill(service.child, signal.SIGKILL)
        if supervised:  # the supervisor starts the service again by itself
            time.sleep(0.5)
            service.wait_until_healthy()
            found = service.get(f"/api/takes/{take['id']}")
        else:
            service.process.kill()
    if not supervised:
        with running(tmp_path, "--input", "demo") as service:
            service.wait_until_healthy()
            found = service.get(f"/api/takes/{take['id']}")
            assert service.get("/api/takes")["state"] == "ready"
    assert (found["state"], found["name"], found["note"]) == ("ready", "cut", "cut off while it was recorded")
    assert found["duration_s"] > recorded_s - 2
    assert soundfile.info(tmp_path / "takes" / take["id"] / "sound.flac").duration == pytest.approx(
        found["duration_s"], abs=0.01
    )
    assert len(found["timeline"]["labels"]) > 20
    assert digest(tmp_path / "takes" / older["id"]) == before
