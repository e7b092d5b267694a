"""What a phone is answered that looks for the Internet, from a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from edge.api import Server, create_app
from edge.api.portal import PROBES, Visitors, page_for
from edge.config import Web
from edge.mailbox import Broadcast
from edge.types import Prediction
from tests.edge.api.client import follow, get, request, wait_until
from tests.edge.api.playing import Player, mirror, status

FOREIGN = {
    "/hotspot-detect.html": "captive.apple.com",
    "/library/test/success.html": "www.apple.com",
    "/generate_204": "connectivitycheck.gstatic.com",
    "/gen_204": "www.google.com",
    "/connecttest.txt": "www.msftconnecttest.com",
    "/ncsi.txt": "www.msftncsi.com",
    "/redirect": "www.msftconnecttest.com",
    "/success.txt": "detectportal.firefox.com",
    "/canonical.html": "detectportal.firefox.com",
}
EXPECTED = {"/hotspot-detect.html": b"<TITLE>Success</TITLE>", "/connecttest.txt": b"Microsoft Connect Test",
            "/ncsi.txt": b"Microsoft NCSI", "/success.txt": b"success\n"}  # fmt: skip


@pytest.fixture
def portal(broadcast: Broadcast[Prediction]) -> Iterator[Server]:
    settings = Web(port=0, portal=True)
    server = Server(create_app(broadcast, status, mirror, settings), settings)
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize("path", PROBES)
def test_a_phone_is_led_to_the_page_and_afterwards_told_what_it_expects(portal: Server, path: str) -> None:
    for method in ("GET", "HEAD"):
        code, headers, body = get(portal.port, path, host=FOREIGN[path], method=method)
        assert (code, headers["location"], body) == (302, f"http://127.0.0.1:{portal.port}/", b"")
        assert headers["cache-control"] == "no-store"
    assert get(portal.port, "/")[0] == 200
    code, headers, body = get(portal.port, path, host=FOREIGN[path])
    assert headers["cache-control"] == "no-store"
    assert code == {"/redirect": 302, "/generate_204": 204, "/gen_204": 204}.get(path, 200)
    assert EXPECTED.get(path, b"") in body


def test_what_else_comes_under_a_foreign_name_is_still_refused(portal: Server) -> None:
    for path in ("/", "/api/status", "/generate_204/", "/main.js", "/generate_204x"):
        assert get(portal.port, path, host="connectivitycheck.gstatic.com")[0] == 403
    assert get(portal.port, "/generate_204", host="evil.example", method="POST")[0] == 403
    # under a foreign name, nobody has opened the page
    assert get(portal.port, "/generate_204", host="connectivitycheck.gstatic.com")[0] == 302


def test_android_keeps_its_sheet_while_somebody_looks_at_the_page(portal: Server, player: Player) -> None:
    def probe(path: str) -> int:
        return get(portal.port, path, host=FOREIGN[path])[0]

    get(portal.port, "/")
    with request(portal.port, "/api/live") as page:
        next(follow(page, 2))
        assert probe("/generate_204") == probe("/gen_204") == 302
        assert probe("/hotspot-detect.html") == 200
    wait_until(lambda: probe("/generate_204") == 204, 5)


def test_without_the_setting_there_is_no_portal(server: Server) -> None:
    for path in PROBES:
        assert get(server.port, path, host=FOREIGN[path])[0] == 403
        assert get(server.port, path)[0] == 404


def test_visitors_are_forgotten_after_a_time_and_never_too_many() -> None:
    visitors = Visitors(most=2, remembered_s=0.2)
    for address in ("10.42.0.7", "10.42.0.8", "10.42.0.7", "10.42.0.9"):
        visitors.add(address)
    assert ["10.42.0.7" in visitors, "10.42.0.8" in visitors, "10.42.0.9" in visitors] == [True, False, True]
    time.sleep(0.25)
    assert "10.42.0.9" not in visitors


def test_the_page_is_where_the_visitor_reaches_it() -> None:
    assert page_for("127.0.0.1", "80") == "http://127.0.0.1/"
    assert page_for("::1", "8080") == "http://[::1]:8080/"
    assert page_for("fe80::1", "80").startswith("http://")
