"""More clients than the web server has places for: the lights, OSC and who follows already notice nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.observer import PLAYED, Observer
from tests.faults.patience import within
from tests.faults.table import row

CONNECTIONS = 200
A_GUEST = "127.0.0.2"
"""Another address than that of those who are watched."""

PACE_S = 1.0
OPENS_S = 3.0


def test_two_hundred_connections_that_never_finish_asking(start: Start, observer: Observer, guitar: Guitar) -> None:
    """Slowloris: each sends a header a second, so that none of them ever looks idle."""
    with start("--input", guitar.input) as service, contextlib.ExitStack() as stack:
        observer.wait_for("page", *PLAYED)
        slow = []
        begin = time.monotonic()
        for _ in range(CONNECTIONS):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.bind((A_GUEST, 0))
            with contextlib.suppress(BlockingIOError):
                client.connect(("127.0.0.1", service.port))
            slow.append(client)
        ended = threading.Event()
        stack.callback(ended.set)
        threading.Thread(target=drip, args=(slow, ended), daemon=True).start()
        time.sleep(1.0)
        opens = []
        for _ in range(5):
            asked_at = time.monotonic()
            assert service.get("/api/status")["source"]["open"]
            opens.append(time.monotonic() - asked_at)
            time.sleep(1.0)
        until = time.monotonic()
        pause_s = {who: observer.gap_s(who, begin, until) for who in ("lights", "page", "osc")}
        assert max(pause_s.values()) < within(PACE_S), pause_s
        assert max(opens) < within(OPENS_S), opens
    row(f"{CONNECTIONS} connections that never finish asking (slowloris)",
        lights=f"go on, longest pause {pause_s['lights']:.2f} s",
        page=f"goes on, longest pause {pause_s['page']:.2f} s; a new one opens within {max(opens):.2f} s",
        osc=f"goes on, longest pause {pause_s['osc']:.2f} s")  # fmt: skip


def drip(clients: list[socket.socket], ended: threading.Event) -> None:
    line = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    while not ended.is_set():
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(line)
        line = b"X-Slow: 1\r\n"
        ended.wait(1.0)
