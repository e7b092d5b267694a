"""Who may do what: every address, every kind of caller."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from edge.api import Server, create_app
from edge.api.permission import COOKIE, STAGE_MODE
from edge.app import Service
from edge.config import Config, Explain, Web
from edge.config_file import with_values
from edge.explain.process.service import Explainer
from edge.mailbox import Broadcast
from edge.owner.access import Access
from edge.owner.pairing import SYMBOLS, print_code
from edge.setup.origin import Origin
from tests.edge.api.playing import mirror, status
from tests.edge.owner.lights import SeenLights
from tests.edge.takes.playing import Playing
from tests.ports import free_tcp_port

GUESTS_MAY = {
    "GET /api/explanations/<hex:id>",
    "GET /api/explanations/<hex:id>/events",
    "GET /api/explanations/<hex:id>/sounds/<name>",
    "GET /api/explanations/<hex:id>/spectrogram.png",
    "GET /api/explanations/moments",
    "GET /api/languages",
    "GET /api/live",
    "GET /api/openapi.json",
    "GET /api/owner",
    "GET /api/setup",
    "GET /api/status",
    "POST /api/explanations",
    "DELETE /api/explanations/<hex:id>",
    "POST /api/owner/answer",
    "POST /api/owner/pair",
    "DELETE /api/owner/pair/<id>",
}
"""Whatever is not in here is the owner's: to add something means to have thought about it."""

ALSO_ON_STAGE = {
    "POST /api/explanations",
    "DELETE /api/explanations/<hex:id>",
    "POST /api/owner/answer",
    "DELETE /api/owner/pair/<id>",
    "POST /api/stage",
}
PHONE = "192.168.4.23"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "state")


@pytest.fixture
def lights() -> SeenLights:
    return SeenLights()


@pytest.fixture
def app(tmp_path: Path, access: Access, lights: SeenLights) -> Flask:
    takes = Playing(tmp_path / "takes").takes
    return create_app(
        Broadcast(), status, mirror, Web(), Explainer(None, Explain()), takes, access=access, lights=lights
    )


@pytest.fixture
def ask(app: Flask) -> Callable[..., Any]:
    return asked_of(app)


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Flask, Access]]:
    """The application with every address that the service has, and who knows its owner."""
    built: list[tuple[Flask, Access]] = []

    def remember(*parts: Any) -> Flask:
        app = create_app(*parts)
        built.append((app, next(part for part in parts if isinstance(part, Access))))
        return app

    monkeypatch.setattr("edge.app.create_app", remember)
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    settings = with_values(Config(), {"audio.input": "demo", "web.port": free_tcp_port()}, "test")
    service = Service(settings, Origin(tmp_path / "config.toml"))
    yield built[0]
    service._server.close()


