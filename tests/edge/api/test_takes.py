"""Takes over HTTP: from a real server, with somebody who plays."""

from __future__ import annotations

import http.client
import io
import json
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edge.api import Server, create_app
from edge.config import Web
from edge.explain.process.service import Explainer
from edge.mailbox import Broadcast
from tests.edge.api.client import get, wait_until
from tests.edge.api.playing import mirror, status
from tests.edge.takes.playing import DEMO, Playing

Answer = tuple[int, dict[str, str], Any]


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Playing]:
    with Playing(tmp_path / "takes", min_free_mb=10, upload_mb=4) as player:
        yield player


@pytest.fixture
def server(player: Playing) -> Iterator[Server]:
    settings = Web(port=0, streams=2)
    server = Server(create_app(Broadcast(), status, mirror, settings, None, player.takes), settings)
    server.start()
    yield server
    server.close()


@pytest.fixture
def send(server: Server) -> Callable[..., Answer]:
    def send(method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json"} | headers
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        answer = {k.lower(): v for k, v in response.getheaders()}
        return response.status, answer, json.loads(data) if "json" in answer.get("content-type", "") else data

    return send


@pytest.fixture
def take(player: Playing) -> dict[str, Any]:
    player.recorder.record("Blue")
    player.play(4)
    return {"id": player.recorder.stop().id}


def test_recording_from_start_to_take(player: Playing, send: Callable[..., Answer]) -> None:
    code, headers, begun = send("POST", "/api/takes/record", {"name": "Blue"})
    assert (code, begun["state"], headers["location"]) == (201, "recording", f"/api/takes/{begun['id']}")
    assert send("POST", "/api/takes/record")[0] == 409
    player.play(3)
    wait_until(lambda: send("GET", "/api/takes")[2]["recorded_s"] == 3, 5)
    # what there is can be looked at meanwhile; its sound is not whole
    assert send("GET", f"/api/takes/{begun['id']}")[2]["name"] == "Blue"
    assert send("GET", f"/api/takes/{begun['id']}/sound")[0] == 409
    assert len(send("GET", f"/api/takes/{begun['id']}/predictions")[2]["time_s"]) > 20
    code, _, done = send("POST", "/api/takes/stop")
    assert (code, done["state"], done["duration_s"]) == (200, "ready", pytest.approx(3, abs=0.01))
    code, _, kept = send("POST", "/api/takes/keep", {"seconds": 2, "name": "afterwards"})
    assert (code, kept["origin"], kept["duration_s"]) == (201, "kept", pytest.approx(2, abs=0.1))
    assert [t["name"] for t in send("GET", "/api/takes")[2]["takes"]] == ["afterwards", "Blue"]
    assert send("POST", "/api/takes/stop")[0] == 409


def test_the_sound_comes_whole_in_parts_and_not_again(take: dict[str, Any], send: Callable[..., Answer]) -> None:
    path = f"/api/takes/{take['id']}/sound"
    code, headers, whole = send("GET", path)
    assert (code, headers["content-type"]) == (200, "audio/flac")
    assert soundfile.info(io.BytesIO(whole)).duration == pytest.approx(4, abs=0.01)
    code, headers, part = send("GET", path, Range="bytes=1000-1999")
    assert (code, part) == (206, whole[1000:2000])
    assert headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    assert send("GET", path, Range=f"bytes={len(whole)}-")[0] == 416
    assert send("GET", path, If_None_Match=send("GET", path)[1]["etag"])[0] == 304


def test_a_take_is_named_corrected_deleted_and_restored(take: dict[str, Any], send: Callable[..., Answer]) -> None:
    path = f"/api/takes/{take['id']}"
    code, _, changed = send("PATCH", path, {"name": "Green", "tags": ["live"], "meant": "relaxed"})
    assert (code, changed["name"], changed["tags"], changed["meant"]) == (200, "Green", ["live"], "relaxed")
    assert send("PATCH", path, {"meant": ""})[2]["name"] == "Green"
    for wrong in ({"meant": "bored"}, {"name": ""}, {"name": 1}, {"number": 7}, {"tags": "a"}, [], "x"):
        code, headers, problem = send("PATCH", path, wrong)
        assert (code, headers["content-type"]) == (400, "application/problem+json"), wrong
        assert "\n" not in problem["detail"]
    assert send("PATCH", path, b"{}", Content_Type="text/plain")[0] == 415
    assert send("PATCH", path, {"name": "x" * 9000})[0] == 413
    assert send("DELETE", path)[0] == 200
    assert send("GET", path)[0] == send("DELETE", path)[0] == send("PATCH", path, {})[0] == 404
    assert [t["id"] for t in send("GET", "/api/takes?deleted=1")[2]["takes"]] == [take["id"]]
    assert send("POST", f"{path}/restore")[2]["name"] == "Green"
    assert send("GET", path)[0] == 200


def test_a_moment_and_a_timeline_need_no_new_analysis(take: dict[str, Any], send: Callable[..., Answer]) -> None:
    path = f"/api/takes/{take['id']}/predictions"
    columns = send("GET", path)[2]
    assert len(columns["time_s"]) == len(columns["mid_level"]) == pytest.approx(43, abs=1)
    assert len(send("GET", f"{path}?most=10")[2]["time_s"]) <= 10
    moment = send("GET", f"{path}?at=2")[2]
    assert moment["time_s"] == pytest.approx(2, abs=0.05)
    assert "effects" in moment["mid_level"]["dissonance"]
    for wrong in ("at=x", "at=-1", "at=nan", "most=0", "most=inf"):
        assert send("GET", f"{path}?{wrong}")[0] == 400


def test_exports_are_files_to_save(take: dict[str, Any], send: Callable[..., Answer]) -> None:
    types = {"flac": "audio/flac", "wav": "audio/wav", "csv": "text/csv", "json": "application/json",
             "png": "image/png", "html": "text/html", "zip": "application/zip"}  # fmt: skip
    for format, content_type in types.items():
        code, headers, body = send("GET", f"/api/takes/{take['id']}/export/{format}")
        assert (code, headers["content-type"].partition(";")[0]) == (200, content_type)
        assert headers["content-disposition"] == f"attachment; filename=affetto-take-1.{format}"
        assert body
        if format == "zip":
            assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    assert send("GET", f"/api/takes/{take['id']}/export/mp3")[0] == 404
    for _ in range(4):  # a HEAD asks for nothing and must not hold a place
        assert send("HEAD", f"/api/takes/{take['id']}/export/zip")[0] == 200
    assert send("GET", f"/api/takes/{take['id']}/export/csv")[0] == 200


def test_all_takes_come_in_one_file(take: dict[str, Any], player: Playing, send: Callable[..., Answer]) -> None:
    code, headers, body = send("GET", "/api/takes/export.zip")
    assert (code, headers["content-type"]) == (200, "application/zip")
    assert headers["content-disposition"] == "attachment; filename=affetto-takes.zip"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert archive.read("affetto-take-1.flac") == send("GET", f"/api/takes/{take['id']}/sound")[2]
        assert "Blue" in archive.read("takes.csv").decode()
    player.recorder.record()  # what is not whole yet does not keep the rest back
    assert send("GET", "/api/takes/export.zip")[0] == 200


def test_limits_are_told(send: Callable[..., Answer]) -> None:
    limits = send("GET", "/api/takes")[2]["limits"]
    assert (limits["upload_mb"], limits["most_minutes"], limits["undo_s"]) == (4, 60, 3600)


@pytest.mark.parametrize(
    "id", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "takes.sqlite", "a" * 12, "%EF%BC%90" * 12, "*"]
)
def test_no_path_leads_into_the_file_system(take: dict[str, Any], server: Server, id: str) -> None:
    for ending in ("", "/sound", "/predictions", "/export/flac", "/export/..%2f..%2fsteps"):
        code, _, body = get(server.port, f"/api/takes/{id}{ending}")
        assert code == 404, (id, ending)
        assert b"/tmp" not in body
    code, _, _ = get(server.port, f"/api/takes/{take['id']}/export/..%2fsteps")
    assert code == 404


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    sound, rate_hz = soundfile.read(DEMO, dtype="float32", frames=round(seconds * 44100))
    soundfile.write(file, sound, rate_hz, "PCM_16", format="WAV")
    return file.getvalue()


