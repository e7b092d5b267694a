"""Explanations over HTTP, from a real server with a real worker process."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import soundfile

from edge.api import Server, create_app
from edge.api.explanations import MOST_FOLLOWERS
from edge.config import Explain, Web
from edge.explain.process.job_queue import MOST_WAITING
from edge.explain.process.service import Explainer
from edge.history import History
from edge.mailbox import Broadcast
from tests.edge.api.client import Event, follow, get, request, wait_until
from tests.edge.api.playing import mirror, status

Client = Callable[..., tuple[int, dict[str, str], Any]]


@pytest.fixture
def serve() -> Iterator[Callable[[Explainer], Client]]:
    """Return a function that serves an explainer and returns how to speak with it: method, path, body, headers."""
    with ExitStack() as stack:

        def start(explainer: Explainer) -> Client:
            settings = Web(port=0, streams=2)
            server = Server(create_app(Broadcast(), status, mirror, settings, explainer), settings)
            stack.callback(server.close)
            server.start()

            def send(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
                if body is not None:
                    headers = {"Content-Type": "application/json"} | {
                        k.replace("_", "-"): v for k, v in headers.items()
                    }
                    body = body if isinstance(body, bytes) else json.dumps(body).encode()
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                data = response.read()
                connection.close()
                answer = {k.lower(): v for k, v in response.getheaders()}
                return response.status, answer, json.loads(data) if "json" in answer["content-type"] else data

            send.port = server.port  # type: ignore[attr-defined]
            send.server = server  # type: ignore[attr-defined]
            return send

        yield start


def finished(client: Client, path: str) -> dict[str, Any]:
    wait_until(lambda: client("GET", path)[2]["state"] not in ("queued", "running"), 30)
    return client("GET", path)[2]


def test_asking_following_and_listening(explainer: Any, serve: Any) -> None:
    client = serve(explainer())
    code, headers, job = client("POST", "/api/explanations", {"time_s": 9.5, "of": "happy", "samples": 64, "seed": 3})
    assert code == 202
    assert headers["location"] == f"/api/explanations/{job['id']}"
    assert job["request"] == {
        "of": "happy", "by": "regions", "segments": "", "samples": 64, "method": "", "seed": 3,
        "select": "strongest", "gains_db": [],
    }  # fmt: skip
    assert job["time_s"] == pytest.approx(9.5, abs=0.1)
    job = finished(client, headers["location"])
    assert (job["state"], job["progress"], job["note"]) == ("done", 1.0, "")
    document = job["explanation"]
    assert (document["schema"], document["of"]) == (1, "happy")
    assert set(document["check"]) <= set(document["audio"])
    path = f"/api/explanations/{job['id']}/sounds/{document['audio']['original']}"
    code, headers, data = client("GET", path)
    assert (code, headers["content-type"], headers["accept-ranges"]) == (200, "audio/wav", "bytes")
    sound, rate_hz = soundfile.read(io.BytesIO(data))
    assert rate_hz == 22050
    assert len(sound) > rate_hz
    code, headers, part = client("GET", path, Range="bytes=44-143")
    assert (code, part) == (206, data[44:144])
    assert headers["content-range"] == f"bytes 44-143/{len(data)}"
    assert client("GET", path.replace("original", "nothing"))[0] == 404


def test_an_empty_question_is_about_now(explainer: Any, serve: Any) -> None:
    e = explainer("slow")
    code, _headers, job = serve(e)("POST", "/api/explanations", {})
    assert code == 202
    assert job["time_s"] == pytest.approx(e._history.span_s[1], abs=0.1)
    assert (job["request"]["of"], job["request"]["by"], job["request"]["samples"]) == ("", "regions", 0)


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        (b"{", 400, "Input data was truncated"),
        (b"[1]", 400, "Expected `object`, got `array`"),
        (b"\xff\xfe", 400, ""),
        ({"off": "sad"}, 400, "unknown field `off`"),
        ({"of": "angry"}, 400, "of: 'angry' is unknown; choose one of aggressive, happy"),
        ({"by": "magic"}, 400, "by: 'magic' is unknown; choose one of effects"),
        ({"by": "sources", "segments": "grid"}, 400, "segments: 'grid' is unknown"),
        ({"samples": "many"}, 400, "samples: Expected `int`, got `str`"),
        ({"samples": 10**9}, 400, "samples: 1000000000 is not between"),
        ({"seed": -1}, 400, "seed: -1 is not between"),
        ({"by": "whatif", "gains_db": [0, -99]}, 400, "gains_db: not all are between -25 and 12 dB"),
        ({"gains_db": [0]}, 400, 'gains_db: only for by = "whatif"'),
        ({"time_s": 1e6}, 409, "there is no sound at 1e+06 s; choose a time from"),
        (b'{"time_s": NaN}', 400, "JSON is malformed"),
        ({"of": "x" * 5000}, 413, "this request has at most 4096 bytes"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_said_in_one_line(
    history: History, serve: Any, body: Any, code: int, line: str
) -> None:
    e = Explainer(history, Explain())
    e._keeper.state = "ready"  # as far as asking goes; nothing must reach a worker
    answered, headers, problem = serve(e)("POST", "/api/explanations", body)
    assert (answered, headers["content-type"]) == (code, "application/problem+json")
    assert line in problem["detail"]
    assert "\n" not in problem["detail"]
    assert len(e._queue.jobs) == 0


def test_the_sound_is_drawn_and_the_time_that_can_be_asked_about_is_told(explainer: Any, serve: Any) -> None:
    e = explainer()
    client = serve(e)
    code, _headers, told = client("GET", "/api/explanations/moments")
    assert (code, told["every_s"]) == (200, 0.5)
    assert len(told["told"]) == pytest.approx((e.status()["span_s"][1] - told["from_s"]) / 0.5, abs=1.0)
    assert set(told["told"]) <= set("AaHhRrSs-")
    path = client("POST", "/api/explanations", {"time_s": 9.5, "by": "effects"})[1]["location"]
    job = finished(client, path)
    code, headers, data = client("GET", f"{path}/spectrogram.png")
    assert (code, headers["content-type"], data[:4]) == (200, "image/png", b"\x89PNG")
    assert len(data) < 60_000
    begin_s, end_s = job["explanation"]["window_s"]
    where = job["spectrogram"]
    assert (where["t0_s"], where["t1_s"]) == (pytest.approx(begin_s, abs=0.1), pytest.approx(end_s, abs=0.1))
    assert 0 < where["f0_hz"] < where["f1_hz"]


def test_parts_are_turned_down_as_asked(explainer: Any, serve: Any) -> None:
    client = serve(explainer())
    asked = {"time_s": 9.5, "of": "happy", "by": "whatif", "gains_db": [0, -25, -25, 0]}
    path = client("POST", "/api/explanations", asked)[1]["location"]
    job = finished(client, path)
    assert job["state"] == "done", job["note"]
    change = job["explanation"]["whatif"]
    assert [(p["id"], p["gain_db"]) for p in change["parts"]] == [(1, -25.0), (2, -25.0)]
    assert job["explanation"]["check"]["changed"] == change["after"] != change["before"]
    assert set(job["explanation"]["audio"]) == {"original", "changed"}
    asked["gains_db"] = [0, -25]
    job = finished(client, client("POST", "/api/explanations", asked)[1]["location"])
    assert (job["state"], job["note"]) == ("failed", "gains_db: 2 are given for 4 parts")


def test_other_web_sites_cannot_ask(explainer: Any, serve: Any) -> None:
    client = serve(explainer("slow"))
    own = f"http://127.0.0.1:{client.port}"
    assert client("POST", "/api/explanations", {}, Origin=own)[0] == 202
    assert client("POST", "/api/explanations", {}, Origin="http://127.0.0.1:1")[0] == 403
    assert client("POST", "/api/explanations", {}, Origin="https://evil.example")[0] == 403
    assert client("POST", "/api/explanations", {}, Origin="null")[0] == 403
    assert client("POST", "/api/explanations", {}, Origin="http://[")[0] == 403
    for kind in ("text/plain", "application/x-www-form-urlencoded"):  # what a form may send without asking first
        assert client("POST", "/api/explanations", b"{}", **{"Content-Type": kind})[0] == 415
    path = client("POST", "/api/explanations", {"samples": 600})[1]["location"]
    assert client("DELETE", path, Origin="https://evil.example")[0] == 403
    assert client("GET", path)[2]["state"] in ("queued", "running")


def test_refinements_are_streamed_until_the_end(explainer: Any, serve: Any) -> None:
    client = serve(explainer("slow"))
    path = client("POST", "/api/explanations", {"samples": 10})[1]["location"]
    with request(client.port, f"{path}/events") as connection:
        events: list[Event] = list(follow(connection, 20))  # ends with the stream
    states = [event.value["state"] for event in events]
    assert {event.name for event in events} == {"explanation"}
    assert states[-1] == "done"
    assert "done" not in states[:-1]
    progress = [event.value["progress"] for event in events]
    assert progress == sorted(progress)
    assert len(set(progress)) > 5
    assert events[-1].value["explanation"]["audio"] == {"original": "original.wav"}
    with request(client.port, f"{path}/events") as connection:  # afterwards, only the end is told
        assert [event.value["state"] for event in follow(connection, 5)] == ["done"]


def test_streams_are_limited_and_end_with_the_server(explainer: Any, serve: Any) -> None:
    e = explainer("slow")
    client = serve(e)
    path = client("POST", "/api/explanations", {"samples": 600})[1]["location"]
    with ExitStack() as stack:
        streams = [stack.enter_context(request(client.port, f"{path}/events")) for _ in range(MOST_FOLLOWERS)]
        for stream in streams:
            next(follow(stream, 5))
        assert client("GET", f"{path}/events")[0] == 503
        assert client("GET", "/")[0] == 200
        streams[0].close()
        wait_until(lambda: get(client.port, path)[0] == 200, 3)
        wait_until(lambda: _opens(client.port, f"{path}/events"), 5)
        began = time.monotonic()
        threading.Thread(target=client.server.close).start()
        assert all(list(follow(stream, 5)) is not None for stream in streams[1:])
        assert time.monotonic() - began < 4


def _opens(port: int, path: str) -> bool:
    with request(port, path) as connection:
        return b" 200 " in connection.recv(64)


def test_cancelling(explainer: Any, serve: Any) -> None:
    client = serve(explainer("slow"))
    path = client("POST", "/api/explanations", {"samples": 600})[1]["location"]
    wait_until(lambda: client("GET", path)[2]["explanation"], 10)
    assert client("DELETE", path)[0] in (200, 202)
    job = finished(client, path)
    assert job["state"] == "cancelled"
    assert job["explanation"]["audio"] == {}
    assert client("DELETE", path)[0] == 200


def test_a_full_queue_and_unknown_ones(explainer: Any, serve: Any) -> None:
    client = serve(explainer("slow"))
    path = client("POST", "/api/explanations", {"samples": 600})[1]["location"]
    wait_until(lambda: client("GET", path)[2]["state"] == "running", 10)
    for _ in range(MOST_WAITING):
        assert client("POST", "/api/explanations", {})[0] == 202
    code, headers, problem = client("POST", "/api/explanations", {})
    assert (code, headers["retry-after"]) == (429, "5")
    assert problem["detail"].startswith(f"{MOST_WAITING} explanations wait already")
    for method, unknown in (("GET", ""), ("GET", "/events"), ("GET", "/sounds/original.wav"), ("DELETE", "")):
        code, headers, _problem = client(method, f"/api/explanations/0123456789ab{unknown}")
        assert (code, headers["content-type"]) == (404, "application/problem+json")
    assert client("PUT", path, {})[0] == 405


def test_without_anybody_who_explains(serve: Any) -> None:
    client = serve(Explainer(None, Explain(enabled=False)))
    code, _headers, problem = client("POST", "/api/explanations", {})
    assert (code, problem["detail"]) == (503, "explanations are switched off; set explain.enabled = true")
