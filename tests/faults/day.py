"""A day of sound in accelerated time: `python -m tests.faults.day [HOURS]`, 24 unless told otherwise.

The real service runs with everything that follows it, takes, explanations, a page, OSC and lights, and hears the demo
take as fast as it can. Told at the end: how memory, threads and descriptors grew from the first tenth to the last.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from edge.explain.process.job_queue import KEPT
from tests.edge.service import RunningService, running

LOOK_EVERY_S = 1.0
RECORD_S = 60.0  # of sound, after which a take is ended
RECORD_EVERY_S = 900.0  # of sound; what was deleted still lies on the disk for an hour
EXPLAIN_EVERY = 60  # looks
PATIENCE_S = 60.0
FILLED_HOURS = 2.0  # a run that is longer begins with all explanations that are kept


class BusyError(Exception):
    """Not now."""


def day(hours: float, *, tell: bool = False) -> dict[str, float]:
    """Return the figures of so many hours of sound."""
    # in memory: a hundred times the sound is a hundred times the writing
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        folder = Path(name)
        receiver.bind(("127.0.0.1", 0))
        settings = f'[takes]\nfolder = "{folder}/takes"\nmin_free_mb = 10\n[led]\ndriver = "terminal"\n'
        (folder / "config.toml").write_text(settings)
        command = [sys.executable, "-m", "tests.faults.fast"]
        options = ("--osc", f"127.0.0.1:{receiver.getsockname()[1]}")
        with running(folder, *options, command=command) as service:
            service.wait_until_healthy(5 * PATIENCE_S)
            wait_for_explainer(service)
            if hours > FILLED_HOURS:
                fill(service)
            return watch(service, hours * 3600, tell=tell)


def wait_for_explainer(service: RunningService) -> None:
    """Wait until the process that explains is there: it costs the service some descriptors."""
    until = time.monotonic() + 120
    while ask(service, "GET", "/api/status")["explanations"]["state"] == "starting" and time.monotonic() < until:
        time.sleep(0.1)


def fill(service: RunningService) -> None:
    """Ask for as many explanations as the service keeps: their memory is no growth."""
    for _ in range(KEPT):
        with contextlib.suppress(BusyError):
            path = f"/api/explanations/{ask(service, 'POST', '/api/explanations', {'samples': 64})['id']}"
            while ask(service, "GET", path)["state"] in ("queued", "running"):
                time.sleep(0.1)


def watch(service: RunningService, sound_s: float, *, tell: bool) -> dict[str, float]:
    process = psutil.Process(service.child)
    started = time.monotonic()
    follower = threading.Thread(target=follow, args=(service,), daemon=True)
    follower.start()
    looks: list[tuple[float, float, int, int]] = []
    asked, recorded_at, before_s, last = 0, -RECORD_EVERY_S, 0.0, 0
    while True:
        status = ask(service, "GET", "/api/status")
        source = status["source"]
        frames = source["frames"]
        # a machine so busy that no sound comes for half a second opens the source anew, and counts anew
        before_s += 0.0 if frames >= last else last / source["rate_hz"]
        heard_s, last = before_s + frames / source["rate_hz"], frames
        looks.append((heard_s, process.memory_info().rss / 1e6, process.num_threads(), process.num_fds()))
        if tell and len(looks) % 60 == 1:
            print(json.dumps(figures(looks, started, status)), flush=True)
        if heard_s >= sound_s or service.child != process.pid:
            break
        if record(service, status["takes"], begin=heard_s > recorded_at + RECORD_EVERY_S):
            recorded_at = heard_s
        if len(looks) % EXPLAIN_EVERY == 2:
            with contextlib.suppress(BusyError):
                ask(service, "POST", "/api/explanations", {"samples": 64})
                asked += 1
        time.sleep(min(LOOK_EVERY_S, max(0.1, sound_s / 3000)))
    out = figures(looks, started, status)
    out["restarts"] = float(service.child != process.pid)
    out["explanations"] = asked
    return out


def record(service: RunningService, takes: dict[str, Any], *, begin: bool) -> bool:
    """End a take that is long enough; begin another one when it is time to, without the last one; return whether."""
    # at a hundred times the pace, the thread that writes may not answer in time: then at the next look
    with contextlib.suppress(BusyError):
        if takes["recorded_s"] > RECORD_S:
            ask(service, "POST", "/api/takes/stop")
        elif begin and takes["state"] == "ready":
            for take in ask(service, "GET", "/api/takes")["takes"]:
                ask(service, "DELETE", f"/api/takes/{take['id']}")
            ask(service, "POST", "/api/takes/record", {"name": "a day"})
            return True
    return False


def follow(service: RunningService) -> None:
    """Be a page that comes, looks for a while and leaves, again and again."""
    while service.process.poll() is None:
        seen = 0
        try:
            for _event, _data in service.events(PATIENCE_S):
                seen += 1
                if seen == 100:
                    break
        except (OSError, http.client.HTTPException):
            # on a machine this busy it may not come to read, and be cut off: as a page does, it connects again
            time.sleep(LOOK_EVERY_S)


def ask(service: RunningService, method: str, path: str, body: object = None) -> Any:
    """Return what is answered, however busy the machine is."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}",
        None if method == "GET" else json.dumps(body or {}).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return json.loads(response.read() or b"null")
    except (ConnectionError, http.client.HTTPException):
        return again(service, method, path, body)
    except urllib.error.HTTPError as error:
        if error.code in (404, 409):
            raise BusyError from None
        raise AssertionError(f"{method} {path}: {error.read().decode()}") from None


def again(service: RunningService, method: str, path: str, body: object) -> Any:
    """Ask once more after an answer that broke off; what was to be changed may be changed already."""
    print(f"no answer to {method} {path}\n{service.log.read_text()[-500:]}", file=sys.stderr)
    time.sleep(LOOK_EVERY_S)
    if method == "GET":
        return ask(service, method, path, body)
    raise BusyError


def figures(looks: list[tuple[float, float, int, int]], started: float, status: dict[str, Any]) -> dict[str, float]:
    """Return what a run has shown: the most of the last tenth of the looks minus the most of its second one."""
    tenth = max(1, len(looks) // 10)
    early, late = looks[tenth : 2 * tenth] or looks, looks[-tenth:]
    elapsed_s = time.monotonic() - started
    growth = [max(look[k] for look in late) - max(look[k] for look in early) for k in (1, 2, 3)]
    return {
        "hours_of_sound": round(looks[-1][0] / 3600, 3),
        "times_real_time": round(looks[-1][0] / elapsed_s, 1),
        "resident_mb": round(looks[-1][1], 1),
        "growth_mb": round(growth[0], 2),
        "threads": looks[-1][2],
        "growth_threads": growth[1],
        "descriptors": looks[-1][3],
        "growth_descriptors": growth[2],
        "overruns": status["source"]["overruns"],
    }


if __name__ == "__main__":
    print(json.dumps(day(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0, tell=True), indent=2))
