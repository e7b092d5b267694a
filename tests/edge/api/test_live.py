"""The live stream over real sockets, with clients that behave and clients that do not."""

from __future__ import annotations

import itertools
import json
import socket
import statistics
import struct
import time
from dataclasses import replace

import pytest

from edge.api import Server, create_app
from edge.config import Web
from edge.mailbox import Broadcast
from edge.types import Prediction, TrustState
from tests.edge.api.client import Event, follow, get, request, wait_until
from tests.edge.api.playing import LEDS, Player, mirror, prediction, status


def predictions(events: list[Event]) -> list[Event]:
    return [event for event in events if event.name == "prediction"]


def test_a_page_gets_the_state_at_once_and_ten_predictions_a_second(server: Server, player: Player) -> None:
    with request(server.port, "/api/live") as connection:
        events = list(follow(connection, 2.5))
    assert events[0].name == "status"
    assert events[0].value["source"]["kind"] == "demo"
    assert len([e for e in events if e.name == "status"]) == 3
    told = predictions(events)
    assert 19 <= len(told) <= 26
    assert told[0].value.keys() == {*prediction().to_dict(), "level_dbfs", "clipped", "leds"}
    assert told[0].value["leds"] == LEDS
    ids = [e.id for e in events]
    assert ids == sorted(set(ids))


def test_the_newest_value_wins(server: Server, broadcast: Broadcast[Prediction], player: Player) -> None:
    with request(server.port, "/api/live") as connection:
        told = predictions(list(follow(connection, 1.0)))
    lags_s = [broadcast.last.time_s - e.value["time_s"] - (time.monotonic() - e.at) for e in told]
    # a prediction comes every 25 ms: what is sent is at most about that old
    assert statistics.median(lags_s) < 0.06


def test_a_stream_starts_with_its_retry_time(server: Server) -> None:
    with request(server.port, "/api/live") as connection:
        time.sleep(0.3)
        text = connection.recv(65536).decode()
    assert "Content-Type: text/event-stream" in text
    assert "retry: 1000\n\n" in text


def test_without_predictions_the_stream_says_stale(server: Server, player: Player) -> None:
    with request(server.port, "/api/live") as connection:
        list(follow(connection, 0.5))
        player.paused = True
        paused_at = time.monotonic()
        states = [(e.value["state"], e.at - paused_at) for e in predictions(list(follow(connection, 2.3)))]
        stale = [at for state, at in states if state == "stale"]
        assert 0.9 < stale[0] < 1.5
        player.paused = False
        assert {e.value["state"] for e in predictions(list(follow(connection, 0.6)))} == {"live"}


def test_a_value_is_as_old_as_its_sound(server: Server, broadcast: Broadcast[Prediction]) -> None:
    with request(server.port, "/api/live") as connection:
        list(follow(connection, 0.3))
        heard_at = time.monotonic() - 0.7
        broadcast.publish(replace(prediction(), heard_at=heard_at))
        told = [(e.value["state"], e.at - heard_at) for e in predictions(list(follow(connection, 1.0)))]
    assert [state for state, _ in told] == ["live", "stale"]
    assert 0.9 < told[1][1] < 1.5


def test_a_new_page_never_sees_an_old_value_as_live(server: Server, broadcast: Broadcast[Prediction]) -> None:
    broadcast.publish(prediction())
    with request(server.port, "/api/live") as connection:
        assert {e.value["state"] for e in predictions(list(follow(connection, 1.5)))} <= {"stale"}


def test_a_lost_source_stays_lost(server: Server, broadcast: Broadcast[Prediction]) -> None:
    broadcast.publish(prediction(state=TrustState.LOST))
    with request(server.port, "/api/live") as connection:
        assert {e.value["state"] for e in predictions(list(follow(connection, 2.3)))} == {"lost"}


