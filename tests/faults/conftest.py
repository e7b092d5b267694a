"""What the tests of faults share: a service with somebody who watches it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.service import RunningService, running
from tests.faults.guitar import Guitar
from tests.faults.observer import Observer

Start = Callable[..., contextlib.AbstractContextManager[RunningService]]


@pytest.fixture
def guitar() -> Iterator[Guitar]:
    with Guitar() as playing:
        yield playing


@pytest.fixture
def observer(tmp_path: Path) -> Iterator[Observer]:
    watching = Observer(tmp_path)
    yield watching
    watching.close()


@pytest.fixture
def start(tmp_path: Path, observer: Observer) -> Start:
    """Return a function that starts a service with lights and OSC, watched, and waits until it predicts."""

    @contextlib.contextmanager
    def begin(
        *options: str,
        healthy: bool = True,
        led: str = "terminal",
        osc: bool = True,
        watched_by: Observer | None = None,
        **more: Any,
    ) -> Iterator[RunningService]:
        watching = watched_by or observer
        default = ["--led", led] + (["--osc", f"127.0.0.1:{watching.osc_port}"] if osc else [])
        with running(tmp_path, *default, *options, terminal=watching.lights(), **more) as service:
            watching.follow(service)
            if healthy:
                service.wait_until_healthy()
            yield service

    return begin
