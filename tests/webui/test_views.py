"""The parts of the page: found by their address, loaded when they are needed, said to be missing when they are."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from edge.types import TrustState
from tests.edge.api.client import wait_until
from tests.webui.accessible import findings, too_small
from tests.webui.conftest import Guitar

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}

MARKUP = "<h2>Part {name}</h2><button type=button>{name}</button><div class=tall></div>"
STYLE = ".tall {{ height: 300vh }} #{name}-view h2 {{ color: rgb(1, 2, 3) }}"
CODE = """
export function open(container, context) {{
  (window.calls ??= []).push('open {name} ' + container.id + ' ' + Object.keys(context).sort());
  window.stop = context.follow({{ prediction: (value) => (window.heard = value) }});
}}
export function close() {{
  window.calls.push('close {name}');
  window.stop();
}}
"""


@pytest.fixture
def loaded(page: Page) -> list[str]:
    """Stand in for the parts' own files, and return what of them was asked for."""
    asked: list[str] = []

    def part(route: Route) -> None:
        file = route.request.url.split("/")[-1]
        name, kind = file.split(".")
        asked.append(file)
        body = {"html": MARKUP, "css": STYLE, "js": CODE}[kind].format(name=name)
        route.fulfill(body=body, content_type=TYPES[kind])

    for name in ("takes", "setup"):
        for kind in TYPES:
            page.route(f"**/{name}.{kind}", part)
    return asked


@pytest.fixture
def live(page: Page, guitar: Guitar, loaded: list[str]) -> Page:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    expect(page.locator("#tabs")).to_be_visible()
    return page


def until(page: Page, condition: str) -> None:
    """Wait in small steps: the page's policy forbids what `wait_for_function` does."""
    wait_until(lambda: page.evaluate(condition), 5)


def tab(page: Page, name: str) -> Any:
    return page.locator("#tabs").get_by_role("link", name=name, exact=True)


def test_a_tab_shows_its_part_and_the_way_back_leads_back(live: Page, loaded: list[str], complaints: list[str]) -> None:
    assert loaded == []
    expect(tab(live, "Live")).to_have_attribute("aria-current", "page")
    tab(live, "Takes").click()
    expect(live.get_by_role("heading", name="Part takes")).to_be_visible()
    expect(live.get_by_role("heading", name="Part takes")).to_have_css("color", "rgb(1, 2, 3)")
    expect(live.get_by_role("main")).to_have_count(1)
    expect(tab(live, "Takes")).to_have_attribute("aria-current", "page")
    expect(tab(live, "Live")).not_to_have_attribute("aria-current", "page")
    expect(live).to_have_title("Takes · Affetto")
    assert sorted(loaded) == ["takes.css", "takes.html", "takes.js"]
    tab(live, "Setup").click()
    expect(live.get_by_role("heading", name="Part setup")).to_be_visible()
    live.go_back()
    expect(live.get_by_role("heading", name="Part takes")).to_be_visible()
    live.go_back()
    expect(live.locator("#word")).to_be_visible()
    expect(live).to_have_title("Affetto")
    assert len(loaded) == 6  # each file once
    context = "explain,follow,t"
    assert live.evaluate("calls") == [
        f"open takes takes-view {context}",
        "close takes",
        f"open setup setup-view {context}",
        "close setup",
        f"open takes takes-view {context}",
        "close takes",
    ]
    assert complaints == []


def test_a_part_can_be_opened_by_its_address(page: Page, guitar: Guitar, loaded: list[str]) -> None:
    page.goto(f"{guitar.url}#setup")
    expect(page.get_by_role("heading", name="Part setup")).to_be_visible()
    expect(page.locator("#live-view")).to_be_hidden()
    # what follows a slash is the part's own
    page.evaluate("location.hash = '#takes/0123456789ab'")
    expect(page.get_by_role("heading", name="Part takes")).to_be_visible()
    page.evaluate("location.hash = '#nothing'")
    expect(page.locator("#live-view")).to_be_visible()


def test_keys_are_enough(live: Page) -> None:
    tab(live, "Live").focus()
    live.keyboard.press("Tab")
    live.keyboard.press("Enter")
    expect(live.locator("#takes-view")).to_be_focused()
    expect(live.get_by_role("button", name="takes")).to_be_visible()
    live.keyboard.press("Tab")
    expect(live.get_by_role("button", name="takes")).to_be_focused()
    assert live.get_by_role("navigation", name="Parts of this page").get_by_role("link").all_inner_texts() == [
        "Live",
        "Takes",
        "Setup",
    ]


def test_a_part_is_found_where_it_was_left(live: Page) -> None:
    live.evaluate("scrollTo(0, 400)")
    tab(live, "Takes").click()
    expect(live.get_by_role("heading", name="Part takes")).to_be_in_viewport()
    live.evaluate("scrollTo(0, 250)")
    live.go_back()
    until(live, "scrollY === 400")
    live.go_forward()
    until(live, "scrollY === 250")


