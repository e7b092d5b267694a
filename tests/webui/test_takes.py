"""The list of takes on the real service: to record, to keep, to bring, to find, to delete."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.edge.takes.playing import DEMO
from tests.webui.accessible import findings, too_small
from tests.webui.taking import guitar_with_takes, id_of, open_takes, wait_for_clock

SOON_MS = 10_000
ANALYSED_MS = 40_000
"""A process of low priority on a busy machine takes its time."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, two_takes: Path) -> Iterator[RunningService]:
    settings = "[takes]\nupload_mb = 4\nmost_minutes = 2\n"
    with guitar_with_takes(tmp_path_factory.mktemp("guitar"), two_takes, settings) as service:
        yield service


@pytest.fixture
def takes(page: Page, service: RunningService) -> Page:
    open_takes(page, service)
    return page


def row(page: Page, name: str) -> Locator:
    return page.locator("#takes-list > li").filter(has=page.locator("b", has_text=name))


def test_takes_are_listed_newest_first_with_what_was_heard(takes: Page, complaints: list[str]) -> None:
    assert takes.locator("#takes-list b").all_inner_texts()[-2:] == ["Red", "Blue"]
    red = row(takes, "Red")
    expect(red.locator("small").first).to_have_text(re.compile(r".+ · 0:20 · (aggressive|happy|relaxed|sad)$"))
    colours = red.locator(".runs i").evaluate_all("all => all.map((e) => getComputedStyle(e).backgroundColor)")
    patterns = red.locator(".runs i").evaluate_all("all => all.map((e) => getComputedStyle(e).backgroundImage)")
    assert len(set(colours)) >= 2
    assert "none" not in patterns
    assert complaints == []


def test_recording_from_the_button_to_the_list(takes: Page) -> None:
    button = takes.get_by_role("button", name="Record", exact=True)
    level = takes.locator("#record-decibels")
    expect(level).to_have_text(re.compile(r"−\d+ dB"))
    button.click()
    stop = takes.get_by_role("button", name=re.compile("^Stop 0:"))
    wait_for_clock(takes, "record", "Stop 0:02")
    expect(takes.locator("#takes-list > li").first).to_contain_text("being recorded, 0:0")
    stop.click()
    newest = takes.locator("#takes-list > li").first
    expect(newest.locator("a")).to_be_visible(timeout=SOON_MS)
    expect(newest.locator("small").first).to_contain_text(re.compile(r"· 0:0[2-9] ·"))
    expect(button).to_be_visible()


def test_the_clock_of_a_recording_skips_no_second_and_never_goes_back(takes: Page) -> None:
    """Statuses come a little more than a second apart, and one tells of a recording that is a little behind."""
    shown = takes.evaluate(
        """async () => {
          const { RecordButton } = await import("/record.js");
          const node = document.createElement("button");
          node.append(document.createElement("i"), document.createElement("span"));
          const shown = [];
          const observer = new MutationObserver(() => shown.push(node.textContent));
          observer.observe(node, { childList: true, subtree: true, characterData: true });
          const button = new RecordButton(node, () => {});
          for (const recorded_s of [0.9, 2.05, 3.2, 3.9, 20.0]) {
            button.setState({ state: "recording", recorded_s });
            await new Promise((done) => setTimeout(done, recorded_s < 20 ? 1150 : 0));
          }
          button.setState({ state: "ready" });
          await new Promise((done) => setTimeout(done, 1150));
          return shown;
        }"""
    )
    assert shown == [*(f"Stop 0:{s:02}" for s in range(6)), "Stop 0:20", "Record"]


def test_what_was_just_played_is_kept_and_opened(takes: Page, service: RunningService) -> None:
    wait_until(lambda: service.get("/api/takes")["in_memory_s"] > 15.5, 30)
    takes.locator("#keep-s").select_option("15")
    takes.get_by_role("button", name="Keep what I just played").click()
    toast = takes.locator("#toast")
    expect(toast).to_contain_text("Kept as “Take")
    toast.get_by_role("button", name="Open").click()
    expect(takes.locator("#take-time")).to_have_text("0:00 / 0:15")


def test_recording_and_keeping_beside_what_is_heard_live(page: Page, service: RunningService) -> None:
    page.goto(f"http://127.0.0.1:{service.port}/")
    page.locator("#live-record").click()
    wait_for_clock(page, "live-record", "Stop 0:01")
    page.locator("#live-record").click()
    expect(page.locator("#live-takes-says a")).to_be_visible(timeout=SOON_MS)
    page.locator("#live-keep").click()
    link = page.locator("#live-takes-says a")
    expect(link).to_have_text(re.compile("Kept as “Take .+”: listen"))
    name = service.get("/api/takes")["takes"][0]["name"]
    expect(link).to_contain_text(name, timeout=SOON_MS)
    link.click()
    expect(page.locator("#take-name")).to_have_value(name, timeout=SOON_MS)


