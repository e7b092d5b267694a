"""Nobody changes anything in stage mode, and no foreign page ever, though it runs in the owner's own browser."""

from __future__ import annotations

import http.server
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.edge.api.client import wait_until
from tests.webui.accessible import findings
from tests.webui.owning import Guitar, mode, pair_by_console, playing, status_of


@pytest.fixture(scope="module")
def running_guitar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guitar]:
    with playing(tmp_path_factory.mktemp("guitar")) as guitar:
        yield guitar


@pytest.fixture
def guitar(running_guitar: Guitar) -> Guitar:
    """One that nobody owns yet."""
    running_guitar.forget()
    return running_guitar


def test_stage_mode_locks_everything_until_a_deliberate_act(page: Page, guitar: Guitar) -> None:
    pair_by_console(page, guitar)
    page.locator("#owner").click()
    page.locator("#stage-on").click()
    mode(page, "stage")
    unlock = page.locator("#stage-off")
    expect(unlock).to_be_focused()
    assert findings(page, "#phones") == []
    assert status_of(page, "POST", "/api/takes/record", {}) == 403
    assert status_of(page, "GET", "/api/takes") == 200
    expect(page.locator("#devices button").first).to_be_disabled()

    os.kill(guitar.service.child, signal.SIGKILL)
    wait_until(guitar.service.healthy, 30)
    assert guitar.stage

    unlock.click(delay=300)  # touched by accident
    expect(unlock).to_contain_text("Press again")
    page.wait_for_timeout(500)
    assert guitar.stage
    expect(unlock).to_contain_text("Hold to unlock", timeout=10_000)
    unlock.hover()
    page.mouse.down()
    mode(page, "owner")
    page.mouse.up()
    assert not guitar.stage
    assert guitar.affetto("stage", "on")
    mode(page, "stage")  # told by the stream
    unlock.press("Enter")
    unlock.press("Enter")
    mode(page, "owner")


ATTACK = """<!doctype html><title>evil</title><form id=form method=post action="{url}api/stage" enctype="text/plain">
<input name='{{"on": true, "x":"' value='"}}'></form><iframe name=frame></iframe><script>
const attacks = [
  fetch('{url}api/stage', {{ method: 'POST', mode: 'no-cors', credentials: 'include', body: '{{"on": true}}' }}),
  fetch('{url}api/stage', {{ method: 'POST', credentials: 'include', body: '{{"on": true}}',
    headers: {{ 'Content-Type': 'application/json' }} }}),
  fetch('{url}api/takes', {{ credentials: 'include' }}).then((answer) => stolen.push(answer)),
];
const stolen = [];
form.target = 'frame';
form.submit();
Promise.allSettled(attacks).then(() => setTimeout(() => document.body.append('done ' + stolen.length), 500));
</script>"""


class Evil(http.server.BaseHTTPRequestHandler):
    page = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same site, other port", "other site"])
def test_a_foreign_page_in_the_owners_browser_can_change_and_read_nothing(
    page: Page, guitar: Guitar, host: str
) -> None:
    pair_by_console(page, guitar)
    sent: list[dict[str, str]] = []
    page.on("request", lambda r: sent.append(r.all_headers()) if r.url.endswith("/api/stage") else None)
    server = http.server.ThreadingHTTPServer((host, 0), Evil)
    Evil.page = ATTACK.format(url=guitar.url)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.goto(f"http://{host}:{server.server_port}/")
    expect(page.locator("body")).to_contain_text("done 0")
    server.shutdown()
    server.server_close()
    assert len(sent) >= 2
    assert not guitar.stage
    assert guitar.affetto("stage").startswith("Stage mode is off")
    page.goto(guitar.url)
    mode(page, "owner")
    assert status_of(page, "POST", "/api/stage", {"on": True}) == 200
