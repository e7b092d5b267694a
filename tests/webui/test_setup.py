"""The setup, on the real service playing the demo take: what is changed on the page holds in the guitar."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from edge.config import Decision
from tests.edge.api.client import wait_until
from tests.edge.service import RunningService
from tests.webui.setting_up import SLOW_MS, open_setup, opened, playing, saved, told


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with playing(tmp_path_factory.mktemp("guitar")) as service:
        yield service


@pytest.fixture
def setup(page: Page, service: RunningService, complaints: list[str]) -> Iterator[Page]:
    with open_setup(page, service, complaints) as page:
        yield page


def lights(page: Page) -> list[str]:
    colours: list[str] = page.locator("#set-leds i").evaluate_all("all => all.map((each) => each.dataset.colour)")
    return colours


def test_a_colour_is_shown_by_the_lights_and_saved_and_can_be_undone(
    setup: Page, service: RunningService, complaints: list[str]
) -> None:
    opened(setup, "lights")
    before = saved(service, "led.sad")
    setup.get_by_label("sad", exact=True).fill("#ff00ff")
    told(setup, "Saved")
    assert saved(service, "led.sad") == "#ff00ff"
    # magenta of any brightness: as much red as blue, and no green
    wait_until(lambda: any(re.fullmatch(r"#(?!00)(..)00\1", colour) for colour in lights(setup)), SLOW_MS / 1000)
    setup.get_by_role("button", name="Undo").click()
    told(setup, "Undone")
    assert saved(service, "led.sad") == before
    expect(setup.get_by_label("sad", exact=True)).to_have_value(before)
    assert complaints == []


def test_an_osc_receiver_is_added_tested_heard_and_removed(setup: Page, service: RunningService) -> None:
    opened(setup, "gear")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        target = f"127.0.0.1:{receiver.getsockname()[1]}"
        field = setup.get_by_label("Add a receiver")

        field.fill("the lamp")
        setup.get_by_role("button", name="Add").click()
        expect(setup.locator("#target-trouble")).to_contain_text("the lamp is no address")
        expect(field).to_have_attribute("aria-invalid", "true")
        assert saved(service, "osc.targets") == []

        field.fill(target)
        field.press("Enter")
        told(setup, "Saved")
        assert saved(service, "osc.targets") == [target]
        expect(setup.locator("#target-trouble")).to_be_empty()
        assert b"/affetto/" in receiver.recv(4096)
        setup.get_by_role("button", name=f"Test {target}").click()
        expect(setup.locator("#targets")).to_contain_text("/affetto/test was sent")
        while b"/affetto/test" not in receiver.recv(4096):
            pass
        sad = setup.locator("#sent p", has_text="/affetto/emotion/sad")
        expect(sad).to_contain_text(re.compile(r"0\.\d"), timeout=SLOW_MS)
        expect(sad).to_contain_text(target)
        setup.get_by_role("button", name=f"Remove {target}").click()
        expect(setup.locator("#targets")).to_contain_text("nobody yet")
        assert saved(service, "osc.targets") == []


def test_a_value_out_of_its_limits_is_refused_at_its_field(setup: Page, service: RunningService) -> None:
    opened(setup, "lights")
    setup.get_by_label("How many").fill("5000")
    setup.get_by_label("How many").blur()
    field = setup.locator(".field", has=setup.get_by_label("How many"))
    expect(field.get_by_role("alert")).to_have_text("Enter a whole number: 1 to 1024.")
    expect(setup.get_by_label("How many")).to_have_attribute("aria-invalid", "true")
    assert saved(service, "led.count") == 8
    setup.get_by_label("How many").fill("12")
    setup.get_by_label("How many").blur()
    told(setup, "Saved")
    expect(field.get_by_role("alert")).to_be_empty()
    assert saved(service, "led.count") == 12
    field.get_by_role("button", name="Back to 8").click()
    expect(setup.get_by_label("How many")).to_have_value("8")
    assert saved(service, "led.count") == 8


def test_what_only_the_guitar_can_judge_is_refused_at_its_field_too(setup: Page, service: RunningService) -> None:
    opened(setup, "rest")
    setup.locator("#set-rest summary", has_text="The model").click()
    model = setup.locator("[id='field-model.file']")
    model.fill("/nowhere/model.onnx")
    model.blur()
    expect(setup.locator("[id='error-model.file']")).to_contain_text("/nowhere/model.onnx", timeout=SLOW_MS)
    assert saved(service, "model.file") == ""
    port = setup.locator("[id='field-web.port']")
    setup.locator("#set-rest summary", has_text="The page").click()
    expect(port).to_be_disabled()
    expect(setup.get_by_text("Given as --port when it was started")).to_be_visible()


def test_on_stage_nothing_changes_and_the_page_says_why(setup: Page, service: RunningService) -> None:
    opened(setup, "lights")
    stage = f"http://127.0.0.1:{service.port}/api/stage"
    try:
        assert setup.request.post(stage, data={"on": True}).ok
        expect(setup.locator("#set-note")).to_contain_text("Stage mode")
        setup.get_by_label("Brightness").fill("90")
        field = setup.locator(".field", has=setup.get_by_label("Brightness"))
        expect(field.get_by_role("alert")).to_contain_text("stage mode is on")
        expect(setup.get_by_label("Brightness")).to_have_value("50")
        assert saved(service, "led.brightness") == 0.5
    finally:
        setup.request.post(stage, data={"on": False})
    expect(setup.locator("#set-note")).to_be_hidden()


def test_the_slider_of_reactivity_shows_the_last_minute_otherwise_and_sets_the_guitar(
    setup: Page, service: RunningService
) -> None:
    opened(setup, "reactivity")
    slider, was, would = setup.locator("#pace"), setup.locator("#was"), setup.locator("#would")
    expect(was).to_have_attribute("aria-label", re.compile(r"\d+ s, .*a minute"), timeout=SLOW_MS)
    assert drawn(setup, "was") == drawn(setup, "would")
    shown = set()
    for pace in ("0", "10"):
        with setup.expect_response(lambda r: "preview" in r.url and bool(r.request.post_data_json)) as answer:
            slider.fill(pace)
        assert answer.value.json()["before"]["told"]
        expect(would).to_have_attribute("aria-label", re.compile("."))
        shown.add(answer.value.json()["told"])
    assert len(shown) == 2
    assert saved(service, "decision.window_s") == 8
    setup.get_by_role("button", name="Use this").click()
    told(setup, "Saved")
    quick = service.get("/api/settings")["values"]["decision"]
    assert all(quick[name] < value for name, value in {"window_s": 8, "hold_s": 1, "change": 0.5}.items())
    expect(setup.locator("[data-card=reactivity] small").first).to_have_text("very quick")
    setup.locator("#told").get_by_role("button", name="Undo").click()
    told(setup, "Undone")
    expect(slider).to_have_value("5")
    assert saved(service, "decision.window_s") == 8


def test_the_middle_of_the_slider_is_the_standard_and_every_place_is_found_again(setup: Page) -> None:
    places = setup.evaluate(
        """() => import('./pace.js').then(({ nearest, PACES, paced }) => PACES.map((_, pace) => {
             const settings = paced(pace);
             return { settings, ...nearest(settings), pace_asked: pace };
           }))"""
    )
    standard = msgspec.to_builtins(Decision())
    assert places[5]["settings"] == {name: standard[name] for name in places[5]["settings"]}
    assert all(place["exact"] and place["pace"] == place["pace_asked"] for place in places)
    for calmer, quicker in itertools.pairwise(places):
        assert all(value > quicker["settings"][name] for name, value in calmer["settings"].items())


def drawn(page: Page, strip: str) -> Any:
    return page.locator(f"#{strip} i").evaluate_all("all => all.map((e) => [e.dataset.emotion, e.style.left])")
