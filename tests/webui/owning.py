"""A guitar whose owner is to be found out: the real service, which does not trust the machine that the tests run on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from edge.owner.access import Access
from edge.owner.pairing import LENGTH, SYMBOLS
from tests.edge.api.client import wait_until
from tests.edge.outputs.led.reading import read_round
from tests.edge.service import AFFETTO, RunningService, running

SETTINGS = """
[web]
trust_this_machine = false
[led]
driver = "terminal"
"""
ROUND_S = 60.0
"""A round of the code takes 13 s; one may have to be seen twice, on a busy machine."""


class Watcher:
    """Looks at the lights: a terminal, on which the service draws them."""

    def __init__(self) -> None:
        self._master, self.terminal = os.openpty()
        self.frames: list[tuple[float, NDArray[np.uint8]]] = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        text = ""
        while True:
            try:
                text += os.read(self._master, 65536).decode(errors="replace")
            except OSError:  # the service has ended
                return
            *lines, text = text.split("\r\x1b[2K")
            for line in lines:
                if colours := re.findall(r"\x1b\[48;2;(\d+);(\d+);(\d+)m", line):
                    self.frames.append((time.monotonic(), np.array(colours, np.uint8)))

    def read(self, first: int) -> tuple[str, ...]:
        """Return the code that the lights show from the frame of that number on."""
        wait_until(lambda: len(read_round(self.frames[first:]) or ()) == LENGTH, ROUND_S)
        code = read_round(self.frames[first:])
        assert code is not None
        return code


class Guitar:
    def __init__(self, service: RunningService, folder: Path, watcher: Watcher) -> None:
        self.service, self.watcher = service, watcher
        self._environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        self._access = Access(folder / "state" / "affetto")
        self.url = f"http://127.0.0.1:{service.port}/"

    def affetto(self, *arguments: str) -> str:
        """Type a command on the guitar itself."""
        command = [AFFETTO, *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def printed(self) -> list[str]:
        return re.findall("|".join(SYMBOLS), self.affetto("pair"))

    def forget(self) -> None:
        """Let it be as a new one, without an owner."""
        self._access.revoke()
        self._access.set_stage(False)

    @property
    def stage(self) -> bool:
        return bool(self.service.get("/api/owner")["stage"])


@contextmanager
def playing(folder: Path) -> Iterator[Guitar]:
    """Start the service with lights that can be read."""
    (folder / "config.toml").write_text(SETTINGS)
    watcher = Watcher()
    with running(folder, "--input", "demo", terminal=watcher.terminal) as service:
        wait_until(service.healthy, 30)
        yield Guitar(service, folder, watcher)


def mode(page: Page, wanted: str) -> None:
    expect(page.locator("#owner")).to_have_attribute("data-mode", wanted)


def enter(page: Page, code: tuple[str, ...] | list[str]) -> None:
    for symbol in code:
        page.locator(f"#pair-keys [data-symbol={symbol}]").click()


def pair_by_console(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    mode(page, "guest")
    page.locator("#owner").click()
    enter(page, guitar.printed())
    page.locator("#pair-done .close").click()
    mode(page, "owner")


def status_of(page: Page, method: str, path: str, body: object = None) -> int:
    """Return what the guitar answers to a script of its own page."""
    return int(
        page.evaluate(
            "([method, path, body]) => fetch(path, { method, body, headers: body ? "
            "{ 'Content-Type': 'application/json' } : {} }).then((answer) => answer.status)",
            [method, path, None if body is None else json.dumps(body)],
        )
    )