def test_numbers_that_json_does_not_know_become_null(server: Server, player: Player) -> None:
    player.changes = {"level_dbfs": -float("inf"), "confidence": float("nan")}
    with request(server.port, "/api/live") as connection:
        value = predictions(list(follow(connection, 0.4)))[0].value
    assert (value["level_dbfs"], value["confidence"]) == (None, None)


def test_one_too_many_is_told_so_and_the_page_still_loads(server: Server, player: Player) -> None:
    with request(server.port, "/api/live") as first, request(server.port, "/api/live") as second:
        assert list(follow(first, 0.4))
        assert list(follow(second, 0.4))
        code, headers, body = get(server.port, "/api/live")
        assert (code, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "5")
        assert json.loads(body)["detail"].startswith("as many pages as allowed (2)")
        assert get(server.port, "/")[0] == 200
        assert json.loads(get(server.port, "/api/status")[2])["streams"] == {"open": 2, "limit": 2}


def test_asking_for_the_head_takes_no_place(server: Server, broadcast: Broadcast[Prediction]) -> None:
    for _ in range(4):
        assert get(server.port, "/api/live", method="HEAD")[0] == 200
    wait_until(lambda: len(broadcast) == 0, 1)


def test_a_client_that_closes_frees_its_place_at_once(
    server: Server, broadcast: Broadcast[Prediction], player: Player
) -> None:
    for reset in (False, True):
        connection = request(server.port, "/api/live")
        list(follow(connection, 0.3))
        assert len(broadcast) == 1
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        assert wait_until(lambda: len(broadcast) == 0, 3) < 1.5


def test_a_client_that_stops_reading_is_cut_off_and_delays_nobody(
    server: Server, broadcast: Broadcast[Prediction], player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.api.patience.STALLED_S", 1.0)
    with (
        request(server.port, "/api/live", receive_buffer=4096),
        request(server.port, "/api/live") as good,
    ):
        time.sleep(0.2)
        assert len(broadcast) == 2
        told, began = [], time.monotonic()
        while len(broadcast) == 2 and time.monotonic() - began < 20:
            told += predictions(list(follow(good, 0.5)))
        freed_s = time.monotonic() - began
        assert len(broadcast) == 1
        assert freed_s < 5
        gaps = [b.at - a.at for a, b in itertools.pairwise(told)]
        assert statistics.median(gaps) < 0.15
        assert max(gaps) < 0.5


def test_a_client_that_reads_slowly_gets_new_values(
    server: Server, broadcast: Broadcast[Prediction], player: Player
) -> None:
    with request(server.port, "/api/live", receive_buffer=16384) as slow:
        began, text = time.monotonic(), b""
        while time.monotonic() - began < 3:
            text += slow.recv(512)
            time.sleep(0.05)  # about a third of what is sent
        newest = max(float(part.split(b",")[0]) for part in text.split(b'"time_s":')[1:])
        assert broadcast.last.time_s - newest < 3


def test_many_streams_cost_the_publisher_nothing(broadcast: Broadcast[Prediction]) -> None:
    settings = Web(port=0, streams=8)
    server = Server(create_app(broadcast, status, mirror, settings), settings)
    server.start()
    connections = [request(server.port, "/api/live", receive_buffer=4096) for _ in range(8)]
    try:
        wait_until(lambda: len(broadcast) == 8, 3)
        began = time.monotonic()
        for k in range(100):
            value = prediction(time_s=k / 100)
            broadcast.publish(value)
        assert time.monotonic() - began < 1
    finally:
        server.close()
        for connection in connections:
            connection.close()


def test_closing_ends_the_streams(broadcast: Broadcast[Prediction], player: Player) -> None:
    settings = Web(port=0, streams=3)
    server = Server(create_app(broadcast, status, mirror, settings), settings)
    server.start()
    with request(server.port, "/api/live") as connection:
        list(follow(connection, 0.3))
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 3
        list(follow(connection, 0.5))
        assert connection.recv(1) == b""
    assert len(broadcast) == 0
