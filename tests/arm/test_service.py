"""The real service on emulated boards: page and OSC say what is played; its share of a core, its memory."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from pythonosc.osc_packet import OscPacket

from edge.model import Model
from tests.arm.emulated import Board
from tests.arm.guest import live_path
from tests.arm.hardware import HARDWARE
from tests.arm.playing import DEMO, Playing, playing
from tests.arm.table import Counted

COUNTED_S = 8.0
"""Seconds of sound over which the whole service is counted."""

SERVICE_MB = 110.0
"""The supervisor beside it holds 10 MB; together 120 MB."""


@pytest.fixture(scope="module")
def at_work(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    """The service on each board, playing the demo take."""
    with playing(board, tmp_path_factory.mktemp("service")) as service:
        yield service


def test_it_is_healthy(at_work: Playing):
    at_work.wait_for(lambda: at_work.curl("/healthz").strip() == "ok", "fresh prediction")


def test_it_says_what_it_does(at_work: Playing):
    status = json.loads(at_work.curl("/api/status"))
    assert status["source"]["open"]
    assert status["source"]["overflows"] == 0
    assert {(one["name"], one["state"]) for one in status["outputs"]} == {
        ("terminal", "ok"), ("OSC", "ok"), ("page's lights", "ok")
    }  # fmt: skip


def test_the_page_comes_whole(at_work: Playing):
    page = at_work.curl("/")
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


def test_the_page_follows_live(at_work: Playing):
    before = len(at_work.events)
    at_work.wait_for(lambda: len(at_work.events) > before + 20, "events")
    predictions = [data for event, data in at_work.events if event == "prediction"]
    assert any(data["label"] and data["state"] in ("live", "unsure", "stale") for data in predictions)


def test_osc_carries_the_predictions_of_this_machine(at_work: Playing):
    expected = live_path.hear(Model(), DEMO)["probabilities"]
    vectors = [
        list(timed.message.params)
        for packet in list(at_work.osc)
        for timed in OscPacket(packet).messages
        if timed.message.address == "/affetto/emotion/vector"
    ]
    played = [vector for vector in vectors if len(set(vector)) > 1]  # before the first sound, all are alike
    early = played[:20]  # of what `live_path` hears
    assert len(early) >= 5
    for vector in early:
        assert np.abs(expected - np.array(vector)).max(axis=1).min() < live_path.PROBABILITY


def test_share_of_a_core(at_work: Playing, board: Board, counted: Counted):
    counted.service[board.processor.name] = parts = at_work.instructions(COUNTED_S)
    total = sum(parts.values())
    assert parts["live path"] > 20e6  # as many at least, or something is not counted
    for hardware in HARDWARE:
        if hardware.processor is board.processor:
            assert hardware.share(total) < hardware.aim, f"{hardware.name}: {hardware.share(total):.1%}, {parts}"


def test_memory(at_work: Playing, counted: Counted, board: Board):
    at_work.wait_for(lambda: at_work.heard_s() > COUNTED_S, "sound")
    counted.memory[board.processor.name] = memory = at_work.memory()
    assert 50.0 < memory.program_mb < SERVICE_MB, memory
