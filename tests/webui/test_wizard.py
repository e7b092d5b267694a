"""The first steps with a new guitar: offered on the first page, never in the way, taken up where they were left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running
from tests.webui.accessible import findings
from tests.webui.owning import enter, playing

SLOW_MS = 15_000
STEPS = ("Welcome", "Your guitar’s sound", "What follows your playing", "Your phone, next time")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running(tmp_path_factory.mktemp("guitar"), "--input", "demo") as service:
        service.wait_until_healthy()
        yield service


@pytest.fixture
def first(page: Page, service: RunningService) -> Page:
    """The first page of a new guitar."""
    url = f"http://127.0.0.1:{service.port}/api/settings"
    assert page.request.patch(url, data={"web": {"setup_done": False}}).ok
    page.goto(f"http://127.0.0.1:{service.port}/")
    expect(page.locator("#first-run")).to_be_visible(timeout=SLOW_MS)
    return page


def at_step(page: Page, number: int) -> None:
    expect(page.locator("#step-title")).to_have_text(STEPS[number - 1])
    expect(page.locator("#step-count")).to_have_text(f"Step {number} of 4")


def test_a_new_guitar_is_set_up_in_four_steps(first: Page, service: RunningService, complaints: list[str]) -> None:
    expect(first.locator("#word")).to_have_text(re.compile("aggressive|happy|relaxed|sad"), timeout=SLOW_MS)
    assert findings(first) == []
    first.get_by_role("button", name="Set it up").click()
    at_step(first, 1)
    expect(first.get_by_label("Language of this page")).to_be_visible()
    expect(first.locator("#step-back")).to_be_hidden()
    assert findings(first) == []
    first.get_by_role("button", name="Next").click()
    at_step(first, 2)
    expect(first.locator("#step-title")).to_be_focused()
    expect(first.get_by_role("button", name="Start the check")).to_be_visible()
    first.get_by_role("button", name="Next").click()
    at_step(first, 3)
    expect(first.get_by_label("Brightness")).to_be_visible()
    expect(first.get_by_label("Add a receiver")).to_be_hidden()
    first.get_by_role("button", name="OSC and MIDI").click()
    expect(first.get_by_label("Add a receiver")).to_be_visible()
    first.get_by_role("button", name="Back", exact=True).click()
    at_step(first, 2)
    first.get_by_role("button", name="Next").click()
    first.get_by_role("button", name="Next").click()
    at_step(first, 4)
    # this test's machine has no Wi-Fi of its own, and says so
    expect(first.locator("#hotspot-note")).to_contain_text("no Wi-Fi")
    assert service.get("/api/status")["first_run"]
    first.get_by_role("button", name="Done: play").click()
    expect(first.locator("#emotion")).to_be_visible()
    first.reload()
    expect(first.locator("#word")).to_have_text(re.compile("aggressive|happy|relaxed|sad"), timeout=SLOW_MS)
    expect(first.locator("#about")).to_contain_text("Affetto")
    assert not service.get("/api/status")["first_run"]
    expect(first.locator("#first-run")).to_be_hidden()
    assert complaints == []


def test_it_is_left_for_live_and_goes_on_at_the_same_step(first: Page) -> None:
    first.get_by_role("button", name="Set it up").click()
    first.get_by_role("button", name="Next").click()
    at_step(first, 2)
    first.get_by_role("link", name="Live").click()
    expect(first.locator("#emotion")).to_be_visible()
    expect(first.locator("#first-run")).to_contain_text("Go on setting up", timeout=SLOW_MS)
    first.reload()
    first.get_by_role("button", name="Set it up").click()
    at_step(first, 2)


def test_it_can_wait_or_be_skipped(first: Page, service: RunningService) -> None:
    first.get_by_role("button", name="Later").click()
    expect(first.locator("#first-run")).to_be_hidden()
    first.get_by_role("link", name="Setup").click()
    # without the steps, the setup is what it always is
    expect(first.locator("[data-card=model]")).to_be_visible(timeout=SLOW_MS)
    expect(first.locator("#steps")).to_be_hidden()
    assert service.get("/api/status")["first_run"]
    first.evaluate("sessionStorage.clear()")
    first.goto(f"http://127.0.0.1:{service.port}/")
    first.get_by_role("button", name="Set it up").click()
    first.get_by_role("button", name="Skip the rest").click()
    expect(first.locator("#emotion")).to_be_visible()
    wait_until(lambda: not service.get("/api/status")["first_run"], 10)
    first.get_by_role("link", name="Setup").click()
    expect(first.locator("[data-card=model]")).to_be_visible()
    expect(first.locator("#step-nav")).to_be_hidden()


def test_a_guest_is_paired_first(page: Page, tmp_path: Path) -> None:
    with playing(tmp_path) as guitar:
        page.goto(guitar.url)
        page.get_by_role("button", name="Set it up").click()
        enter(page, guitar.printed())
        page.locator("#pair-done .close").click()
        at_step(page, 1)
