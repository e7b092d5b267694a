"""A real server on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge.api import Server, create_app
from edge.config import Web
from edge.mailbox import Broadcast
from edge.types import Prediction
from tests.edge.api.playing import Player, mirror, status


@pytest.fixture
def broadcast() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def server(broadcast: Broadcast[Prediction]) -> Iterator[Server]:
    settings = Web(port=0, streams=2)
    server = Server(create_app(broadcast, status, mirror, settings), settings)
    server.start()
    yield server
    server.close()


@pytest.fixture
def player(broadcast: Broadcast[Prediction]) -> Iterator[Player]:
    with Player(broadcast) as player:
        yield player