def analysed(send: Callable[..., Answer], id: str) -> dict[str, Any]:
    wait_until(lambda: send("GET", f"/api/takes/{id}")[2]["state"] != "analysing", 40)
    return send("GET", f"/api/takes/{id}")[2]


def test_a_file_can_be_sent_raw_and_as_a_form(player: Playing, send: Callable[..., Answer]) -> None:
    content = wav(10)
    code, headers, raw = send("POST", "/api/takes/upload?name=../../My%20Riff.wav", content)
    assert (code, raw["name"], headers["location"]) == (202, "My Riff", f"/api/takes/{raw['id']}")
    form = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="..\\..\\form.wav"\r\n'
            b"Content-Type: audio/wav\r\n\r\n" + content + b"\r\n--x--\r\n")  # fmt: skip
    code, _, multi = send("POST", "/api/takes/upload", form, Content_Type="multipart/form-data; boundary=x")
    assert code == 202
    for take in (raw, multi):
        done = analysed(send, take["id"])
        assert (done["state"], done["duration_s"]) == ("ready", pytest.approx(10))
    np.testing.assert_array_equal(
        soundfile.read(io.BytesIO(send("GET", f"/api/takes/{raw['id']}/sound")[2]), dtype="int16")[0],
        soundfile.read(io.BytesIO(content), dtype="int16")[0],
    )
    # nothing is left of what was received
    names = [f.name for f in player.library.folder.iterdir() if not f.is_dir()]
    assert all(name.startswith("takes.sqlite") for name in names), names


