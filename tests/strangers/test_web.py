"""Who else is on the network, or behind a page in the owner's browser, asks over HTTP."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.api import create_app
from edge.api.live import MOST_OF_EACH, LiveStreams
from edge.config import Web
from edge.mailbox import Broadcast
from edge.owner.access import Access
from tests.edge.api.playing import mirror, status


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(Broadcast(), status, mirror, Web(portal=True), access=Access(tmp_path / "state"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def owner_by(client: FlaskClient, host: str) -> bool:
    """Whether a browser on the guitar's computer, called by a name, is taken for the owner's."""
    answer = client.get("/api/owner", headers={"Host": host}, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    return answer.status_code == 200 and answer.get_json()["owner"]


OWN_NAMES = ("localhost:8080", "127.0.0.1", "[::1]:80", f"{socket.gethostname()}.local")


@pytest.mark.parametrize("host", OWN_NAMES)
def test_who_opens_the_page_on_the_machine_by_its_own_name_is_its_owner(client: FlaskClient, host: str) -> None:
    assert owner_by(client, host)


@pytest.mark.parametrize(
    "host", ["evil.local", "guitar.evil.local", "evil.example", "localhost.evil.example", "", "127.0.0.1.evil.local"]
)
def test_a_name_that_somebody_points_at_the_machine_makes_no_owner(client: FlaskClient, host: str) -> None:
    """DNS rebinding: a page of another machine, opened on the guitar's computer, under a name that leads here."""
    assert not owner_by(client, host)


def test_a_probe_for_the_internet_tells_and_changes_nothing(client: FlaskClient) -> None:
    """Phones ask under any name; so may a foreign page that was rebound, and it learns an address at most."""
    for path in ("/generate_204", "/hotspot-detect.html", "/connecttest.txt"):
        answer = client.get(path, headers={"Host": "evil.example"}, environ_overrides={"REMOTE_ADDR": "192.168.4.9"})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("http://")
        assert "evil" not in answer.headers["Location"]
        assert "Set-Cookie" not in answer.headers
        assert client.post(path, headers={"Host": "evil.example"}).status_code == 403


def test_no_stranger_takes_all_places_of_those_who_follow_live() -> None:
    streams = LiveStreams(Broadcast(), status, mirror, 10)
    taken = [streams.open("192.168.4.7") for _ in range(10)]
    assert sum(stream is not None for stream in taken) == MOST_OF_EACH
    assert streams.open("192.168.4.8") is not None
    assert all(streams.open("127.0.0.1") is not None for _ in range(5))
    assert streams.open("192.168.4.9") is None, "ten places are taken"
    taken[0].close()
    assert streams.open("192.168.4.7") is not None


def test_a_cookie_that_is_no_text_is_no_cookie(client: FlaskClient) -> None:
    answer = client.get("/api/owner", headers={"Host": "192.168.4.1", "Cookie": "affetto_owner=\xff; a=b"})
    assert answer.status_code == 200
