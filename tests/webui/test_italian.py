"""Explanations, takes and setup in Italian, on the real service playing the demo take."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running
from tests.webui import texts

ANSWER_MS = 30_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """One that has heard enough to be asked."""

    def ready() -> bool:
        about = service.get("/api/status")["explanations"]
        return bool(about["state"] == "ready" and about["span_s"][1] > 12)

    with running(tmp_path_factory.mktemp("guitar"), "--input", "demo") as service:
        service.wait_until_healthy()
        wait_until(ready, 60)
        yield service


def test_an_explanation_speaks_italian(italian: BrowserContext, service: RunningService) -> None:
    page = italian.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/")
    expect(page.locator("#runs i:visible").first).to_be_attached(timeout=10_000)
    page.locator("#why-now").click()
    for kind in ("regions", "effects", "sources", "whatif"):
        page.locator(f"#kinds input[value={kind}]").check(force=True)
        if kind == "whatif":
            page.get_by_role("button", name="Più triste").click()
        expect(page.locator("#why-stop")).to_be_hidden(timeout=ANSWER_MS)
        expect(page.locator("#why-sentence")).to_contain_text(re.compile(r"\.$"))
        if kind == "regions":
            page.locator("#regions").focus()
        assert texts.english_in(page, "#why-view") == []
        assert page.locator("#why-view").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert texts.english_in(page, "body") == []


def test_a_refused_question_is_said_in_italian(italian: BrowserContext, service: RunningService) -> None:
    def refuse(route: Route) -> None:
        detail = "the sound at 12.5 s is no longer kept; choose a later moment"
        problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail}
        route.fulfill(status=400, json=problem)

    page = italian.new_page()
    page.route("**/api/explanations", refuse)
    page.goto(f"http://127.0.0.1:{service.port}/")
    page.locator("#why-now").click()
    expect(page.locator("#trouble-title")).to_have_text("Troppo tempo fa")
    detail = "il suono a 12,5 s non è più conservato; scegli un momento più recente"
    expect(page.locator("#trouble-detail")).to_have_text(detail)


def test_takes_speak_italian(italian: BrowserContext, service: RunningService) -> None:
    page = italian.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/#takes")
    page.get_by_role("button", name="Conserva ciò che ho appena suonato").filter(visible=True).click()
    expect(page.locator("#toast")).to_contain_text("Conservata come")
    assert texts.english_in(page, "main:not([hidden])") == []
    assert texts.fits(page)
    page.locator("#toast").get_by_role("button", name="Apri").click()
    expect(page.locator("#take-why")).to_be_visible()
    expect(page.locator("#values li").first).to_contain_text("cantabilità")
    assert texts.english_in(page, "main:not([hidden])") == []
    assert texts.fits(page)


def test_setup_speaks_italian(italian: BrowserContext, service: RunningService) -> None:
    page = italian.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/#setup")
    cards = page.locator("#setup-view [data-card]")
    expect(cards.first).to_be_visible()
    for card in cards.all():
        card.locator("h2 button").click()
        expect(card.locator("> .card")).to_be_visible()
        assert texts.fits(page), card.get_attribute("data-card")
    # what the model's makers wrote, and the log, stay as they are written
    page.locator("#model-card, #model-note, #log").evaluate_all("all => all.forEach((e) => e.remove())")
    assert texts.english_in(page, "#setup-view") == []