def test_uploads_are_checked_and_bounded(player: Playing, send: Callable[..., Answer], server: Server) -> None:
    code, headers, problem = send("POST", "/api/takes/upload?name=a.wav", b"not a sound" * 100)
    assert (code, headers["content-type"]) == (415, "application/problem+json")
    assert problem["detail"].startswith("a.wav: not a sound file")
    assert send("POST", "/api/takes/upload", b"")[0] == 400
    empty = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n'
    assert send("POST", "/api/takes/upload", empty, Content_Type="multipart/form-data; boundary=x")[0] == 400
    # as large as may be, and larger: said before it is sent
    assert send("POST", "/api/takes/upload", bytes(3_900_000))[0] == 415
    assert send("POST", "/api/takes/upload", b"x", Content_Length="4000001")[0] == 413
    # every other address stays small
    assert send("POST", "/api/takes/record", b"x", Content_Length="70000")[0] == 413
    assert send("POST", "/api/takes/upload", wav(1), Origin="http://evil.example")[0] == 403
    assert send("POST", "/api/takes/record", {}, Origin="http://evil.example")[0] == 403
    assert player.library.all() == []


def test_everybody_can_look_while_one_records(
    player: Playing, take: dict[str, Any], send: Callable[..., Answer]
) -> None:
    running = send("POST", "/api/takes/record")[2]
    faults: list[Any] = []

    def look() -> None:
        for _ in range(15):
            for path in ("", f"/{take['id']}", f"/{take['id']}/sound", f"/{running['id']}/predictions"):
                code = send("GET", f"/api/takes{path}")[0]
                if code != 200:
                    faults.append((path, code))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    player.play(15)
    for reader in readers:
        reader.join()
    assert faults == []
    done = send("POST", "/api/takes/stop")[2]
    assert done["duration_s"] == pytest.approx(15, abs=0.01) or done["lost_s"] > 0


def test_a_moment_of_a_take_can_be_explained(
    player: Playing, take: dict[str, Any], explainer: Callable[..., Explainer]
) -> None:
    settings = Web(port=0, streams=2)
    asked = explainer("slow", ready=False)
    server = Server(create_app(Broadcast(), status, mirror, settings, asked, player.takes), settings)
    server.start()
    try:
        address = f"http://127.0.0.1:{server.port}/api/explanations"

        def ask(question: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            body, headers = json.dumps(question).encode(), {"Content-Type": "application/json"}
            try:
                with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as response:
                    return response.status, json.load(response)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)

        code, job = ask({"take": take["id"], "time_s": 3.0})
        assert (code, job["time_s"]) == (202, pytest.approx(3, abs=0.05))
        assert ask({"take": "0" * 12, "time_s": 3.0})[0] == 404
        code, problem = ask({"take": take["id"], "time_s": 60})
        assert (code, problem["detail"]) == (409, "there is no sound at 60 s; choose a time from 0 to 4.0 s")
    finally:
        server.close()
