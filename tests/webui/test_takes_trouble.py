"""What the page of the takes says when there is no room, no contact, damage, or somebody else's change."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.webui.taking import TAKES, guitar_with_takes, id_of, open_takes, wait_for_clock

SOON_MS = 10_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, two_takes: Path) -> Iterator[RunningService]:
    with guitar_with_takes(tmp_path_factory.mktemp("guitar"), two_takes) as service:
        yield service


def test_recording_ends_by_itself_when_as_much_is_kept_as_may_be(
    page: Page, tmp_path: Path, two_takes: Path, complaints: list[str]
) -> None:
    with guitar_with_takes(tmp_path, two_takes, "[takes]\nkeep_minutes = 0.6\n") as service:
        open_takes(page, service)
        expect(page.locator("#record-says")).to_contain_text("1 of 0.6 min are used")
        page.locator("#record").click()
        expect(page.locator("#record")).to_have_class(re.compile("running"))
        trouble = page.locator("#record-trouble")
        expect(trouble).to_contain_text("Recording has ended, since there is no room", timeout=15_000)
        expect(trouble).to_contain_text("the takes reach 0.6 minutes, as many as may be kept; delete some")
        # what was recorded until then is a take, which says why it ended
        newest = page.locator("#takes-list > li").first
        expect(newest.locator("a .alarm")).to_contain_text("as many as may be kept", timeout=SOON_MS)
        page.locator("#record").click()
        expect(page.locator("#toast [role=alert]")).to_contain_text("delete some")
        assert [line for line in complaints if "507" not in line] == []  # the browser itself notes what was refused
        newest.get_by_role("button").click()
        expect(trouble).to_be_hidden(timeout=15_000)


def test_a_full_disk_is_said_and_waited_for(page: Page, tmp_path: Path, two_takes: Path) -> None:
    free_mb = int(shutil.disk_usage(tmp_path).free / 1e6)
    settings = f"[takes]\nmin_free_mb = {min(1_000_000, 2 * free_mb)}\n"
    with guitar_with_takes(tmp_path, two_takes, settings) as service:
        open_takes(page, service)
        page.locator("#record").click()
        expect(page.locator("#toast")).to_contain_text("the disk is almost full")
        expect(page.locator("#record-trouble")).to_contain_text("the disk is almost full")
        page.goto(f"http://127.0.0.1:{service.port}/")
        expect(page.locator("#live-takes-says")).to_contain_text("the disk is almost full", timeout=SOON_MS)


def test_a_service_that_stands_still_greys_the_page_and_goes_on(
    page: Page, service: RunningService, complaints: list[str]
) -> None:
    open_takes(page, service)
    os.kill(service.child, signal.SIGSTOP)
    expect(page.locator("#contact")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#record")).to_be_disabled()
    assert "grayscale" in page.locator("#takes-view").evaluate("e => getComputedStyle(e).filter")
    # its supervisor ends it, and starts another
    expect(page.locator("#record")).to_be_enabled(timeout=SOON_MS)
    expect(page.locator("#contact")).to_be_hidden()
    assert [complaint for complaint in complaints if "net::ERR_" not in complaint] == []


def test_a_service_that_is_killed_while_it_records_comes_back_with_the_take(
    page: Page, service: RunningService
) -> None:
    open_takes(page, service)
    page.locator("#record").click()
    wait_for_clock(page, "record", "Stop 0:03")
    os.kill(service.child, signal.SIGKILL)
    expect(page.locator("#record")).to_have_text("Record", timeout=SOON_MS)
    newest = page.locator("#takes-list > li").first
    expect(newest.locator("a .alarm")).to_have_text("cut off while it was recorded", timeout=SOON_MS)
    expect(newest).to_contain_text(re.compile(r"· 0:0[1-5] ·"))
    newest.locator("a").click()
    expect(page.locator("#take-note")).to_have_text("cut off while it was recorded")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.getElementById('take-audio').currentTime > 0.3", timeout=SOON_MS)


def test_what_another_page_does_is_seen(page: Page, service: RunningService) -> None:
    open_takes(page, service, f"/{id_of(service, 'Blue')}")
    expect(page.locator("#take-name")).to_have_value("Blue")
    service.post("/api/takes/record", {"name": "From elsewhere"})
    expect(page.locator("#record")).to_have_class(re.compile("running"), timeout=SOON_MS)
    service.post("/api/takes/stop", {})
    expect(page.locator("#takes-list a b").first).to_have_text("From elsewhere", timeout=SOON_MS)
    wait_until(lambda: service.get("/api/takes")["state"] == "ready", 5)


def test_a_damaged_take_is_said_and_harms_no_other(page: Page, service: RunningService) -> None:
    blue = id_of(service, "Blue")
    (service.log.parent / TAKES / blue / "sound.flac").write_bytes(b"fLaC" + bytes(1000))
    open_takes(page, service, f"/{blue}")
    expect(page.locator("#take-note")).to_contain_text("cannot be played", timeout=SOON_MS)
    (service.log.parent / TAKES / blue / "steps").write_bytes(b"affetto steps 1\n")
    page.reload()
    expect(page.locator("#take-note")).to_contain_text("cannot be played", timeout=SOON_MS)
    page.goto(f"http://127.0.0.1:{service.port}/#takes/{id_of(service, 'Red')}+{blue}")
    expect(page.locator("#compare-says")).to_contain_text("Nobody plays in", timeout=SOON_MS)
