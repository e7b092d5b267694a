"""The disk is full, or has become read-only: what was saved stays, the music goes on, and what to do is said."""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.media import Disk
from tests.faults.namespaces import in_own_mounts, seen_by
from tests.faults.observer import PLAYED, Observer, post
from tests.faults.patience import is_overloaded, within
from tests.faults.table import row
from tests.faults.test_gear import BACK_S, PACE_S

SMALL = "20m"
REFUSALS = "Input/output error|Read-only file system"
"""What a disk says that fails, and what its file system says from then on."""


def test_the_disk_is_full(start: Start, observer: Observer, guitar: Guitar, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    small = f"mkdir -p {disk}; mount -t tmpfs -o size={SMALL} none {disk}"
    with on(disk, start, guitar, small) as service:
        observer.wait_for("lights", *PLAYED)
        inside = seen_by(service.process.pid, disk)
        older = record(service, "older", 2.0)
        change(service, 1.5)
        before = fingerprints(inside)
        take = post(service.port, "/api/takes/record", {"name": "cut off"})[1]["id"]
        wait_until(lambda: service.get("/api/takes")["recorded_s"] > 2, 30)
        begin = time.monotonic()
        fill(inside / "somebody else's")
        wait_until(lambda: service.get("/api/takes")["state"] != "recording", 30)
        told_s = time.monotonic() - begin
        takes = service.get("/api/takes")
        assert takes["state"] in ("full", "failed")
        assert "disk" in takes["note"]
        refused, why = change(service, 3.0)
        assert refused >= 500, why
        assert "settings not saved" in why["detail"]
        went_on(observer, begin)
        (inside / "somebody else's").unlink()
        again_at = time.monotonic()
        assert change(service, 3.0)[0] == 200
        wait_until(lambda: service.get(f"/api/takes/{take}")["state"] == "ready", 15)
        again_s = time.monotonic() - again_at
        assert service.get(f"/api/takes/{take}")["duration_s"] > 1.0
        assert again_s < within(BACK_S)
        record(service, "after", 1.0)
        after = fingerprints(inside)
        kept = [name for name in before if older in name]
        assert kept
        assert {name: after.get(name) for name in kept} == {name: before[name] for name in kept}
    row("disk full while recording", lights="go on", page=f"“{takes['state']}” after {told_s:.2f} s; the take is kept",
        osc="goes on", again=f"{again_s:.1f} s after there is room", told=takes["note"])  # fmt: skip
    row("disk full while saving settings", lights="go on", page="refused at once; the old settings hold",
        osc="goes on", told=why["detail"].replace(str(tmp_path), "…"))  # fmt: skip


def test_the_card_fails_and_the_kernel_makes_it_read_only(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path
) -> None:
    """As a worn SD card does: ext4 meets an error while writing, and allows no more of it."""
    disk = tmp_path / "disk"
    with Disk(tmp_path / "card") as card, on(disk, start, guitar, card.mounted(disk)) as service:
        observer.wait_for("lights", *PLAYED)
        older = record(service, "older", 2.0)
        change(service, 1.5)
        inside = seen_by(service.process.pid, disk) / "data"
        before = fingerprints(inside)
        post(service.port, "/api/takes/record", {"name": "cut off"})
        wait_until(lambda: service.get("/api/takes")["recorded_s"] > 2, 30)
        begin = time.monotonic()
        card.command("fail")
        wait_until(lambda: service.get("/api/takes")["state"] == "failed", 30)
        told_s = time.monotonic() - begin
        note = service.get("/api/takes")["note"]
        code, why = change(service, 3.0)
        assert code >= 500
        assert re.search(rf"settings not saved \({REFUSALS}\); the old ones stay in force", why["detail"])
        code, no = post(service.port, "/api/takes/record", {"name": "no"})
        assert code >= 400
        assert re.search(REFUSALS, no["detail"])
        assert service.get(f"/api/takes/{older}")["state"] == "ready"
        went_on(observer, begin)
        # and a start with such a card
        asked_at = time.monotonic()
        service.post("/api/restart", {})
        observer.wait_for("page", "", after=asked_at)  # it is cut off
        service.wait_until_healthy()
        observer.wait_for("lights", *PLAYED, after=time.monotonic())
        assert service.get("/api/settings")["values"]["decision"]["hold_s"] == 1.5
        assert service.get(f"/api/takes/{older}")["state"] == "ready"
        after = fingerprints(inside)
        assert {name: after.get(name) for name in before if older in name} == {
            name: before[name] for name in before if older in name
        }
    row("SD card fails while recording and becomes read-only", lights="go on, and after a restart too",
        page=f"“failed” after {told_s:.2f} s; what is there stays", osc="goes on",
        told=f"{note}; {why['detail'].replace(str(tmp_path), '…')}")  # fmt: skip


def on(disk: Path, start: Start, guitar: Guitar, mount: str) -> Any:
    """Start a service whose settings, takes and state lie on a disk that only it sees."""
    config, data, state = disk / "config.toml", disk / "data", disk / "state"
    command = in_own_mounts(f"{mount}; test -e {config} || printf '[takes]\\nmin_free_mb = 10\\n' > {config}")
    places = {"AFFETTO_CONFIG": str(config), "XDG_DATA_HOME": str(data), "XDG_STATE_HOME": str(state)}
    return start("--input", guitar.input, command=command, **places)


def record(service: RunningService, name: str, seconds: float) -> str:
    """Record a take of some seconds; return its id."""
    code, take = post(service.port, "/api/takes/record", {"name": name})
    assert code < 300, take
    wait_until(lambda: service.get("/api/takes")["recorded_s"] > seconds, 30)
    post(service.port, "/api/takes/stop", {})
    return str(take["id"])


def change(service: RunningService, hold_s: float) -> tuple[int, Any]:
    return post(service.port, "/api/settings", {"decision": {"hold_s": hold_s}}, "PATCH")


def fill(file: Path) -> None:
    """Write until nothing more fits."""
    subprocess.run(["dd", "if=/dev/zero", f"of={file}", "bs=64k"], capture_output=True)


def fingerprints(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("takes.db")]
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def went_on(observer: Observer, begin: float) -> None:
    """Who follows the playing has noticed nothing."""
    now = time.monotonic()
    pauses = {who: observer.gap_s(who, begin, now) for who in ("lights", "page", "osc")}
    assert max(pauses.values()) < within(PACE_S), pauses
    assert is_overloaded() or not {"stale", "lost"} & set(observer.states("osc", begin))
