"""A guitar with some takes in its folder, for the tests of the page that shows them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.edge.service import RunningService, running
from tests.edge.takes.playing import Playing

TAKES = Path("data", "affetto", "takes")
"""Where the service that is tested keeps its takes."""

SECONDS = {"Blue": 12, "Red": 20}
"""The takes that are there from the beginning, the oldest first, each another part of the demo take."""


def make_takes(folder: Path) -> Path:
    """Record them, as fast as it goes, and return the folder in which they lie."""
    with Playing(folder, min_free_mb=10) as player:
        for name, seconds in SECONDS.items():
            player.recorder.record(name)
            player.play(seconds)
            player.recorder.stop()
    return folder


@contextmanager
def guitar_with_takes(folder: Path, takes: Path, settings: str = "") -> Iterator[RunningService]:
    """Start the real service on the demo take with copies of some takes, and with `settings` in its file."""
    (folder / "config.toml").write_text(settings)
    shutil.copytree(takes, folder / TAKES)
    with running(folder, "--input", "demo") as service:
        service.wait_until_healthy()
        yield service


def open_takes(page: Page, service: RunningService, rest: str = "") -> None:
    """Open the view of the takes, or with `rest` what lies below it, and wait for what it shows."""
    page.goto(f"http://127.0.0.1:{service.port}/#takes{rest}")
    expect(page.locator("#takes-list > li").first).to_be_attached(timeout=10_000)
    expect(page.locator("#record")).to_be_enabled()


def id_of(service: RunningService, name: str) -> str:
    """Return the id of the newest take with a name."""
    ids: list[str] = [take["id"] for take in service.get("/api/takes")["takes"] if take["name"] == name]
    return ids[0]


def wait_for_clock(page: Page, button: str, text: str) -> None:
    """Wait until a button shows exactly this second; looking once in a while, as `expect` does, could miss it."""
    page.wait_for_function(
        "([id, text]) => document.getElementById(id).innerText.trim() === text", arg=[button, text], timeout=10_000
    )