def test_what_nobody_sees_is_not_drawn_and_others_may_follow(live: Page, guitar: Guitar) -> None:
    tab(live, "Takes").click()
    until(live, "window.heard?.label === 'sad'")
    live.evaluate(
        """() => {
            window.changes = 0;
            const watched = { subtree: true, childList: true, attributes: true, characterData: true };
            const seen = (all) => (window.changes += all.filter(({ target }) => !target.closest?.('#guitar')).length);
            new MutationObserver(seen).observe(document.getElementById('live-view'), watched);
        }"""
    )
    guitar.player.label = "aggressive"
    until(live, "window.heard?.label === 'aggressive'")
    guitar.player.state = TrustState.SILENT
    until(live, "window.heard?.state === 'silent'")
    assert live.evaluate("window.changes") == 0
    tab(live, "Live").click()
    expect(live.locator("#word")).to_have_text("silent")
    assert live.evaluate("window.changes") > 0


def test_a_part_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    live: Page, guitar: Guitar, loaded: list[str]
) -> None:
    live.route("**/takes.html", lambda route: route.abort(), times=2)
    live.route("**/takes.js", lambda route: route.abort(), times=1)
    tab(live, "Takes").click()
    expect(live.get_by_role("alert").filter(visible=True)).to_contain_text("This part could not be loaded")
    live.get_by_role("button", name="Try again").click()
    expect(live.get_by_role("alert").filter(visible=True)).to_contain_text("Still no answer from the guitar")
    live.get_by_role("button", name="Try again").click()
    expect(live.get_by_role("alert").filter(visible=True)).to_contain_text("This part could not be loaded")
    live.get_by_role("button", name="Try again").click()
    expect(live.get_by_role("heading", name="Part takes")).to_be_visible()


def test_code_that_could_not_be_loaded_is_not_missing_for_good(live: Page) -> None:
    live.route("**/takes.js", lambda route: route.abort(), times=1)
    tab(live, "Takes").click()
    live.get_by_role("button", name="Try again").click()
    expect(live.get_by_role("heading", name="Part takes")).to_be_visible()


def test_a_missing_part_comes_by_itself_with_the_guitar(live: Page, guitar: Guitar) -> None:
    guitar.stop()
    live.unroute_all()
    tab(live, "Setup").click()
    expect(live.get_by_role("button", name="Try again")).to_be_visible()
    expect(live.locator("#contact")).to_be_visible()
    guitar.start()
    expect(live.get_by_role("button", name="Try again")).to_be_hidden()
    expect(live.locator("#setup-view > :first-child")).to_be_attached()


def test_a_part_left_while_it_loads_is_not_opened(live: Page) -> None:
    waiting: list[Route] = []
    live.route("**/takes.html", lambda route: waiting.append(route))
    tab(live, "Takes").click()
    expect(live.locator("#takes-view .loading")).to_be_visible()
    tab(live, "Live").click()
    expect(live.locator("#word")).to_be_visible()
    waiting[0].fulfill(body=MARKUP.format(name="takes"), content_type="text/html")
    tab(live, "Takes").click()
    expect(live.get_by_role("heading", name="Part takes")).to_be_visible()
    assert live.evaluate("calls.filter((call) => call.startsWith('open')).length") == 1


def test_guests_have_one_part_only(page: Page, guitar: Guitar, loaded: list[str]) -> None:
    guest = {"owner": False, "because": "", "stage": False, "lights": False}
    page.route("**/api/owner", lambda route: route.fulfill(json=guest))
    page.goto(f"{guitar.url}#takes")
    until(page, "location.hash === '#live'")
    expect(page.locator("#live-view")).to_be_visible()
    expect(page.locator("#takes-view")).to_be_hidden()
    expect(page.locator("#tabs")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tabs_lie_where_a_hand_reaches_them(browser: Browser, guitar: Guitar, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(guitar.url)
    tabs = page.locator("#tabs")
    expect(tabs).to_be_visible()
    box = tabs.bounding_box()
    assert box
    assert box["y"] + box["height"] == 844  # below on a phone
    assert too_small(page, "#tabs") == []
    assert findings(page, "#tabs") == []
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = page.locator("#guitar").bounding_box()
    assert last
    assert last["y"] + last["height"] <= box["y"]  # it covers nothing for good
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("scrollTo(0, 0)")
    box = tabs.bounding_box()
    assert box
    assert box["y"] < 80  # in the header where there is room
    assert findings(page, "#tabs") == []
    context.close()


def test_a_page_that_is_not_whole_says_so(page: Page, guitar: Guitar) -> None:
    page.route("**/main.js", lambda route: route.abort())
    page.goto(guitar.url)
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(
        "The page could not be loaded as a whole. Load it again."
    )
