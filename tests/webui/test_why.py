"""The timeline and the view that explains a moment, on the real service playing the demo take."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from edge.explain.request import LEAST_GAIN_DB
from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running
from webui import FOLDER

ANSWER_MS = 30_000
"""An idle-priority process on a busy machine takes its time."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """One that has heard enough to be asked."""
    with running(tmp_path_factory.mktemp("guitar"), "--input", "demo") as service:
        service.wait_until_healthy()
        wait_until(lambda: about(service)["state"] == "ready" and about(service)["span_s"][1] > 12, 60)
        yield service


def about(service: RunningService) -> dict[str, Any]:
    return service.get("/api/status")["explanations"]


@pytest.fixture
def strip(page: Page, service: RunningService) -> Page:
    """The page, with its timeline filled."""
    page.goto(f"http://127.0.0.1:{service.port}/")
    expect(page.locator("#runs i:visible").first).to_be_attached(timeout=10_000)
    return page


def answered(page: Page) -> None:
    expect(page.locator("#why-stop")).to_be_hidden(timeout=ANSWER_MS)
    expect(page.locator("#versions li").first).to_be_visible(timeout=ANSWER_MS)


def choose(page: Page, kind: str) -> None:
    expect(page.locator("#kinds")).to_be_visible()  # the view's code comes when it is first asked for
    page.locator(f"#kinds input[value={kind}]").check(force=True)


def asked(page: Page) -> list[dict[str, Any]]:
    """Collect what the page asks from now on."""
    bodies: list[dict[str, Any]] = []
    page.on("request", lambda r: bodies.append(r.post_data_json) if r.method == "POST" else None)
    return bodies


def test_the_strip_shows_what_was_told_before_the_page_came(strip: Page, service: RunningService) -> None:
    told = service.get("/api/explanations/moments")["told"]
    assert len(told) >= 24
    shown = strip.locator("#runs i:visible").evaluate_all("all => all.map((e) => [e.dataset.emotion, e.offsetWidth])")
    widest = max(shown, key=lambda run: run[1])[0]
    assert widest[0] == max("ahrs", key=told.lower().count)
    seconds = 120 * sum(width for _, width in shown) / strip.locator("#runs").evaluate("e => e.offsetWidth")
    assert seconds == pytest.approx(len(told.replace("-", "")) / 2, abs=5)
    slider = strip.get_by_role("slider", name="Moment to explain")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^now: (aggressive|happy|relaxed|sad)"))
    loaded = strip.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert not [name for name in loaded if "why-view" in name]  # until it is wanted, it costs nothing


def test_the_strip_can_be_paused(strip: Page) -> None:
    strip.locator("#pause").click()
    left = strip.locator("#runs i").first.evaluate("e => e.style.left + e.style.width")
    strip.wait_for_timeout(1300)
    assert strip.locator("#runs i").first.evaluate("e => e.style.left + e.style.width") == left
    strip.locator("#pause").click()
    strip.wait_for_timeout(1300)
    assert strip.locator("#runs i").first.evaluate("e => e.style.left + e.style.width") != left


def test_now_is_explained_better_and_better_and_every_region_can_be_selected(
    strip: Page, complaints: list[str]
) -> None:
    strip.get_by_role("button", name="Why now?").click()
    view = strip.get_by_role("dialog")
    expect(view).to_be_visible()
    strip.evaluate(
        """() => { window.seen = new Set(); const far = document.getElementById('why-far');
                   new MutationObserver(() => window.seen.add(far.textContent)).observe(far, {childList: true}); }"""
    )
    answered(strip)
    assert len([text for text in strip.evaluate("[...window.seen]") if "mixtures heard" in text]) >= 1
    expect(view.get_by_role("heading", level=2)).to_have_text(re.compile("^Why (aggressive|happy|relaxed|sad)"))
    expect(strip.locator("#why-sentence")).to_have_text(re.compile(r"\w.*\.$"))
    expect(strip.locator("#why-spoken")).to_have_text(strip.locator("#why-sentence").inner_text())
    expect(strip.locator("#why-quality")).to_contain_text(re.compile(r"R² .*calls of the model.*ms"))
    # a window that has just forgotten what came before a change is short
    assert strip.locator("#spectrogram").evaluate("e => e.complete && e.naturalWidth") > 20

    regions = strip.locator("#regions [role=option]")
    assert regions.count() > 15
    assert set(regions.evaluate_all("all => all.map((e) => e.className.split(' ')[0])")) == {"pro", "con"}
    expect(regions.first).to_have_attribute("aria-label", re.compile(r"Hz, .* s: .*± 0\.\d\d"))
    strip.locator("#regions").focus()
    expect(strip.locator("#region-rank")).to_have_text(f"1 of {regions.count()}")
    ways = {"ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"}
    moved = set()
    for key in sorted(ways):
        strip.keyboard.press("Home")
        first = strip.locator("#region-place").inner_text()
        strip.keyboard.press(key)
        moved.add(strip.locator("#region-place").inner_text() != first)
        strip.keyboard.press({"ArrowRight": "ArrowLeft", "ArrowUp": "ArrowDown"}.get(key, "Home"))
    assert True in moved
    strip.locator("#weaker").click(click_count=3, delay=5)
    expect(strip.locator("#region-rank")).to_have_text(re.compile(rf"^[2-9] of {regions.count()}$"))
    target = regions.nth(7)
    box = target.bounding_box()
    assert box
    target.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(target).to_have_attribute("aria-selected", "true")
    assert strip.locator("#regions [aria-selected=true]").count() == 1
    assert complaints == []


def test_a_past_moment_by_key_and_each_version_plays(strip: Page) -> None:
    bodies = asked(strip)
    newest = strip.evaluate("fetch('api/status').then((r) => r.json()).then((s) => s.explanations.span_s[1])")
    strip.locator("#strip").focus()
    for _ in range(5):
        strip.keyboard.press("ArrowLeft")
    expect(strip.locator("#strip")).to_have_attribute("aria-valuetext", re.compile("^([5-9]|10) s ago: "))
    strip.keyboard.press("Enter")
    answered(strip)
    assert bodies[0]["time_s"] == pytest.approx(newest - 5, abs=5)
    expect(strip.locator("#why-when")).to_contain_text("s ago")
    expect(strip.locator("#versions .name")).to_have_count(5)
    for k in range(5):
        button = strip.locator("#versions button").nth(k)
        button.click()
        expect(button).to_have_attribute("aria-label", re.compile("^Pause: "))
        strip.wait_for_function(
            "() => { const a = document.getElementById('audio'); return a.duration > 1 && !a.error; }"
        )
    strip.wait_for_function("() => document.getElementById('audio').currentTime > 0.2")
    expect(strip.locator("#playhead")).to_be_visible()
    expect(strip.locator("#versions .answer b")).to_have_text([re.compile(r"^\d+ %$")] * 5)
    strip.keyboard.press("Escape")
    expect(strip.locator("#why-view")).to_be_hidden()
    strip.wait_for_function("() => document.getElementById('audio').paused")
    assert strip.evaluate("document.activeElement.id") == "strip"


def test_sources_are_switches_and_the_model_answers_to_each_setting(strip: Page) -> None:
    bodies = asked(strip)
    strip.locator("#why-now").click()
    choose(strip, "sources")
    answered(strip)
    switches = strip.get_by_role("switch")
    expect(switches).to_have_count(4)
    switches.nth(2).focus()
    strip.keyboard.press("Space")
    expect(switches.nth(2)).not_to_be_checked()
    mix = strip.locator("#versions li", has_text="As switched")
    expect(mix).to_contain_text("without middle register", timeout=ANSWER_MS)
    expect(mix).to_contain_text("%")
    strip.wait_for_function("() => { const a = document.getElementById('audio'); return a.duration > 1 && !a.paused; }")
    assert bodies[-1]["gains_db"] == [0, 0, LEAST_GAIN_DB, 0]
    assert bodies[-1]["time_s"] == pytest.approx(bodies[0]["time_s"] or bodies[-1]["time_s"])
    switches.nth(2).click()
    expect(mix).to_have_count(0)


def test_what_would_make_it_sadder(strip: Page) -> None:
    strip.locator("#why-now").click()
    answered(strip)
    choose(strip, "whatif")
    strip.get_by_role("button", name="Make it sadder").click()
    expect(strip.locator("#before-after b")).to_have_text([re.compile(r"^\d+ % → \d+ %$")] * 4, timeout=ANSWER_MS)
    expect(strip.locator("#versions")).to_contain_text("Changed")
    expect(strip.locator("#why-sentence")).to_contain_text("sad")


def test_a_feature_is_explained_by_features(strip: Page) -> None:
    strip.locator("#why-now").click()
    answered(strip)
    choose(strip, "effects")
    strip.locator("#of").select_option("minorness")
    expect(strip.locator("#view-title")).to_have_text("Why minorness?")
    expect(strip.locator("#why-sentence")).to_contain_text(re.compile("minor|major"), timeout=ANSWER_MS)
    expect(strip.locator("#effects-rows .asked")).to_contain_text("minorness")


@pytest.mark.parametrize(
    ("status", "detail", "title"),
    [
        (409, "nobody plays at 3.0 s; choose a moment with sound", "Nobody played then"),
        (409, "there is no sound at 3 s; choose a time from 10.0 to 20.0 s", "Too long ago"),
        (409, "nothing has been heard yet; play, and ask again", "Nothing heard yet"),
        (503, "explanations are switched off; set explain.enabled = true", "Explanations are off"),
        (503, "explanations need lime: pip install 'affetto[explain]'", "Not installed"),
        (400, "of: 'angry' is unknown", "This cannot be explained"),
    ],
)
def test_why_there_is_no_answer_is_said(strip: Page, status: int, detail: str, title: str) -> None:
    problem = json.dumps({"status": status, "detail": detail})
    strip.route("**/api/explanations", lambda route: route.fulfill(status=status, body=problem))
    strip.locator("#why-now").click()
    alert = strip.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text(title)
    expect(alert).to_contain_text(detail)
    expect(strip.locator("#why-stop")).to_be_hidden()


def test_a_full_queue_is_waited_for(strip: Page) -> None:
    answers = iter([429])

    def full_once(route: Route) -> None:
        if next(answers, None) is None:
            route.continue_()
        else:
            body = json.dumps({"detail": "4 explanations wait already"})
            route.fulfill(status=429, headers={"Retry-After": "1"}, body=body)

    strip.route("**/api/explanations", full_once)
    strip.locator("#why-now").click()
    expect(strip.locator("#why-trouble")).to_contain_text("4 explanations wait already Trying again every 1 s")
    expect(strip.locator("#why-trouble")).to_be_hidden(timeout=5000)
    expect(strip.locator("#why-sentence")).to_contain_text(".", timeout=ANSWER_MS)


def test_everything_has_a_name_and_a_finger_can_hit_it(strip: Page) -> None:
    strip.locator("#why-now").click()
    answered(strip)
    strip.locator("#regions").focus()
    for _ in range(2):
        small = strip.locator("button:visible, select:visible, #kinds label:visible, #strip:visible").evaluate_all(
            """all => all.map((e) => [e.outerHTML, e.getBoundingClientRect()])
                        .filter(([, r]) => r.height < 43.9 || r.width < 43.9).map(([html]) => html)"""
        )
        assert small == []
        choose(strip, "whatif")
    said = strip.get_by_role("dialog").aria_snapshot()
    for line in (
        'dialog "Why',
        'radio "Where"',
        'button "Make it sadder"',
        'button "Play: As played"',
        'button "Close"',
    ):
        assert line in said, said
    assert re.search(r"(button|switch|radio|combobox)( \[|:|$)", said, re.MULTILINE) is None, said
    for width in (320, 390, 768, 1280):
        strip.set_viewport_size({"width": width, "height": 800})
        for kind in ("regions", "whatif"):
            choose(strip, kind)
            assert strip.locator("#why-view").evaluate("e => e.scrollWidth <= e.clientWidth"), (width, kind)


def test_lost_contact_is_said_and_overcome(strip: Page) -> None:
    strip.locator("#why-now").click()
    answered(strip)
    strip.context.set_offline(True)
    choose(strip, "sources")
    expect(strip.locator("#why-trouble")).to_contain_text("No contact with the guitar")
    expect(strip.locator("#why-view")).to_be_visible()
    strip.context.set_offline(False)
    expect(strip.get_by_role("switch")).to_have_count(4, timeout=ANSWER_MS)
    expect(strip.locator("#why-trouble")).to_be_hidden()


def worker_of(service: RunningService) -> int:
    """Return the process that explains."""
    tasks = [path.read_text() for path in Path(f"/proc/{service.child}/task").glob("*/children")]
    return int("".join(tasks).split()[0])


def test_closing_cancels(strip: Page, service: RunningService) -> None:
    worker = worker_of(service)
    os.kill(worker, signal.SIGSTOP)  # so that it cannot have answered before
    with strip.expect_response(lambda r: r.request.method == "POST") as post:
        box = strip.locator("#strip").bounding_box()
        assert box
        strip.locator("#strip").click(position={"x": box["width"] * 0.96, "y": box["height"] * 0.7})
    job = post.value.json()["id"]
    with strip.expect_response(lambda r: r.request.method == "DELETE"):
        strip.get_by_role("button", name="Close").click()
    os.kill(worker, signal.SIGCONT)
    wait_until(lambda: service.get(f"/api/explanations/{job}")["state"] == "cancelled", 15)


def test_a_worker_that_dies_is_said_and_can_be_asked_again(strip: Page, service: RunningService) -> None:
    worker = worker_of(service)
    os.kill(worker, signal.SIGSTOP)  # so that it cannot have answered before
    strip.locator("#why-now").click()
    expect(strip.locator("#why-stop")).to_be_visible()
    strip.wait_for_timeout(300)
    os.kill(worker, signal.SIGKILL)
    expect(strip.locator("#why-trouble")).to_contain_text("The explainer stopped")
    expect(strip.locator("#trouble-detail")).to_contain_text("SIGKILL")
    strip.get_by_role("button", name="Ask again").click()
    expect(strip.locator("#why-sentence")).to_have_text(re.compile(r"\w.*\.$"), timeout=60_000)
    expect(strip.locator("#why-trouble")).to_be_hidden()


def test_the_whole_page_stays_light() -> None:
    """All parts of the page in all languages, as they are sent."""
    sent = [path for path in FOLDER.iterdir() if path.suffix in (".js", ".json", ".css", ".html", ".svg")]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in sent) < 150_000
