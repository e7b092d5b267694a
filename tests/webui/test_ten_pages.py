"""Ten phones follow the real service at once, one of them asleep; an eleventh is told to wait."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.edge.api.client import Event, follow, get, request, wait_until
from tests.edge.service import RunningService, running

FOLLOW_S = 6.0
MOST_MORE_BYTES = 8e6


class Client:
    """A page without a browser: it follows, and keeps what comes."""

    def __init__(self, port: int) -> None:
        self._connection = request(port, "/api/live")
        self.told: list[Event] = []
        self._thread = threading.Thread(target=self._follow)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._thread.join()
        self._connection.close()

    def _follow(self) -> None:
        self.told = [event for event in follow(self._connection, FOLLOW_S) if event.name == "prediction"]

    def rate_hz(self) -> float:
        return len(self.told) / FOLLOW_S

    def growth_s(self) -> float:
        """Return by how much later than at first what is heard comes at last."""
        late = [event.at - event.value["time_s"] for event in self.told]
        third = len(late) // 3
        return statistics.median(late[-third:]) - statistics.median(late[:third])


def resident(service: RunningService) -> int:
    return int(Path(f"/proc/{service.child}/statm").read_text().split()[1]) * 4096


def streams(service: RunningService) -> dict[str, Any]:
    return service.get("/api/status")["streams"]


def test_ten_follow_one_of_them_sleeps_and_an_eleventh_waits(
    browser: Browser, tmp_path: Path, phone: dict[str, object]
) -> None:
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        assert streams(service)["limit"] == 10
        wait_until(lambda: service.get("/api/status")["explanations"]["state"] == "ready", 60)
        before = resident(service)
        url = f"http://127.0.0.1:{service.port}/"
        pages = [browser.new_context(**phone).new_page() for _ in range(2)]
        for page in pages:
            page.goto(url)
            expect(page.locator("#state")).to_contain_text("live", timeout=20000)
        clients = [Client(service.port) for _ in range(7)]
        asleep = request(service.port, "/api/live", receive_buffer=4096)
        wait_until(lambda: streams(service)["open"] == 10, 5)
        code, headers, body = get(service.port, "/api/live")
        assert (code, headers["retry-after"]) == (503, "5")
        assert b"as many pages as allowed (10)" in body
        for client in clients:
            client.start()
        count = "() => { window.drawn = 0; new MutationObserver(() => window.drawn++)"
        count += ".observe(document.getElementById('trail'), { attributes: true }); }"
        began = time.monotonic()
        for page in pages:
            page.evaluate(count)
        for client in clients:
            client.end()
        for page in pages:
            assert page.evaluate("window.drawn") / (time.monotonic() - began) > 6
        assert min(client.rate_hz() for client in clients) > 8
        assert max(client.growth_s() for client in clients) < 0.25
        assert resident(service) - before < MOST_MORE_BYTES
        # whoever sleeps has been cut off, and another comes in
        eleventh = browser.new_context(**phone).new_page()
        eleventh.goto(url)
        expect(eleventh.locator("#state")).to_contain_text("live", timeout=20000)
        assert service.get("/api/status")["source"]["overruns"] == 0
        asleep.close()
        for page in (*pages, eleventh):
            page.context.close()
