"""Whatever comes to the web port of the real service, HTTP or not: it goes on, and holds no more memory than before.

What the addresses take and answer is asked by schemathesis in tests/edge/api/test_fuzz.py.
"""

from __future__ import annotations

import random
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running_for_strangers
from tests.strangers.counts import fuzzed
from tests.strangers.memory import resident_mb
from tests.strangers.mutate import mutated

HOST = b"Host: 127.0.0.1\r\n"
LAST = b"Connection: close\r\n"
JSON = HOST + b"Content-Type: application/json\r\n"
REQUESTS = (
    b"GET / HTTP/1.1\r\n" + HOST + b'Accept-Encoding: gzip\r\nIf-None-Match: "x"\r\n\r\n',
    b"GET /api/status HTTP/1.0\r\n" + HOST + b"Cookie: affetto_owner=abc; a=b\r\n\r\n",
    b"POST /api/explanations HTTP/1.1\r\n" + JSON + b'Content-Length: 16\r\n\r\n{"by":"regions"}',
    b"POST /api/takes/upload HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nRIFF\r\n0\r\n\r\n",
    b"POST /api/owner/answer HTTP/1.1\r\n" + JSON + b'Content-Length: 24\r\n\r\n{"code":["red","green"]}',
    b"GET /api/explanations/000000000000/sounds/..%2fetc%2fpasswd HTTP/1.1\r\n" + HOST + b"Range: bytes=0-,5-\r\n\r\n",
)

ONE = b"GET /api/status HTTP/1.1\r\n" + HOST
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
SMUGGLING = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a signed length": b"Content-Length: +0\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 44\r\n\r\n",
    "chunks by another name": b"Transfer-Encoding: xchunked\r\n\r\n",
    "a space before the colon": b"Content-Length : 0\r\n\r\n",
    "a folded line": b"X: a\r\n Content-Length: 44\r\n\r\n",
    "a bare line feed": b"X: a\nContent-Length: 44\r\n\r\n",
    "a bad size of a chunk": b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n",
    "a zero byte": b"X: a\x00Content-Length: 44\r\n\r\n",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_for_strangers(tmp_path_factory.mktemp("fuzzed")) as service:
        yield service


def sent(service: RunningService, data: bytes, for_s: float = 0.05) -> bytes:
    """Send bytes; return what comes back until the server closes or says nothing more for a moment."""
    answer = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        try:
            connection.sendall(data)
            connection.settimeout(for_s)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def goes_on(service: RunningService) -> None:
    assert service.process.poll() is None
    wait_until(service.healthy, 20)
    log = service.log.read_text()
    assert "Traceback" not in log, log[-3000:]


@pytest.mark.parametrize("how", SMUGGLING)
def test_no_request_hides_in_another(service: RunningService, how: str) -> None:
    """What the server takes for one request is one, or it refuses and closes: the second is not answered."""
    answer = sent(service, ONE.replace(b"GET", b"POST") + SMUGGLING[how] + SMUGGLED, 0.5)
    codes = statuses(answer)
    assert codes
    if codes[0] in (400, 501):
        assert len(codes) == 1
    else:
        # taken as the standard says: what follows an unambiguous request is the next one
        assert how in ("a folded line", "a bad size of a chunk", "length and chunks") or len(codes) == 1, codes
    goes_on(service)


def test_damaged_requests_and_garbage(service: RunningService) -> None:
    chance = random.Random(4)

    def try_some(count: int) -> set[int]:
        codes: set[int] = set()
        for _ in range(count):
            data = (
                chance.randbytes(chance.randrange(3000))
                if chance.random() < 0.2
                else mutated(chance.choice(REQUESTS), chance)
            )
            codes |= set(statuses(sent(service, data)))
        return codes

    assert 500 not in try_some(100)
    before = resident_mb(service.child)
    assert 500 not in try_some(fuzzed(250))
    goes_on(service)
    assert resident_mb(service.child) - before < 6


@pytest.mark.parametrize(
    "body",
    [b'{"by": "\x9c"}', b"[" * 4000, b'{"of":' * 600, b"\xff\xfe{\x00}\x00", b'{"time_s": 1e999}',
     b'{"seed": 9' + b"9" * 3000 + b"}",
     b'{"by": "\\ud800"}', b'{"time_s": NaN}', b"nul", b'{"gains_db": [' + b"1," * 1900 + b"1]}"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/api/explanations", "/api/owner/answer"])
def test_no_question_of_a_guest_is_an_error_inside(service: RunningService, address: str, body: bytes) -> None:
    head = f"POST {address} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode()
    (code,) = statuses(sent(service, head + HOST + LAST + b"\r\n" + body, 5.0))
    assert 400 <= code < 500
    goes_on(service)


def test_a_flood_of_headers_is_refused_and_forgotten(service: RunningService) -> None:
    before = resident_mb(service.child)
    for _ in range(40):
        answer = sent(service, ONE + b"".join(b"X-%d: %s\r\n" % (k, b"y" * 200) for k in range(2000)), 0.5)
        assert statuses(answer) in ([431], [])  # closed while we were still sending
    assert statuses(sent(service, ONE + b"A" * 1_000_000, 0.5)) in ([431], [400], [])
    goes_on(service)
    assert resident_mb(service.child) - before < 6


def test_many_requests_at_once_on_one_connection_take_one_thread(service: RunningService) -> None:
    answer = sent(service, (ONE + b"\r\n") * 500, 1.0)
    assert set(statuses(answer)) <= {200}
    goes_on(service)


def test_a_body_of_another_length_than_said_is_given_up(service: RunningService) -> None:
    connections = []
    for _ in range(8):
        connection = socket.create_connection(("127.0.0.1", service.port), timeout=5)
        connection.sendall(b"POST /api/explanations HTTP/1.1\r\n" + HOST + b"Content-Length: 4000\r\n\r\n{")
        connections.append(connection)
    goes_on(service)
    assert statuses(sent(service, ONE + LAST + b"\r\n", 5.0)) == [200]
    for connection in connections:
        connection.close()


def test_guessed_paths_lead_to_no_file(service: RunningService) -> None:
    for path in ("/../config.toml", "/..%2fconfig.toml", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/../x",
                 "/api/takes/../../etc", "/api/takes/000000000000/export/..%2f..", "/edge/app.py", "/main.js%00.txt",
                 "/\\..\\..\\etc\\passwd", "/.git/config"):  # fmt: skip
        answer = sent(service, f"GET {path} HTTP/1.1\r\n".encode() + HOST + LAST + b"\r\n", 5.0)
        assert statuses(answer)[0] in (400, 401, 404), path
        assert b"root:" not in answer
    goes_on(service)


def test_the_service_answers_as_quickly_after_all_this(service: RunningService) -> None:
    began = time.monotonic()
    assert statuses(sent(service, ONE + LAST + b"\r\n", 5.0)) == [200]
    assert time.monotonic() - began < 5
    assert Path(f"/proc/{service.child}").exists()
