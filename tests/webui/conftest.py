"""A real browser, and a guitar whose server can be stopped and started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from edge.api import Server, create_app
from edge.config import Web
from edge.mailbox import Broadcast
from edge.types import Prediction
from tests.edge.api.playing import Player, mirror, status
from tests.webui.taking import make_takes

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Guitar:
    """Publishes predictions and serves the page, on the same port after each start."""

    def __init__(self, streams: int = 4) -> None:
        self.broadcast: Broadcast[Prediction] = Broadcast()
        self.player = Player(self.broadcast)
        self.streams = streams
        self.port = 0
        self.server: Server | None = None
        self.start()

    def start(self) -> None:
        settings = Web(port=self.port, streams=self.streams)
        self.server = Server(create_app(self.broadcast, status, mirror, settings), settings)
        self.port = self.server.port
        self.server.start()

    def stop(self) -> None:
        if self.server:
            self.server.close()
        self.server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
def guitar() -> Iterator[Guitar]:
    guitar = Guitar()
    with guitar.player:
        yield guitar
    guitar.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium")
    expect.set_options(timeout=10_000)  # a busy machine takes its time
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def phone(playwright: Playwright) -> dict[str, object]:
    return {k: v for k, v in playwright.devices["iPhone 13"].items() if k != "default_browser_type"}


@pytest.fixture(scope="session")
def two_takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two takes."""
    return make_takes(tmp_path_factory.mktemp("made") / "takes")


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said, which must be nothing."""
    return []


@pytest.fixture
def page(browser: Browser, phone: dict[str, object], complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(**phone)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def italian(browser: Browser, phone: dict[str, object]) -> Iterator[BrowserContext]:
    context = browser.new_context(**{**phone, "viewport": {"width": 390, "height": 844}, "locale": "it-IT"})
    context.set_default_timeout(5000)
    yield context
    context.close()
