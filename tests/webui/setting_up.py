"""The setup of the page in a browser, for tests of its cards: the real service plays the demo take, with lights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.edge.service import RunningService, running

SLOW_MS = 15_000
"""On a busy machine."""


@contextmanager
def playing(folder: Path) -> Iterator[RunningService]:
    with running(folder, "--input", "demo", "--led", "terminal") as service:
        service.wait_until_healthy()
        yield service


@contextmanager
def open_setup(page: Page, service: RunningService, complaints: list[str]) -> Iterator[Page]:
    """Open the setup, and see at the end that the page has not complained."""
    page.goto(f"http://127.0.0.1:{service.port}/#setup")
    expect(page.locator("[data-card]").first).to_be_visible(timeout=SLOW_MS)
    yield page
    # a browser notes every answer that is an error, and every one that does not come, by itself
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def opened(page: Page, card: str) -> Page:
    """Open a card and wait until its code has shown what is set."""
    with page.expect_response(re.compile(f"setup-{card}.js")):
        page.locator(f"[data-card={card}] > h2 button").click()
    expect(page.locator(f"#set-{card}")).to_be_visible()
    return page


def saved(service: RunningService, key: str) -> Any:
    section, name = key.split(".")
    return service.get("/api/settings")["values"][section][name]


def told(page: Page, text: str) -> None:
    expect(page.locator("#told")).to_contain_text(text, timeout=SLOW_MS)
