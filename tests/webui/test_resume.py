"""The live page after it was away: the real service goes on hearing, and the strip has no hole."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.edge.service import RunningService, running

HIDE = """(hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""

# from and to of each run, in seconds before the newest moment that is shown
RUNS = """() => [...document.querySelectorAll('#runs i:not([hidden])')].map((run) => {
    const [left, width] = [parseFloat(run.style.left), parseFloat(run.style.width)];
    const gone = run.classList.contains('gone');
    return { from: left * 1.2 - 120, to: (left + width) * 1.2 - 120, gone, emotion: run.dataset.emotion };
})"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running(tmp_path_factory.mktemp("resume"), "--input", "demo") as service:
        service.wait_until_healthy()
        yield service


@pytest.fixture
def following(service: RunningService, page: Page) -> Page:
    page.goto(f"http://127.0.0.1:{service.port}/")
    expect(page.locator("#runs i:not([hidden])").first).to_be_visible(timeout=10000)
    expect(page.locator("#contact")).to_be_hidden()
    return page


def shown_s(page: Page) -> float:
    """Return for how long the strip shows something without a hole, up to now."""
    runs = [run for run in page.evaluate(RUNS) if not run["gone"]]
    begin_s = 0.0
    for run in reversed(runs):
        if begin_s - run["to"] > 0.05:
            break
        begin_s = run["from"]
    return -begin_s


def whole(page: Page, service: RunningService) -> None:
    """Wait until the strip shows all that the service has heard."""
    for _ in range(100):
        begin_s, end_s = service.get("/api/status")["explanations"]["span_s"]
        if shown_s(page) == pytest.approx(end_s - begin_s, abs=1.5):
            return
        page.wait_for_timeout(100)
    told = service.get("/api/explanations/moments")["told"]
    assert "-" not in told, "the demo has a pause here: wait for fewer seconds"
    raise AssertionError((told, page.evaluate(RUNS)))


def test_after_lost_wifi_the_strip_and_the_trail_are_filled(service: RunningService, following: Page) -> None:
    whole(following, service)
    following.context.set_offline(True)
    # Chromium keeps what is open when it goes offline; a phone that leaves the Wi-Fi does not
    following.evaluate("window.dispatchEvent(new Event('offline'))")
    following.evaluate("window.dispatchEvent(new Event('online'))")
    expect(following.locator("#contact")).to_have_text("No contact with the guitar, trying again", timeout=15000)
    following.wait_for_timeout(2500)
    following.context.set_offline(False)
    expect(following.locator("#contact")).to_be_hidden(timeout=15000)
    whole(following, service)
    # one more point comes ten times a second: so many are not from after the return
    points = "document.getElementById('trail').getAttribute('points').split(' ').length"
    following.wait_for_function(f"() => {points} > 30", timeout=1000)


def test_a_page_that_was_hidden_shows_what_was_heard_meanwhile(service: RunningService, following: Page) -> None:
    whole(following, service)
    following.evaluate(HIDE, True)
    following.wait_for_timeout(4000)
    following.evaluate(HIDE, False)
    expect(following.locator("#state")).to_contain_text("live", timeout=15000)
    whole(following, service)


def test_a_phone_that_slept_shows_what_was_heard_meanwhile(service: RunningService, following: Page) -> None:
    whole(following, service)
    session = following.context.new_cdp_session(following)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    before = service.get("/api/status")["explanations"]["span_s"][1]
    while service.get("/api/status")["explanations"]["span_s"][1] < before + 6:
        service.healthy()
    session.send("Page.setWebLifecycleState", {"state": "active"})
    expect(following.locator("#contact")).to_be_hidden(timeout=15000)
    whole(following, service)


def test_what_was_heard_before_a_restart_stays_and_says_that_it_cannot_be_explained(
    service: RunningService, following: Page
) -> None:
    whole(following, service)
    before = following.evaluate(RUNS)
    os.kill(service.child, signal.SIGKILL)
    expect(following.locator("#runs .gone:not([hidden])").first).to_be_visible(timeout=10000)
    whole(following, service)
    gone = [run for run in following.evaluate(RUNS) if run["gone"]]
    assert [run["emotion"] for run in gone] == [run["emotion"] for run in before]
    assert sum(run["to"] - run["from"] for run in gone) == pytest.approx(-before[0]["from"], abs=2.5)
    strip = following.locator("#strip").bounding_box()
    assert strip is not None
    middle_s = (gone[-1]["from"] + gone[-1]["to"]) / 2
    place = {"x": strip["width"] * (1 + middle_s / 120), "y": strip["height"] / 2}
    following.locator("#strip").click(position=place)
    expect(following.locator("#strip-says")).to_contain_text("no longer be explained")
    expect(following.locator("#cursor-says")).to_contain_text("before a restart")
    expect(following.locator("#why-view")).to_be_hidden()
    # what is heard now can be
    following.locator("#strip").press("End")
    expect(following.locator("#cursor-says")).to_contain_text("now")


def test_a_page_loses_its_colours_within_two_seconds(
    browser: Browser, tmp_path: Path, phone: dict[str, object]
) -> None:
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        page = browser.new_context(**phone).new_page()
        page.goto(f"http://127.0.0.1:{service.port}/")
        expect(page.locator("#state")).to_contain_text("live", timeout=10000)
        # the page itself takes the time: from the last event to the first grey
        page.evaluate("""() => { window.grey = new Promise((settle) => {
            let last = performance.now();
            new MutationObserver(() => {
                if (document.body.classList.contains('no-contact')) settle(performance.now() - last);
            }).observe(document.body, { attributes: true });
            new MutationObserver(() => {
                if (!document.body.classList.contains('no-contact')) last = performance.now();
            }).observe(document.getElementById('trail'), { attributes: true });
        }); }""")
        page.wait_for_timeout(500)
        # the cable is cut: no end of the connection is told, as when a phone leaves the Wi-Fi
        stopped = service.child
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert page.evaluate("window.grey") < 2500
        finally:
            with contextlib.suppress(ProcessLookupError):  # its supervisor has ended it
                os.kill(stopped, signal.SIGCONT)
        page.context.close()
