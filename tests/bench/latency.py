"""From the sample that completes a step at the source to the OSC packet that speaks of it, on the real service."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings
from tests.bench.table import show
from tests.edge.service import RunningService, running
from tests.edge.sounds import strings
from tests.ports import free_udp_port

SECONDS = 30.0
BLOCK = 256
RATE_HZ = 48000


def measure(
    seconds: float = SECONDS, meanwhile: Callable[[RunningService, threading.Event], None] | None = None
) -> NDArray[np.float64]:
    """Return the latency of each update, (n,), in seconds beyond the block that holds the step's last sample.

    A step's last sample is sent within a block; the clock starts when that block is sent. So what is measured is
    network, ring, resampler, features, model, decision, mailbox and OSC, and not the time to fill hop and block.
    `meanwhile` runs in a thread beside the sending until its event is set.
    """
    port, step_s = free_udp_port(), 1.0 / FrontEndSettings().steps_per_second
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, tempfile.TemporaryDirectory() as folder:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.5)
        target = f"127.0.0.1:{receiver.getsockname()[1]}"
        with running(Path(folder), "--input", f"udp://127.0.0.1:{port}?rate={RATE_HZ}", "--osc", target) as service:
            while service.get_or_none("/api/status") is None:
                time.sleep(0.05)
            arrivals: list[float] = []
            stopping = threading.Event()
            thread = threading.Thread(target=_receive, args=(receiver, arrivals, stopping))
            thread.start()
            other = threading.Thread(target=meanwhile or _nothing, args=(service, stopping))
            other.start()
            sent = _send(seconds, port)
            stopping.set()
            other.join()
            thread.join()
    # a block ends at sound time (k + 1) * BLOCK / RATE; a step is complete with the first block that reaches its end
    ends_s = (np.arange(len(sent)) + 1) * BLOCK / RATE_HZ
    complete_at = np.array([sent[k] for k in np.searchsorted(ends_s, np.arange(step_s, ends_s[-1], step_s))])
    found = np.searchsorted(complete_at, arrivals) - 1
    latencies = np.array(arrivals) - complete_at[np.maximum(found, 0)]
    return latencies[(found >= 20) & (latencies < step_s)]


def run() -> None:
    latencies_ms = measure() * 1000
    row = [f"{np.percentile(latencies_ms, q):.1f}" for q in (50, 90, 99, 100)]
    show(
        "Latency from the sample that completes a step to the OSC packet, beyond step and block, in ms",
        ("source", "median", "90 %", "99 %", "largest", "updates"),
        [(f"UDP, {RATE_HZ} Hz, blocks of {BLOCK}", *row, len(latencies_ms))],
        "to reach: median under 10, 99 % under 30",
    )


def _nothing(service: RunningService, stopping: threading.Event) -> None:
    pass


def _send(seconds: float, port: int) -> list[float]:
    """Send sound in real time; return when each block was sent."""
    pcm = (strings(seconds, RATE_HZ) * 32767).astype("<i2")
    sent = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        started = time.monotonic()
        for k in range(len(pcm) // BLOCK):
            time.sleep(max(0.0, started + k * BLOCK / RATE_HZ - time.monotonic()))
            sent.append(time.monotonic())
            sender.sendto(pcm[k * BLOCK : (k + 1) * BLOCK].tobytes(), ("127.0.0.1", port))
    return sent


def _receive(receiver: socket.socket, arrivals: list[float], stopping: threading.Event) -> None:
    """Note when each update came: a packet that holds the vector of probabilities."""
    while not stopping.is_set():
        try:
            packet = receiver.recv(65536)
        except TimeoutError:
            continue
        if b"/affetto/emotion/vector" in packet:
            arrivals.append(time.monotonic())