def asked_of(app: Flask) -> Callable[..., Any]:
    """Return a function that sends a request as from a phone, or from another address."""

    def ask(method: str, path: str, body: Any = None, *, token: str = "", peer: str = PHONE, **headers: str) -> Any:
        client = app.test_client(use_cookies=False)
        sent = {"Host": "192.168.4.1"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Cookie"] = f"{COOKIE}={token}"
            sent.setdefault("Origin", "http://192.168.4.1")
        return client.open(path, method=method, json=body, headers=sent, environ_overrides={"REMOTE_ADDR": peer})

    return ask


def addresses(app: Flask) -> list[str]:
    return sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def test_every_address_is_the_owners_unless_it_is_meant_for_guests(whole: tuple[Flask, Access]) -> None:
    ask, there = asked_of(whole[0]), addresses(whole[0])
    assert set(there) > GUESTS_MAY | ALSO_ON_STAGE
    for address in there:
        method, path = re.sub(r"<\w+:?\w*>", "ffffffffffff", address).split()
        answer = ask(method, path)
        assert (answer.status_code == 401) == (address not in GUESTS_MAY), address
        if answer.status_code == 401:
            assert answer.content_type == "application/problem+json"
            assert "pair" in answer.json["detail"]
        answer.close()
    unknown = ask("POST", "/api/nothing")
    assert (unknown.status_code, ask("GET", "/api/").status_code) == (404, 404)


def test_in_stage_mode_the_owner_may_change_nothing_either(whole: tuple[Flask, Access]) -> None:
    app, access = whole
    ask = asked_of(app)
    token = access.pair("phone")
    access.set_stage(True)
    for address in addresses(app):
        method, path = re.sub(r"<\w+:?\w*>", "ffffffffffff", address).split()
        if method == "GET":
            continue
        answer = ask(method, path, token=token)
        locked = address not in ALSO_ON_STAGE
        assert (answer.status_code == 403) == locked, address
        if locked:
            assert (answer.json["type"], answer.json["title"]) == (STAGE_MODE, "Stage mode")
    assert ask("GET", "/api/takes", token=token).status_code == 200
    assert ask("GET", "/api/owner", token=token).json["stage"]
    assert ask("POST", "/api/takes/record", peer="127.0.0.1").status_code == 403
    assert ask("POST", "/api/stage", {"on": False}).status_code == 401
    assert not ask("POST", "/api/stage", {"on": False}, token=token).json["stage"]
    assert not access.stage


def test_pairing_from_the_lights_to_the_cookie(ask: Callable[..., Any], lights: SeenLights, access: Access) -> None:
    now = ask("GET", "/api/owner").json
    assert now == {"owner": False, "because": "", "stage": False, "lights": True}
    begun = ask("POST", "/api/owner/pair")
    assert (begun.status_code, begun.json["length"]) == (201, len(lights.symbols))
    assert not any(symbol in begun.text for symbol in SYMBOLS)
    answer = ask(
        "POST", "/api/owner/answer", {"code": lights.symbols, "id": begun.json["id"]},
        User_Agent="Mozilla/5.0 (iPhone; …) Version/17.5 Mobile/15E148 Safari/604.1",
    )  # fmt: skip
    assert answer.json == {"owner": True, "because": "paired", "stage": False, "lights": True}
    name, _, rest = answer.headers["Set-Cookie"].partition("=")
    token, _, attributes = rest.partition("; ")
    assert name == COOKIE
    assert {"HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={400 * 86400}"} <= set(attributes.split("; "))
    assert ask("GET", "/api/takes", token=token).status_code == 200
    (device,) = ask("GET", "/api/owner/devices", token=token).json["devices"]
    assert (device["name"], device["this"]) == ("iPhone · Safari", True)
    assert ask("DELETE", f"/api/owner/devices/{device['id']}", token=token).status_code == 204
    assert ask("GET", "/api/takes", token=token).status_code == 401
    assert ask("DELETE", "/api/owner/devices/ffff", peer="127.0.0.1").status_code == 404
    token = access.pair("another")
    assert ask("DELETE", "/api/owner/devices", token=token).status_code == 204
    assert access.devices() == ()


def test_the_cookie_is_renewed_once_a_day(tmp_path: Path) -> None:
    today = ["2026-05-17"]
    access = Access(tmp_path, today=lambda: today[0])
    client = create_app(Broadcast(), status, mirror, Web(), access=access).test_client()
    token = access.pair("phone")
    client.set_cookie(COOKIE, token)
    assert "Set-Cookie" not in client.get("/api/status").headers
    today[0] = "2026-05-18"
    assert client.get("/api/status").headers["Set-Cookie"].startswith(f"{COOKIE}={token}; ")
    assert "Set-Cookie" not in client.get("/api/status").headers


def test_guessing_is_stopped(ask: Callable[..., Any], lights: SeenLights) -> None:
    id = ask("POST", "/api/owner/pair").json["id"]
    right, wrong = list(lights.symbols), ["red" if lights.symbols[0] != "red" else "blue", *lights.symbols[1:]]
    codes = [ask("POST", "/api/owner/answer", {"code": wrong, "id": id}).status_code for _ in range(4)]
    assert codes == [403, 403, 403, 409]
    assert ask("POST", "/api/owner/answer", {"code": right, "id": id}).status_code == 409
    again = ask("POST", "/api/owner/pair")
    assert (again.status_code, int(again.headers["Retry-After"])) == (429, 15)
    # and a flood is refused before anything is compared, for one client and for all
    codes = [ask("POST", "/api/owner/answer", {"code": wrong}).status_code for _ in range(3)]
    assert codes == [409, 429, 429]
    codes = [
        ask("POST", "/api/owner/answer", {"code": wrong}, peer=f"192.168.4.{k}").status_code for k in range(100, 120)
    ]
    assert codes.count(409) <= 7
    assert codes[-1] == 429


def test_pairing_on_stage_is_by_the_console_only(ask: Callable[..., Any], lights: SeenLights, access: Access) -> None:
    access.set_stage(True)
    assert ask("POST", "/api/owner/pair").status_code == 403
    assert lights.symbols == ()
    answer = ask("POST", "/api/owner/answer", {"code": print_code(access.file)})
    assert (answer.status_code, answer.json["owner"], answer.json["stage"]) == (200, True, True)


@pytest.mark.parametrize("body", [{"code": ["purple"]}, {"code": "red"}, {"code": ["red"] * 99}, {"id": "x"}, {"x": 1}])
def test_bad_answers_are_said_in_one_line(ask: Callable[..., Any], body: Any) -> None:
    answer = ask("POST", "/api/owner/answer", body)
    assert answer.status_code == 400
    assert "\n" not in answer.json["detail"]


def test_the_machine_itself_is_the_owner_but_what_a_proxy_on_it_passes_on_is_not(ask: Callable[..., Any]) -> None:
    assert ask("GET", "/api/takes", peer="127.0.0.1").status_code == 200
    assert ask("GET", "/api/owner", peer="::1").json["because"] == "this machine"
    assert ask("GET", "/api/takes", peer="192.168.4.9", X_Forwarded_For="127.0.0.1").status_code == 401
    for name in ("X_Forwarded_For", "Forwarded", "Via", "X_Real_IP"):
        assert ask("GET", "/api/takes", peer="127.0.0.1", **{name: "127.0.0.1"}).status_code == 401


def test_a_machine_that_is_not_trusted_has_guests_only() -> None:
    client = create_app(Broadcast(), status, mirror, Web(trust_this_machine=False)).test_client()
    assert client.get("/api/owner").json["owner"] is False
    assert client.post("/api/stage", json={"on": True}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "http://192.168.4.1", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://192.168.4.1"}, 200),
        ({}, 403),  # an old browser, or a form; SameSite=Strict would not have sent the cookie either
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://192.168.4.1:9000", "Sec-Fetch-Site": "same-site"}, 403),  # this one gets the cookie
        ({"Origin": "http://192.168.4.1", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://192.168.4.1.evil.example"}, 403),
    ],
)
def test_a_cookie_counts_only_where_our_own_page_sends_it(
    app: Flask, access: Access, headers: dict[str, str], code: int
) -> None:
    sent = {"Host": "192.168.4.1", "Cookie": f"{COOKIE}={access.pair('phone')}", **headers}
    client = app.test_client(use_cookies=False)
    answer = client.post("/api/stage", json={"on": True}, headers=sent, environ_overrides={"REMOTE_ADDR": PHONE})
    assert answer.status_code == code
    assert access.stage is (code == 200)


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1:9000"])
def test_a_foreign_page_in_a_browser_on_the_machine_itself_can_change_nothing(
    app: Flask, access: Access, origin: str
) -> None:
    answer = app.test_client().post("/api/stage", json={"on": True}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not access.stage


def test_guests_ask_why_now_and_then_and_never_about_takes(app: Flask, ask: Callable[..., Any]) -> None:
    codes = [ask("POST", "/api/explanations", {}).status_code for _ in range(14)]
    assert codes == [503] * 12 + [429] * 2  # 503: nobody explains here
    refused = ask("POST", "/api/explanations", {})
    assert int(refused.headers["Retry-After"]) in (4, 5)
    assert ask("POST", "/api/explanations", {}, peer="192.168.4.99").status_code == 503
    assert ask("POST", "/api/explanations", {}, peer="127.0.0.1").status_code == 503
    assert ask("POST", "/api/explanations", {"take": "ffffffffffff"}, peer="192.168.4.99").status_code == 401
    codes = [ask("POST", "/api/explanations", {}, peer=f"192.168.4.{k}").status_code for k in range(50, 80)]
    assert codes[-1] == 429


@pytest.fixture
def server(tmp_path: Path, access: Access) -> Iterator[Server]:
    settings = Web(port=0, trust_this_machine=False)
    access = Access(access.file.folder, trust_this_machine=False)
    playing = Playing(tmp_path / "takes", min_free_mb=10, upload_mb=50)
    with playing:
        server = Server(create_app(Broadcast(), status, mirror, settings, None, playing.takes, access), settings)
        server.start()
        yield server
        server.close()


def upload_headers(server: Server, **headers: str) -> tuple[int, dict[str, Any], bytes]:
    """Announce 40 MB, send nothing of them, and return what is answered at once."""
    lines = {"Host": f"127.0.0.1:{server.port}", "Content-Length": "40000000", "Expect": "100-continue", **headers}
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        sent = "POST /api/takes/upload?name=a.wav HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
        connection.sendall(f"{sent}\r\n".encode())
        reader = connection.makefile("rb")
        code = int(reader.readline().split()[1])
        if code == 100:
            return code, {}, b""
        headers = {
            k.lower(): v
            for k, _, v in (line.partition(": ") for line in iter(lambda: reader.readline().decode().rstrip(), ""))
        }
        body = reader.read(int(headers["content-length"]))
        return code, json.loads(body), reader.read()


def test_an_upload_is_refused_before_it_is_received(server: Server, access: Access) -> None:
    own = f"http://127.0.0.1:{server.port}"
    code, problem, rest = upload_headers(server)
    assert (code, problem["status"], rest) == (401, 401, b"")  # and the connection is closed
    assert upload_headers(server, Cookie=f"{COOKIE}=guessed", Origin=own)[0] == 401
    token = access.pair("phone")
    assert upload_headers(server, Cookie=f"{COOKIE}={token}", Origin=own)[0] == 100  # go on
    assert upload_headers(server, Cookie=f"{COOKIE}={token}", Origin="http://evil.example")[0] == 403
    assert upload_headers(server, Cookie=f"{COOKIE}={token}")[0] == 403
    assert upload_headers(server, Cookie=f"{COOKIE}={token}", Origin=own, Host="evil.example")[0] == 403
    access.set_stage(True)
    code, problem, _ = upload_headers(server, Cookie=f"{COOKIE}={token}", Origin=own)
    assert (code, problem["type"]) == (403, STAGE_MODE)


def test_a_refused_upload_in_pieces_of_unknown_length_is_not_received_either(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/api/takes/upload")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()
