"""The page in a real browser, following a real server."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page, expect

from edge.types import EMOTIONS, MID_LEVEL, TrustState
from tests.webui.conftest import Guitar


def text(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text()


def test_what_is_played_is_shown_as_word_shape_and_colour(page: Page, guitar: Guitar, complaints: list[str]) -> None:
    page.goto(guitar.url)
    colours = set()
    for emotion in EMOTIONS:
        guitar.player.label = emotion
        expect(page.locator("#word")).to_have_text(emotion)
        expect(page.locator("#emblem")).to_have_attribute("href", f"#{emotion}")
        expect(page.locator("#state")).to_contain_text("live")
        expect(page.locator(f"#bars li[data-emotion={emotion}]")).to_have_class("top")
        expect(page.locator("#because")).to_contain_text("because it is")
        page.wait_for_timeout(450)  # the colour fades over
        colours.add(page.locator("#emotion").evaluate("e => getComputedStyle(e).backgroundColor"))
    assert len(colours) == 4
    assert complaints == []


def test_values_move(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    seen = {key: set() for key in ("#bars .top .fill", "#level", "#features li:first-child .fill", "#point")}
    for _ in range(8):
        page.wait_for_timeout(150)
        for selector, values in seen.items():
            values.add(page.locator(selector).evaluate("e => e.style.transform"))
    assert all(len(values) >= 3 for values in seen.values()), seen


def test_every_value_of_the_interpretable_layer_is_named(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#why-title")).to_have_text("Why sad")
    names = page.locator("#why li > span").all_inner_texts()
    assert names == [name.replace("_", " ") for name in MID_LEVEL]
    assert "no person rated them" in text(page, "#why")
    page.locator("summary").press("Enter")
    expect(page.locator("#glossary dt")).to_have_count(len(MID_LEVEL))
    expect(page.locator("#glossary dt").first).to_be_visible()


def test_a_state_is_shown_in_words_and_never_dressed_as_live(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    background = "e => getComputedStyle(e).backgroundColor"
    page.wait_for_timeout(400)  # the colour fades over
    live = page.locator("#emotion").evaluate(background)
    for state in (TrustState.SILENT, TrustState.LOST, TrustState.STALE, TrustState.UNSURE):
        guitar.player.state = state
        expect(page.locator("#state")).to_contain_text(state)
        expect(page.locator("#state-means")).not_to_be_empty()
        expect(page.locator("#word")).to_have_text("sad" if state == TrustState.UNSURE else state)
        expect(page.locator("#beside")).to_have_text("or relaxed" if state == TrustState.UNSURE else "last heard: sad")
        page.wait_for_timeout(400)
        assert page.locator("#emotion").evaluate(background) != live


def test_an_analysis_that_stands_still_is_stale(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#state")).to_contain_text("live")
    guitar.player.paused = True
    expect(page.locator("#state")).to_contain_text("stale", timeout=2500)


def test_a_stopped_guitar_greys_the_page_and_its_return_is_noticed(
    page: Page, guitar: Guitar, complaints: list[str]
) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    assert complaints == []
    guitar.stop()
    stopped_at = time.monotonic()
    expect(page.locator("#contact")).to_be_visible(timeout=2500)
    assert time.monotonic() - stopped_at < 2.5
    assert text(page, "#contact") == "No contact with the guitar, trying again"
    assert "grayscale" in page.locator("#live-view").evaluate("e => getComputedStyle(e).filter")
    assert set(page.locator("#bars b").all_inner_texts()) == {"–"}
    assert set(page.locator("#why li b").all_inner_texts()) == {"–"}
    page.wait_for_timeout(2000)
    guitar.start()
    expect(page.locator("#word")).to_have_text("sad", timeout=3000)
    expect(page.locator("#contact")).to_be_hidden()
    assert "grayscale" not in page.locator("#live-view").evaluate("e => getComputedStyle(e).filter")


def test_one_page_too_many_says_so_and_comes_in_when_there_is_room(
    browser: Browser, page: Page, guitar: Guitar
) -> None:
    guitar.stop()
    guitar.streams = 1
    guitar.start()
    first = browser.new_page()
    first.goto(guitar.url)
    expect(first.locator("#word")).to_have_text("sad")
    page.goto(guitar.url)
    expect(page.locator("#contact")).to_contain_text("as many pages as allowed (1) follow already")
    expect(page.locator("#contact")).to_contain_text("every 5 s")
    expect(first.locator("#state")).to_contain_text("live")
    first.close()
    expect(page.locator("#word")).to_have_text("sad", timeout=8000)
    expect(page.locator("#contact")).to_be_hidden()


def test_a_hidden_page_gives_its_place_back_and_returns(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); "
    hide += "document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    until = time.monotonic() + 3
    while len(guitar.broadcast) and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert len(guitar.broadcast) == 0
    page.evaluate(hide, False)
    expect(page.locator("#state")).to_contain_text("live", timeout=1500)


def test_the_guitar_speaks_of_itself(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#demo")).to_be_visible()
    expect(page.locator("#listening")).to_have_text("Listening to demo take")
    expect(page.locator("#source")).to_contain_text("44.1 kHz")
    expect(page.locator("#notes")).to_contain_text("This is a demonstration")
    expect(page.locator("#notes")).to_contain_text("no sound card was found")
    expect(page.locator("#outputs .retrying")).to_contain_text("no port named Synth")
    expect(page.locator("#about")).to_contain_text("CC BY-NC-SA 4.0")


def test_level_clipping_and_lights(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#decibels")).to_contain_text("dB")
    expect(page.locator("#clip")).to_be_hidden()
    expect(page.locator("#leds i")).to_have_count(8)
    expect(page.locator("#leds i.off")).to_have_count(3)
    assert page.locator("#leds i").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 26, 0)"
    guitar.player.changes = {"clipped": True}
    expect(page.locator("#clip")).to_be_visible()
    guitar.player.changes = {}
    expect(page.locator("#clip")).to_be_hidden(timeout=3500)
    guitar.player.state = TrustState.LOST
    expect(page.locator("#decibels")).to_have_text("–")


def test_names_are_shown_as_text_only(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    markup = "<img src=x onerror=alert(1)>"
    page.evaluate(
        """async (name) => {
            const { Guitar } = await import('./guitar.js');
            const source = { kind: 'device', name, rate_hz: 0, open: true, note: name };
            new Guitar().setState({ source, outputs: [{ name, state: 'ok', note: name }], notes: [name], uptime_s: 1 });
        }""",
        markup,
    )
    assert page.locator("img").count() == 0


def test_nothing_is_wider_than_the_screen(browser: Browser, guitar: Guitar) -> None:
    guitar.player.label = "aggressive"
    page = browser.new_page()
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("aggressive")
    for width in (320, 390, 768, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#word").evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    page.close()
