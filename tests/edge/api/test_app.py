"""What the addresses answer, and whom they refuse."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge.api import Server, create_app
from edge.api.guard import host_name, is_ours
from edge.config import Web
from edge.errors import AffettoError
from edge.mailbox import Broadcast
from edge.types import Prediction
from tests.edge.api.client import get
from tests.edge.api.playing import Player, mirror, status
from webui import FOLDER


def test_every_file_of_the_page_is_served_and_checked_for_changes(server: Server) -> None:
    for file in sorted(FOLDER.iterdir()):
        if file.suffix in (".html", ".css", ".js", ".svg"):
            code, headers, body = get(server.port, f"/{file.name}")
            assert (code, body) == (200, file.read_bytes())
            assert headers["cache-control"] == "no-cache"
            assert headers["etag"]
    assert get(server.port, "/")[2] == (FOLDER / "index.html").read_bytes()


def test_an_unchanged_file_is_not_sent_again() -> None:
    client = create_app(Broadcast(), status, mirror, Web()).test_client()
    etag = client.get("/style.css").headers["ETag"]
    again = client.get("/style.css", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/__init__.py", "/__pycache__", "/nothing.js", "/../pyproject.toml", "/..%2f..%2fa.js"]
)
def test_nothing_else_is_served(server: Server, path: str) -> None:
    code, headers, body = get(server.port, path)
    assert code == 404
    assert headers["content-type"].startswith("text/plain")
    assert body.count(b"\n") == 1


def test_unknown_api_paths_give_problem_details(server: Server) -> None:
    code, headers, body = get(server.port, "/api/nothing")
    problem = json.loads(body)
    assert (code, headers["content-type"]) == (404, "application/problem+json")
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no /api/nothing; the page is at /",
    }


def test_only_reading_is_possible(server: Server) -> None:
    code, headers, _ = get(server.port, "/api/status", method="POST")
    assert code == 405
    assert "GET" in headers["allow"]


def test_an_error_inside_shows_no_detail() -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError("secret")

    answer = create_app(Broadcast(), broken, mirror, Web()).test_client().get("/api/status")
    assert answer.status_code == 500
    assert "log" in answer.json["detail"]
    assert b"secret" not in answer.data


def test_status_tells_how_many_follow(server: Server) -> None:
    code, headers, body = get(server.port, "/api/status")
    assert (code, headers["cache-control"]) == (200, "no-store")
    assert json.loads(body) == {**status(), "streams": {"open": 0, "limit": 2}}


def test_health_needs_fresh_predictions(server: Server, player: Player) -> None:
    assert get(server.port, "/healthz")[0] == 200
    player.paused = True
    code, _, body = get(server.port, "/healthz")
    assert code == 503
    assert body.count(b"\n") == 1


def test_every_answer_carries_the_strict_headers(server: Server) -> None:
    for path in ("/", "/main.js", "/api/status", "/api/nothing", "/nothing"):
        headers = get(server.port, path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "8.8.8.8", "local", ""]
)
def test_foreign_names_are_refused(server: Server, host: str) -> None:
    assert get(server.port, "/", host=host or " ")[0] == 403
    assert not is_ours(host_name(host), "0.0.0.0")


@pytest.mark.parametrize(
    "host",
    ["localhost:8080", "127.0.0.1", "127.9.9.9:80", "[::1]:8080", "192.168.4.1", "10.42.0.1:80", "172.16.0.9",
     "169.254.7.7", "[fe80::1]", "guitar.local", "Guitar.Local.:8080", "stage.example"],
)  # fmt: skip
def test_own_names_are_answered(host: str) -> None:
    client = create_app(Broadcast(), status, mirror, Web(host="stage.example")).test_client()
    assert client.get("/api/status", headers={"Host": host}).status_code == 200


def test_a_port_in_use_is_said_in_one_line(server: Server) -> None:
    settings = Web(port=server.port)
    with pytest.raises(AffettoError, match=rf"^127.0.0.1:{server.port}: .*--port$") as error:
        Server(create_app(Broadcast(), status, mirror, settings), settings)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7"])
def test_an_address_that_is_not_ours_is_said_in_one_line(host: str) -> None:
    settings = Web(host=host, port=0)
    with pytest.raises(AffettoError, match=f"^{host}:0: this machine has no such address; .*web.host"):
        Server(create_app(Broadcast(), status, mirror, settings), settings)


def test_a_server_closes_and_its_port_is_free_at_once(broadcast: Broadcast[Prediction]) -> None:
    first = Web(port=0)
    server = Server(create_app(broadcast, status, mirror, first), first)
    server.start()
    assert server.url == f"http://127.0.0.1:{server.port}/"
    get(server.port, "/")
    server.close()
    server.close()
    again = Web(port=server.port)
    second = Server(create_app(broadcast, status, mirror, again), again)
    second.close()


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, edge.api; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    ).stdout.split()
    assert not {"numpy", "scipy", "torch", "librosa", "onnxruntime", "soundfile"} & set(loaded)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("POST /api/takes/record HTTP/1.1\r\nHost: {host}\r\nContent-Length: 70000", 413),
        ("GET /api/status HTTP/1.1\r\nHost: {host}\r\nX-Long: " + "x" * 20000, 431),
        ("POST /api/status HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: smoke", 501),
        ("POST /api/status HTTP/1.1\r\nHost: {host}\r\nContent-Length: many", 400),
    ],
)
def test_what_the_server_itself_refuses_is_told_in_the_same_form(server: Server, lines: str, code: int) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(lines.format(host=f"127.0.0.1:{server.port}").encode() + b"\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == code
    assert b"application/problem+json" in head
    assert b"Content-Security-Policy" in head
    assert json.loads(body)["status"] == code
    assert b"\n" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_is_not_there_is_told_with_those_that_are(server: Server, method: str) -> None:
    code, headers, body = get(server.port, "/api/status", method=method)
    assert (code, headers["content-type"]) == (405, "application/problem+json")
    assert set(headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert json.loads(body)["detail"] == f"{method} is not possible here"


def test_head_and_options_have_no_body_and_say_the_same(server: Server) -> None:
    whole, head = get(server.port, "/api/status"), get(server.port, "/api/status", method="HEAD")
    assert (head[0], head[2]) == (200, b"")
    assert head[1]["content-length"] == whole[1]["content-length"]
    code, headers, body = get(server.port, "/api/status", method="OPTIONS")
    assert (code, set(headers["allow"].split(", ")), body) == (200, {"GET", "HEAD", "OPTIONS"}, b"")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/status/", "/api//status", "/api/live/", "/API/status"])
def test_an_address_is_written_in_one_way_only(server: Server, path: str) -> None:
    code, headers, _ = get(server.port, path)
    assert code in (404, 308)
    if code == 404 and path != "/API/status":
        assert headers["content-type"] == "application/problem+json"
