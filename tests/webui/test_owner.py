"""Pairing in a real browser, by what the lights of the real service show."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from edge.owner.pairing import LENGTH, SYMBOLS
from tests.edge.api.client import wait_until
from tests.edge.outputs.led.reading import read_round
from tests.edge.service import running
from tests.webui.accessible import findings, too_small
from tests.webui.owning import Guitar, enter, mode, pair_by_console, playing, status_of


@pytest.fixture(scope="module")
def running_guitar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guitar]:
    with playing(tmp_path_factory.mktemp("guitar")) as guitar:
        yield guitar


@pytest.fixture
def guitar(running_guitar: Guitar) -> Guitar:
    """One that nobody owns yet."""
    running_guitar.forget()
    return running_guitar


def test_what_the_lights_show_makes_this_phone_the_owners_also_after_a_crash(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    mode(page, "guest")
    expect(page.locator("#tabs")).to_be_hidden()
    assert status_of(page, "GET", "/api/takes") == 401
    assert status_of(page, "POST", "/api/takes/record", {}) == 401
    page.locator("#owner").click()
    now = len(guitar.watcher.frames)
    page.locator("#pair-show").click()
    expect(page.locator("#pair-hint")).to_contain_text("white flash")
    code = guitar.watcher.read(now)
    assert not set(code) - set(SYMBOLS)
    enter(page, code)
    expect(page.locator("#pair-done")).to_be_visible()
    page.locator("#pair-done .close").click()
    mode(page, "owner")
    expect(page.locator("#owner")).to_be_focused()
    expect(page.locator("#tabs")).to_be_visible()
    assert status_of(page, "GET", "/api/takes") == 200
    # the code is gone from the lights at once
    wait_until(lambda: read_round(guitar.watcher.frames[-15:]) is None and guitar.watcher.frames[-1][1][0].any(), 10)

    os.kill(guitar.service.child, signal.SIGKILL)
    wait_until(guitar.service.healthy, 30)
    page.reload()
    mode(page, "owner")
    assert status_of(page, "GET", "/api/takes") == 200


def test_wrong_colours_are_told_and_stopped(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    page.locator("#owner").click()
    page.locator("#pair-show").click()
    expect(page.locator("#pair-show")).to_be_hidden()
    wrong = page.locator("#pair-wrong")
    for says in ("2 tries are left", "One more try is left", "for the third time"):
        # the chance that one of these is right is 1 in 20,000
        page.keyboard.type("1234" * (LENGTH // 4))
        expect(wrong).to_contain_text(says)
    expect(page.locator("#pair-slots svg")).to_have_count(0)
    page.locator("#pair-show").click()
    expect(wrong).to_contain_text("Too many attempts")
    mode(page, "guest")
    # who can use the console does not have to wait
    enter(page, guitar.printed())
    expect(page.locator("#pair-done")).to_be_visible()


def test_closing_the_dialog_ends_the_code_for_the_next_who_asks(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    for _ in range(2):
        page.locator("#owner").click()
        page.locator("#pair-show").click()
        expect(page.locator("#pair-show")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator("#pair")).to_be_hidden()


def test_the_dialogs_can_be_used_by_keyboard_and_screen_reader(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    mode(page, "guest")
    page.locator("#owner").press("Enter")
    expect(page.locator("#pair-title")).to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert findings(page, "#pair") == []
    assert too_small(page, "#pair") == []
    page.keyboard.press("1")
    page.keyboard.press("3")
    expect(page.locator("#pair-spoken")).to_have_text("green, 2 of 8")
    expect(page.locator("#pair-slots")).to_have_attribute("aria-label", "2 of 8 colours entered")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    for symbol in guitar.printed():
        page.keyboard.press(str(1 + SYMBOLS.index(symbol)))
    expect(page.locator("#pair-done .close")).to_be_focused()
    page.keyboard.press("Enter")
    mode(page, "owner")
    page.keyboard.press("Enter")
    expect(page.locator("#devices li")).to_have_count(1)
    assert findings(page, "#phones") == []
    assert too_small(page, "#phones") == []


def test_a_forgotten_phone_is_a_guest_again(page: Page, guitar: Guitar) -> None:
    pair_by_console(page, guitar)
    page.locator("#owner").click()
    expect(page.locator("#devices li b")).to_contain_text("this one")
    page.locator("#devices button").click()
    mode(page, "guest")
    expect(page.locator("#phones")).to_be_hidden()
    assert status_of(page, "GET", "/api/takes") == 401
    page.locator("#owner").click()
    enter(page, guitar.printed())
    page.locator("#pair-done .close").click()
    mode(page, "owner")
    guitar.affetto("pair", "--revoke", "all")
    assert status_of(page, "GET", "/api/takes") == 401
    page.reload()
    mode(page, "guest")


def test_without_lights_the_page_names_the_console(page: Page, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[web]\ntrust_this_machine = false\n")
    with running(tmp_path, "--input", "demo") as service:
        wait_until(service.healthy, 30)
        page.goto(f"http://127.0.0.1:{service.port}/")
        page.locator("#owner").click()
        expect(page.locator("#pair-hint")).to_contain_text("no lights")
        expect(page.locator("#pair-show")).to_be_hidden()
        expect(page.locator("#pair")).to_contain_text("affetto pair")
