"""The guided check of the input, with somebody who is silent and then plays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from edge.config import Decision
from edge.features import FrontEndSettings
from edge.history import History
from edge.mailbox import Broadcast
from edge.setup.check import NOTHING_HEARD, CheckNow, InputCheck
from edge.types import NOTHING_HEARD as NOTHING
from edge.types import Prediction, TrustState
from tests.edge.outputs.helpers import wait_until

S = FrontEndSettings()
SILENCE_S, PLAYING_S = 1.5, 1.0


class Guitarist:
    """Publishes what a guitarist would make the service hear: silence until told to play."""

    def __init__(self) -> None:
        self.predictions: Broadcast[Prediction] = Broadcast()
        self.history = History(10.0, S, 8)
        self.state = TrustState.SILENT
        self.loud = threading.Event()
        self._ending = threading.Event()
        self._rng = np.random.default_rng(0)
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        while not self._ending.wait(0.02):
            amplitude = 0.3 if self.loud.is_set() else 0.0003
            sound = (amplitude * self._rng.uniform(-1, 1, S.step)).astype(np.float32)
            self.history.write_sound(sound)
            self.history.write_step(-20.0, 0, (0.0,) * 11)
            level = float(20 * np.log10(np.sqrt(np.mean(sound**2))))
            self.predictions.publish(replace(NOTHING, state=self.state, level_dbfs=level))

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()


@pytest.fixture
def guitarist() -> Iterator[Guitarist]:
    guitarist = Guitarist()
    yield guitarist
    guitarist.stop()


@pytest.fixture
def check(guitarist: Guitarist) -> Iterator[InputCheck]:
    check = InputCheck(guitarist.predictions, guitarist.history, Decision, (SILENCE_S, PLAYING_S))
    yield check
    check.cancel()


def test_from_silence_over_playing_to_a_result(check: InputCheck, guitarist: Guitarist) -> None:
    assert check.now() == CheckNow()
    began = time.monotonic()
    assert check.start().phase == "silence"
    seen = []

    def watch() -> bool:
        now = check.now()
        seen.append(now)
        if now.phase == "playing":
            guitarist.loud.set()
        return now.phase in ("done", "failed")

    wait_until(watch)
    assert time.monotonic() - began >= SILENCE_S + PLAYING_S
    progress = [now.progress for now in seen]
    assert progress == sorted(progress)
    result = check.now().result
    assert result is not None
    assert result.noise_dbfs == pytest.approx(-75, abs=2)
    assert result.loudest_dbfs == pytest.approx(-15, abs=2)
    assert result.peak_dbfs == pytest.approx(-10.5, abs=0.5)
    assert (result.verdict, result.hum_hz, result.gate_dbfs) == ("good", 0, -55.0)
    assert len(guitarist.predictions) == 0, "nobody listens on"


def test_it_fails_where_no_sound_arrives(check: InputCheck, guitarist: Guitarist) -> None:
    guitarist.state = TrustState.LOST
    check.start()
    wait_until(lambda: check.now().phase == "failed")
    assert check.now().note == NOTHING_HEARD


def test_it_can_be_cancelled_and_begun_anew(check: InputCheck) -> None:
    check.start()
    assert check.cancel().phase == "cancelled"
    check.start()
    wait_until(lambda: check.now().left_s < SILENCE_S - 0.2)
    assert check.start().left_s > SILENCE_S - 0.2