def test_a_file_is_brought_and_analysed(takes: Page, tmp_path: Path) -> None:
    file = tmp_path / "Étude no. 1.wav"
    sound, rate_hz = soundfile.read(DEMO, frames=12 * 44100)
    soundfile.write(file, sound, rate_hz)
    expect(takes.locator("#upload-limits")).to_have_text("WAV, FLAC, MP3, OGG or AIFF, up to 4 MB and 2 min each.")
    takes.locator("#upload-files").set_input_files(file)
    brought = row(takes, "Étude no. 1")
    expect(brought).to_contain_text(re.compile("waits to be analysed|being analysed, [0-9]+ %"), timeout=SOON_MS)
    expect(brought.locator("a .runs i").first).to_be_visible(timeout=ANALYSED_MS)
    expect(brought).to_contain_text("0:12")
    expect(takes.locator("#upload-list li")).to_have_count(0)


def test_what_cannot_be_brought_is_said_before_or_after(takes: Page, tmp_path: Path) -> None:
    text, large, long = tmp_path / "letter.txt", tmp_path / "large.wav", tmp_path / "long.flac"
    text.write_text("dear guitar")
    large.write_bytes(bytes(4_100_000))
    soundfile.write(long, [0.0] * 8000 * 130, 8000)
    asked: list[str] = []
    takes.on("request", lambda request: asked.append(request.url) if "upload" in request.url else None)
    takes.locator("#upload-files").set_input_files([text, large, long])
    refused = takes.locator("#upload-list li")
    expect(refused.locator(".alarm")).to_have_count(3, timeout=SOON_MS)
    expect(refused.filter(has_text="letter.txt")).to_contain_text("not a sound file")
    expect(refused.filter(has_text="large.wav")).to_contain_text("4.1 MB is too large: 4 MB at most")
    expect(refused.filter(has_text="long.flac")).to_contain_text("longer than 2 minutes")
    assert [url for url in asked if "large" in url] == []
    for _ in range(3):
        refused.first.get_by_role("button", name="Close").click()
    expect(refused).to_have_count(0)


def test_files_can_be_dropped(takes: Page) -> None:
    takes.evaluate(
        """() => { const data = new DataTransfer();
                   data.items.add(new File(['no sound'], 'dropped.mid'));
                   for (const name of ['dragover', 'drop'])
                     document.getElementById('filter').dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true })); }"""  # noqa: E501
    )
    expect(takes.locator("#upload-list")).to_contain_text("dropped.mid", timeout=SOON_MS)
    expect(takes.locator("#upload-list .alarm")).to_contain_text("not a sound file", timeout=SOON_MS)


def test_deleting_can_be_undone_at_once_and_later(takes: Page, service: RunningService) -> None:
    row(takes, "Blue").get_by_role("button", name="Delete “Blue”").click()
    undo = takes.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(row(takes, "Blue")).to_have_count(0)
    undo.click()
    expect(row(takes, "Blue")).to_be_visible()
    row(takes, "Blue").get_by_role("button", name="Delete “Blue”").click()
    expect(row(takes, "Blue")).to_have_count(0)
    takes.get_by_role("button", name="Deleted takes").click()
    expect(takes.locator("#takes-say")).to_have_text("Deleted; each can be restored for an hour.")
    row(takes, "Blue").get_by_role("button", name="Restore “Blue”").click()
    expect(row(takes, "Blue")).to_have_count(0)
    takes.get_by_role("button", name="Deleted takes").click()
    expect(row(takes, "Blue").locator("a")).to_be_visible()


def test_takes_are_found_by_name_tag_and_emotion(takes: Page, service: RunningService) -> None:
    blue, red = id_of(service, "Blue"), id_of(service, "Red")
    change(service, blue, {"tags": ["rehearsal"], "meant": "sad"})
    change(service, red, {"meant": "happy"})
    # another page's changes appear by themselves
    expect(row(takes, "Blue")).to_contain_text("meant: sad", timeout=SOON_MS)
    takes.locator("#filter-text").fill("rehear")
    expect(takes.locator("#takes-list b")).to_have_text(["Blue"])
    expect(takes.locator("#takes-say")).to_have_text(re.compile("^1 of [0-9]+ takes$"))
    takes.locator("#filter-text").fill("")
    takes.get_by_role("radio", name="happy").check()
    expect(row(takes, "Red")).to_be_visible()
    expect(takes.locator("#takes-list > li:not([data-emotion=happy]) .meant")).to_have_count(1)


def change(service: RunningService, id: str, what: dict[str, object]) -> None:
    url = f"http://127.0.0.1:{service.port}/api/takes/{id}"
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(what).encode(), headers, method="PATCH")).close()


def test_names_are_shown_as_text_only(takes: Page, service: RunningService) -> None:
    change(service, id_of(service, "Blue"), {"name": "<img src=x onerror=alert(1)>", "tags": ["<b>x"]})
    try:
        expect(row(takes, "<img src=x")).to_be_visible(timeout=SOON_MS)
        assert takes.locator("#takes img, #takes .chip b").count() == 0
    finally:
        change(service, id_of(service, "<img src=x onerror=alert(1)>"), {"name": "Blue", "tags": []})


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, service: RunningService, colours: str) -> None:
    context = browser.new_context(color_scheme=colours, viewport={"width": 390, "height": 844})
    page = context.new_page()
    open_takes(page, service)
    assert findings(page) == []
    assert too_small(page, "#takes") == []
    for width in (320, 390, 768, 960, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
