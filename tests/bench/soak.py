"""A long run through JACK: `python -m tests.bench.soak [SECONDS]`, an hour unless told otherwise.

Plays into the real service at 48 kHz in blocks of 256 and compares, at every look, how much was played with how much
the service has received. What was played by the time the answer is here bounds the difference from above; within a
period the player runs first, so that the difference is one block larger for a moment. The least bound of each minute is
therefore the difference itself: it must be the same in all minutes, and each lost block would raise it by 256.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jack
import numpy as np
import psutil

from tests.edge.service import RunningService, running
from tests.edge.sounds import strings
from tests.jackd import JackServer

HOUR_S = 3600.0
LOOK_EVERY_S = 0.25
PERIOD_S = 60.0


def soak(seconds: float, period_s: float = PERIOD_S) -> dict[str, object]:
    """Return the figures of a run of so many seconds."""
    server = JackServer()
    os.environ.update(server.environment())
    server.start()
    client = jack.Client("guitar", no_start_server=True)
    port = client.outports.register("out")
    sound, played = np.tile(strings(30.0, server.rate_hz), 2), 0

    @client.set_process_callback
    def process(frames: int) -> None:
        nonlocal played
        start = played % (len(sound) // 2)
        port.get_array()[:] = sound[start : start + frames]
        played += frames

    client.activate()
    try:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), "--input", "guitar") as service:
            service.wait_until_healthy()
            time.sleep(2.0)
            return _watch(service, lambda: played, seconds, period_s)
    finally:
        client.close()
        server.stop()


def _watch(service: RunningService, played: Callable[[], int], seconds: float, period_s: float) -> dict[str, object]:
    process = psutil.Process(service.child)
    started, cpu = time.monotonic(), sum(process.cpu_times()[:2])
    first_rss = process.memory_info().rss
    least: dict[int, int] = {}
    while (elapsed := time.monotonic() - started) < seconds:
        source = service.get("/api/status")["source"]
        difference = played() - source["frames"]
        period = int(elapsed // period_s)
        least[period] = min(difference, least.get(period, difference))
        time.sleep(LOOK_EVERY_S)
    differences = list(least.values())
    return {
        "seconds": round(elapsed, 1),
        "frames_received": source["frames"],
        "frames_lost": differences[-1] - differences[0],
        "differences_by_period": sorted(set(differences)),
        "overflows": source["overflows"],
        "overruns": source["overruns"],
        "cpu_percent": round(100 * (sum(process.cpu_times()[:2]) - cpu) / elapsed, 2),
        "rss_growth_mb": round((process.memory_info().rss - first_rss) / 1e6, 2),
    }


if __name__ == "__main__":
    print(json.dumps(soak(float(sys.argv[1]) if len(sys.argv) > 1 else HOUR_S), indent=2))
