"""Receivers, and an OSC output whose settings a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from edge.config import Osc
from edge.mailbox import Broadcast
from edge.outputs.base import OnExplain
from edge.outputs.osc.output import OscOutput
from edge.types import Prediction
from tests.edge.outputs.osc.receivers import Socket


class Player:
    """Publishes a prediction again and again, as the analysis does."""

    def __init__(self, predictions: Broadcast[Prediction], interval_s: float = 0.02) -> None:
        self._predictions = predictions
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.now: Prediction | None = None

    def play(self, prediction: Prediction) -> None:
        self.now = prediction
        if not self._thread.is_alive():
            self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(self._interval_s):
            assert self.now is not None
            self._predictions.publish(self.now)

    def close(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()


@pytest.fixture
def player(predictions: Broadcast[Prediction], closing: ExitStack) -> Player:
    made = Player(predictions)
    closing.callback(made.close)
    return made


@pytest.fixture
def receiver(closing: ExitStack) -> Socket:
    made = Socket()
    closing.callback(made.close)
    return made


@pytest.fixture
def started(predictions: Broadcast[Prediction], closing: ExitStack) -> Callable[..., OscOutput]:
    """Return a function that starts an output with the given settings and closes it at the end."""

    def start(*targets: int | str, on_explain: OnExplain | None = None, **settings: Any) -> OscOutput:
        names = tuple(t if isinstance(t, str) else f"127.0.0.1:{t}" for t in targets)
        output = OscOutput(Osc(targets=names, **{"rate_hz": 50.0} | settings), predictions, on_explain=on_explain)
        closing.callback(output.close)
        output.start()
        return output

    return start
