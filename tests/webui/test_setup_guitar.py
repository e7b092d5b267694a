"""What the setup lets the guitar do: check its input, examine itself, keep and restore its settings, begin anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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


def test_the_guided_check_counts_down_and_ends_in_a_sentence(setup: Page) -> None:
    opened(setup, "input")
    expect(setup.locator("#set-decibels")).to_have_text(re.compile("−?[0-9]+ dB"))
    setup.get_by_role("button", name="Start the check").click()
    expect(setup.locator("#check-do")).to_contain_text("Be quiet")
    expect(setup.locator("#check-left")).to_have_text(re.compile("^[1-4]$"))
    setup.get_by_role("button", name="Stop").click()
    expect(setup.locator("#check-left")).to_be_hidden()
    setup.get_by_role("button", name="Start the check").click()
    expect(setup.locator("#check-do")).to_contain_text("Now play", timeout=SLOW_MS)
    # which one it is depends on where the demo take is
    expect(setup.locator(".verdict")).to_have_text(re.compile(r"^[A-Z].*\.$"), timeout=SLOW_MS)
    expect(setup.locator("#check-result li").first).to_contain_text(re.compile(r"\."))
    expect(setup.get_by_role("button", name="Check again")).to_be_visible()
    expect(setup.locator(":is(#check-start, #check-use):focus")).to_be_visible()


def test_the_gate_that_a_good_check_proposes_is_taken_by_one_button(setup: Page, service: RunningService) -> None:
    finding = {
        "code": "gate",
        "values": {"gate_dbfs": -58},
        "template": "Playing will be noticed from {gate_dbfs} dB on.",
    }
    result = {"verdict": "good", "findings": [finding], "gate_dbfs": -58, "gate_dbfs_now": -55}
    done = {"phase": "done", "left_s": 0, "progress": 1, "note": "", "level_dbfs": -60, "result": result}
    # nobody plays a guitar here well enough
    setup.route("**/api/check", lambda route: route.fulfill(json=done))
    opened(setup, "input")
    expect(setup.locator(".verdict")).to_have_text("Your guitar is heard well.")
    expect(setup.locator("#check-result li")).to_have_text("Playing will be noticed from −58 dB on.")
    setup.get_by_role("button", name="Use −58 dB as silence").click()
    told(setup, "Saved")
    assert saved(service, "decision.gate_dbfs") == -58
    expect(setup.locator("#check-use")).to_be_hidden()


def test_settings_are_backed_up_and_restored_after_asking_back(
    setup: Page, service: RunningService, tmp_path: Path
) -> None:
    opened(setup, "backup")
    with setup.expect_download() as download:
        setup.get_by_role("link", name="Save a backup").click()
    assert re.fullmatch(r"affetto-settings-[\d-]+\.toml", download.value.suggested_filename)
    kept = tmp_path / "kept.toml"
    download.value.save_as(kept)
    bright = saved(service, "led.brightness")
    opened(setup, "lights")
    setup.get_by_label("Brightness").fill("20")
    told(setup, "Saved")
    assert saved(service, "led.brightness") == 0.2

    setup.locator("[data-card=backup] > h2 button").click()
    setup.locator("#restore").set_input_files(kept)
    expect(setup.locator("#restore-says")).to_have_text("Replace all settings by those in kept.toml?")
    setup.get_by_role("button", name="Keep what is there").click()
    expect(setup.locator("#restore-ask")).to_be_hidden()
    assert saved(service, "led.brightness") == 0.2
    setup.locator("#restore").set_input_files(kept)
    setup.get_by_role("button", name="Restore", exact=True).click()
    told(setup, "Settings restored")
    assert saved(service, "led.brightness") == bright
    setup.locator("#told").get_by_role("button", name="Undo").click()
    told(setup, "as before")
    assert saved(service, "led.brightness") == 0.2
    broken = tmp_path / "broken.toml"
    broken.write_text("[led]\ncount = 0\n")
    setup.locator("#restore").set_input_files(broken)
    setup.get_by_role("button", name="Restore", exact=True).click()
    expect(setup.locator("#restore-trouble")).to_contain_text("led.count")


def test_self_test_and_log_can_be_read_and_copied(setup: Page, complaints: list[str]) -> None:
    setup.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(setup, "health")
    expect(setup.locator("#log")).to_contain_text("listening to demo take")
    setup.get_by_role("button", name="Run the self-test").click()
    model = setup.locator("#findings li", has_text="model")
    expect(model).to_have_attribute("data-sign", "✓", timeout=30_000)
    assert setup.locator("#findings li").evaluate_all("all => new Set(all.map((e) => e.dataset.sign)).size") > 0
    setup.locator("#doctor-copy").click()
    expect(setup.locator("#doctor-copy")).to_have_text("Copied")
    assert "✓ model: " in setup.evaluate("navigator.clipboard.readText()")
    assert complaints == []


def test_what_waits_for_a_restart_says_so_and_the_page_comes_back_by_itself(
    setup: Page, service: RunningService
) -> None:
    opened(setup, "rest")
    setup.locator("#set-rest summary", has_text="Explanations").click()
    setup.locator("[id='field-explain.keep_s']").fill("60")
    setup.locator("[id='field-explain.keep_s']").blur()
    expect(setup.locator("#waiting-keys")).to_contain_text("explain.keep_s")
    setup.get_by_role("button", name="Restart now").click()
    told(setup, "Back in a moment")
    told(setup, "The guitar is back")
    expect(setup.locator("#waiting-keys")).to_be_hidden()
    expect(setup.locator("#contact")).to_be_hidden(timeout=SLOW_MS)
    status = service.get("/api/status")
    assert status["explanations"]["keep_s"] == 60
    assert status["uptime_s"] < 30
