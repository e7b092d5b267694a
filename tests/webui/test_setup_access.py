"""Every card of the setup, for people with keyboards, screen readers, large fingers and narrow screens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.edge.service import RunningService, running
from tests.webui.accessible import findings, too_small

CARDS = ("input", "lights", "reactivity", "gear", "phones", "language", "health", "model", "backup", "rest")
SLOW_MS = 15_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A guitar with something to show in every card."""
    folder = tmp_path_factory.mktemp("guitar")
    hotspot = folder / "hotspot.toml"
    hotspot.write_text('name = "Affetto"\npassphrase = "warm-wood-42"\n')
    settings = f'[osc]\ntargets = ["127.0.0.1:9"]\n[web]\nsetup_done = true\nhotspot_file = "{hotspot}"\n'
    (folder / "config.toml").write_text(settings)
    with running(folder, "--input", "demo", "--led", "terminal") as service:
        service.wait_until_healthy()
        yield service


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_no_card_keeps_anybody_out(browser: Browser, service: RunningService, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"http://127.0.0.1:{service.port}/#setup")
    for card in CARDS:
        opened(page, card)
    # all together, since axe takes its time for each look, and one below the other as in the first steps
    page.locator("#setup-view").evaluate("view => view.classList.add('stepping')")
    page.locator("[data-card] > .card").evaluate_all("cards => cards.forEach((card) => (card.hidden = false))")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert findings(page) == [], scheme
    page.close()


def test_everything_can_be_touched_and_nothing_is_cut_off_on_the_smallest_phone(
    browser: Browser, service: RunningService
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 568})
    page.goto(f"http://127.0.0.1:{service.port}/#setup")
    for card in CARDS:
        opened(page, card)
        assert too_small(page, "#setup-view") == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320, card
    page.close()


def test_the_cards_are_worked_by_keyboard(browser: Browser, service: RunningService) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"http://127.0.0.1:{service.port}/#setup")
    lights = page.get_by_role("button", name="Lights")
    lights.focus()
    page.keyboard.press("Enter")
    expect(lights).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("aggressive", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("aggressive", exact=True)).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_label("Brightness")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#told")).to_contain_text("Saved", timeout=SLOW_MS)
    assert service.get("/api/settings")["values"]["led"]["brightness"] == 0.55
    page.close()


def opened(page: Page, card: str) -> None:
    """Open a card and all that folds out in it."""
    header = page.locator(f"[data-card={card}] > h2 button")
    if header.get_attribute("aria-expanded") != "true":
        header.click()
    expect(page.locator(f"#set-{card}")).to_be_visible(timeout=SLOW_MS)
    page.locator(f"#set-{card}").evaluate(
        "card => card.querySelectorAll('details').forEach((each) => (each.open = true))"
    )
