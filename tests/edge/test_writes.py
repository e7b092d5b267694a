"""That the memory card rests while nothing is recorded: what the kernel counts for the real service's processes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.edge.service import running

SECONDS = float(os.environ.get("AFFETTO_WRITES_S", "5"))
"""How long it is watched."""


def written(pid: int) -> int:
    """Return how many bytes a process and all below it have made the kernel write to a disk."""
    family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    told = [Path(f"/proc/{each}/io").read_text().split() for each in family]
    assert len(family) == 3, "supervisor, service and the process that explains"
    return sum(int(words[words.index("write_bytes:") + 1]) for words in told)


def explained(service) -> None:
    job = service.post("/api/explanations", {"samples": 32})
    while (job := service.get(f"/api/explanations/{job['id']}"))["state"] in ("queued", "running"):
        time.sleep(0.1)
    assert job["state"] == "done"


def follow(service) -> None:
    try:
        for _ in service.events():
            pass
    except OSError:
        pass  # the service has ended


def test_nothing_is_written_while_nothing_is_recorded(tmp_path):
    (tmp_path / "config.toml").write_text('[osc]\ntargets = ["127.0.0.1:9"]\n')
    reading, writing = os.pipe()  # as systemd takes the log
    log = bytearray()
    with running(tmp_path, "--input", "demo", terminal=writing) as service:
        os.close(writing)
        threading.Thread(
            target=lambda: [log.extend(said) for said in iter(lambda: os.read(reading, 4096), b"")]
        ).start()
        service.wait_until_healthy()
        threading.Thread(target=follow, args=(service,), daemon=True).start()
        until = time.monotonic() + 90
        while service.get("/api/status")["explanations"]["state"] != "ready" and time.monotonic() < until:
            time.sleep(0.2)
        explained(service)
        # the settings at the start have proved good, which is noted once
        while not (tmp_path / "config.toml.last-good").exists():
            time.sleep(0.1)
        before, said = written(service.process.pid), bytes(log)
        began = time.monotonic()
        explained(service)
        time.sleep(max(0.0, began + SECONDS - time.monotonic()))
        assert written(service.process.pid) == before
        assert log == said or b"no sound arrives" in log  # a machine that is too busy even to play the demo take
        service.post("/api/takes/record", {})
        until = time.monotonic() + 10
        while written(service.process.pid) == before:
            if time.monotonic() > until:
                pytest.skip("what is written below the folder for temporary files is not counted here; set TMPDIR")
            time.sleep(0.1)
        assert service.stop() == 0
