"""One take on the page: to play, to look into, to explain, to correct, to take away and to compare."""

from __future__ import annotations

import csv
import json
import math
import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import soundfile
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from edge.types import MID_LEVEL
from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.webui.accessible import findings, too_small
from tests.webui.taking import SECONDS, guitar_with_takes, id_of, open_takes

SOON_MS = 10_000
ANSWER_MS = 40_000
"""A process of idle priority on a busy machine takes its time."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, two_takes: Path) -> Iterator[RunningService]:
    with guitar_with_takes(tmp_path_factory.mktemp("guitar"), two_takes) as service:
        yield service


@pytest.fixture
def take(page: Page, service: RunningService) -> Page:
    """The page, with the take Red shown whole."""
    open_takes(page, service)
    page.locator("#takes-list a", has_text="Red").click()
    expect(page.locator("#take-runs i").first).to_be_attached(timeout=SOON_MS)
    return page


def told_at(page: Page) -> float:
    """Return where the cursor is, in seconds of the take."""
    share: float = page.locator("#take-cursor").evaluate("e => parseFloat(e.style.left) / 100")
    return share * SECONDS["Red"]


def test_a_take_shows_what_was_heard_at_every_moment(take: Page, service: RunningService) -> None:
    red = id_of(service, "Red")
    heard = service.get(f"/api/takes/{red}/predictions")
    box = take.locator("#take-stage").bounding_box()
    assert box
    seen = set()
    for k in range(0, len(heard["time_s"]), 40):
        x = box["width"] * heard["time_s"][k] / SECONDS["Red"]
        take.locator("#take-stage").click(position={"x": min(x, box["width"] - 1), "y": 20})
        assert told_at(take) == pytest.approx(heard["time_s"][k], abs=0.2)
        moment = service.get(f"/api/takes/{red}/predictions?at={told_at(take)}")
        expect(take.locator("#take-heard")).to_contain_text(moment["label"])
        sent = round(moment["probabilities"][moment["label"]], 3)
        expect(take.locator("#take-heard")).to_contain_text(f"{math.floor(100 * sent + 0.5)} %")
        shown = take.locator("#values b").all_inner_texts()
        assert len(shown) == len(MID_LEVEL)
        for text, name in zip(shown, MID_LEVEL, strict=True):
            assert float(text.replace("−", "-")) == pytest.approx(moment["mid_level"][name]["value"], abs=0.06)
        seen.add(moment["label"])
    assert len(seen) >= 2
    points = take.locator("#way-line").get_attribute("points") or ""
    assert len(points.split()) > 100
    layers = take.locator("#take-likely i").evaluate_all("all => all.map((e) => getComputedStyle(e).clipPath)")
    assert len(layers) == 4
    assert all(layer.startswith("polygon(") for layer in layers)


def test_it_plays_with_a_moving_cursor_and_can_be_moved_by_keys(take: Page, complaints: list[str]) -> None:
    take.get_by_role("button", name="Play").click()
    take.wait_for_function("() => parseFloat(document.getElementById('take-cursor').style.left) > 4", timeout=SOON_MS)
    place = take.get_by_role("slider", name="Place in the take")
    place.focus()
    place.press("PageDown")
    expect(take.get_by_role("button", name="Pause")).to_be_visible()
    place.press(" ")
    expect(take.get_by_role("button", name="Play")).to_be_visible()
    place.press("Home")
    for key, at_s in (("ArrowRight", 1), ("PageUp", 11), ("ArrowLeft", 10), ("End", 20), ("Home", 0)):
        place.press(key)
        assert told_at(take) == pytest.approx(at_s, abs=0.05)
        expect(place).to_have_attribute("aria-valuetext", re.compile(f"^0:{at_s:02d}, "))
        heard_s = take.locator("#take-audio").evaluate("e => e.currentTime")
        assert heard_s == pytest.approx(at_s, abs=0.1)
    assert complaints == []


def test_a_moment_of_it_is_explained(take: Page, service: RunningService) -> None:
    wait_until(lambda: service.get("/api/status")["explanations"]["state"] == "ready", 60)
    place = take.get_by_role("slider", name="Place in the take")
    place.press("PageUp")
    with take.expect_request(lambda request: request.method == "POST" and "explanations" in request.url) as asked:
        take.get_by_role("button", name="Why here?").click()
    body = asked.value.post_data_json
    assert (body["take"], body["time_s"]) == (id_of(service, "Red"), pytest.approx(10, abs=0.1))
    view = take.get_by_role("dialog")
    expect(view.locator("#why-sentence")).to_have_text(re.compile(r"\w.*\.$"), timeout=ANSWER_MS)
    expect(view.locator("#why-when")).to_contain_text("of “Red”")
    view.get_by_role("button", name="Close").click()
    expect(take.locator("#take-heard")).to_be_visible()


def test_it_is_named_tagged_and_corrected(take: Page, service: RunningService) -> None:
    red = id_of(service, "Red")

    def known() -> tuple[str, list[str], str]:
        found = service.get(f"/api/takes/{red}")
        return found["name"], found["tags"], found["meant"]

    name = take.get_by_role("textbox", name="Name of this take")
    name.fill("Red, slower")
    name.press("Enter")
    expect(take.locator("#takes-list b").first).to_have_text("Red, slower")
    take.get_by_role("textbox", name="New tag").fill("live")
    take.get_by_role("textbox", name="New tag").press("Enter")
    expect(take.get_by_role("button", name="Remove the tag “live”")).to_be_visible()
    take.get_by_role("group", name="What I meant").get_by_role("radio", name="relaxed").check()
    expect(take.locator("#takes-list")).to_contain_text("meant: relaxed")
    wait_until(lambda: known() == ("Red, slower", ["live"], "relaxed"), 5)
    # as it was, also after loading the page anew
    take.reload()
    expect(name).to_have_value("Red, slower", timeout=SOON_MS)
    expect(take.locator("#meant input:checked")).to_have_value("relaxed")
    take.get_by_role("button", name="Remove the tag “live”").click()
    expect(take.locator("#tag-list button")).to_have_count(0)
    take.locator("#meant").get_by_role("radio", name="not said").check()
    name.fill("")
    name.press("Enter")
    expect(name).to_have_value("Red, slower")
    name.fill("Red")
    name.press("Enter")
    wait_until(lambda: known() == ("Red", [], ""), 5)


def downloaded(page: Page, link: str, folder: Path) -> Path:
    with page.expect_download(timeout=ANSWER_MS) as download:
        page.get_by_role("link", name=link).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_everything_can_be_taken_away(take: Page, service: RunningService, tmp_path: Path) -> None:
    for link in ("FLAC", "WAV"):
        path = downloaded(take, link, tmp_path)
        assert path.name == f"affetto-take-2.{link.lower()}"
        assert soundfile.info(path).duration == pytest.approx(20, abs=0.01)
    with downloaded(take, "CSV", tmp_path).open(newline="") as file:
        assert len(list(csv.DictReader(file))) == pytest.approx(215, abs=2)
    assert json.loads(downloaded(take, "JSON", tmp_path).read_text())["take"]["name"] == "Red"
    with Image.open(downloaded(take, "PNG", tmp_path)) as image:
        assert image.size == (1500, 840)
    for link, most in (("ZIP", 4), ("All as ZIP", 7)):  # the first with a report in HTML
        take.goto(f"http://127.0.0.1:{service.port}/#takes" + (f"/{id_of(service, 'Red')}" if link == "ZIP" else ""))
        name = re.compile(f"^{link}")
        with take.expect_download(timeout=ANSWER_MS) as download:
            take.get_by_role("link", name=name).click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == most


def test_two_takes_are_compared_at_one_scale_and_in_words(take: Page, service: RunningService) -> None:
    take.locator("#compare-with").select_option(label="Blue")
    strips = take.locator("#compare-strips .runs")
    expect(strips).to_have_count(2, timeout=SOON_MS)
    red, blue = (strips.nth(k).evaluate("e => e.offsetWidth") for k in (0, 1))
    assert blue / red == pytest.approx(SECONDS["Blue"] / SECONDS["Red"], abs=0.02)
    expect(take.locator("#compare-says")).to_have_text(
        re.compile(r"^“Blue” is (more .+ than|played much like) “Red”\.$")
    )
    expect(take.locator("#compare-likely li")).to_have_count(4)
    values = take.locator("#compare-values li")
    expect(values).to_have_count(len(MID_LEVEL))
    differences = []
    for row in values.all():
        one, two = (float(text.replace("−", "-")) for text in row.locator("b").all_inner_texts())
        differences.append(abs(two - one))
    assert all(later - sooner < 0.11 for sooner, later in pairwise(differences))  # the numbers are rounded
    take.get_by_role("link", name="Back to the take").click()
    expect(take.locator("#take-name")).to_have_value("Red")
    take.go_back()
    expect(strips).to_have_count(2)


def test_a_take_that_is_gone_leads_to_the_list(page: Page, service: RunningService) -> None:
    open_takes(page, service, "/0123456789ab")
    expect(page).to_have_url(re.compile("#takes$"))


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, service: RunningService, colours: str) -> None:
    context = browser.new_context(color_scheme=colours, viewport={"width": 390, "height": 844})
    page = context.new_page()
    red, blue = id_of(service, "Red"), id_of(service, "Blue")
    for rest, ready in ((f"/{red}", "#take-runs i"), (f"/{red}+{blue}", "#compare-strips i")):
        open_takes(page, service, rest)
        expect(page.locator(ready).first).to_be_visible(timeout=SOON_MS)
        assert findings(page) == []
        assert too_small(page, "#takes") == []
        for width in (320, 390, 768, 960, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 390, "height": 844})
    context.close()


def test_a_take_made_meanwhile_can_be_opened_at_once(take: Page, service: RunningService) -> None:
    take.get_by_role("link", name="Live").click()
    take.locator("#live-keep").click()
    link = take.locator("#live-takes-says a")
    link.click(timeout=SOON_MS)
    newest = service.get("/api/takes")["takes"][0]
    expect(take.locator("#take-name")).to_have_value(newest["name"])
    expect(take).to_have_url(re.compile(newest["id"]))


def test_beside_the_list_there_is_a_take_where_there_is_room(browser: Browser, service: RunningService) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    open_takes(page, service)
    newest = service.get("/api/takes")["takes"][0]["name"]
    expect(page.locator("#take-name")).to_have_value(newest)
    expect(page.locator("#takes-list")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#take")).to_be_hidden()
    expect(page.locator("#takes-list")).to_be_visible()
    page.close()
