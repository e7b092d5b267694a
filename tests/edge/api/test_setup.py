"""Setting up over HTTP, with the real service: change, restart, come back from what does not work."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import tomllib
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from edge import config_file
from tests.edge.outputs.helpers import wait_until
from tests.edge.service import RunningService, running

HOTSPOT = 'name = "Affetto"\npassphrase = "sing to me"\n'


def ask(service: RunningService, method: str, path: str, body: Any = None, timeout_s: float = 30.0) -> Any:
    """Return the JSON with which a request is answered, and the status of an error as `status` in it."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/toml" if isinstance(body, bytes) else "application/json"
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}", data, {"Content-Type": kind}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)


def restarted(service: RunningService) -> None:
    """Ask for a restart and wait for the new process."""
    before = service.child
    assert ask(service, "POST", "/api/restart", {})["restarting"]
    wait_for_another(service, before)


def wait_for_another(service: RunningService, before: int) -> None:
    def there() -> bool:
        with suppress(IndexError, OSError):
            return service.child != before and service.get_or_none("/api/status") is not None
        return False

    wait_until(there, 20.0)


@pytest.fixture(scope="module")
def guitar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that has heard something, for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("setup")
    (folder / "hotspot.toml").write_text(HOTSPOT)
    (folder / "config.toml").write_text(f'[web]\nhotspot_file = "{folder / "hotspot.toml"}"\n')
    with running(folder, "--input", "demo", "--led", "terminal", XDG_STATE_HOME=str(folder / "state")) as service:
        service.wait_until_healthy()
        yield service


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningService]:
    """A service for one test, with a settings file that a person wrote."""
    (tmp_path / "config.toml").write_text("# mine\n[decision]\nhold_s = 3.0  # slow\n")
    with running(tmp_path, "--input", "demo", XDG_STATE_HOME=str(tmp_path / "state")) as service:
        service.wait_until_healthy()
        yield service


def test_settings_with_limits_and_what_the_command_line_fixed(guitar: RunningService) -> None:
    known = guitar.get("/api/settings")
    assert known["fixed"] == {"web.port": "--port", "audio.input": "--input", "led.driver": "--led"}
    assert known["values"]["web"]["port"] == guitar.port
    assert known["schema"]["decision"]["hold_s"]["maximum"] == 30
    assert known["defaults"]["decision"]["hold_s"] == 1.0
    assert (known["restart_needed"], known["applied"], known["note"]) == ([], [], "")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("PATCH", "/api/settings", {"decision": {"hold_s": 99}}, 400, "decision.hold_s: expected"),
        ("PATCH", "/api/settings", {"decision": 3}, 400, "Expected `object`"),
        ("PATCH", "/api/settings", {"web": {"port": 80}}, 409, "given on the command line (--port)"),
        ("PATCH", "/api/settings", b"x", 415, "send JSON"),
        ("POST", "/api/restore", b"[web]\nport = 0\n", 400, "web.port: expected `int` >= 1"),
        ("POST", "/api/restore", b"\xff", 400, "it is not text"),
        ("POST", "/api/restore", b"", 400, "as the body"),
        ("POST", "/api/restore/undo", {}, 409, "nothing to undo"),
        ("POST", "/api/test/led", {"seconds": 99}, 400, "seconds: Expected"),
        ("POST", "/api/test/led", {"colour": "red"}, 400, "colour"),
        ("POST", "/api/test/osc", {}, 409, "there is no OSC target"),
        ("POST", "/api/test/osc", {"target": "nowhere"}, 400, "target"),
        ("POST", "/api/test/midi", {}, 409, "no MIDI port is chosen"),
        ("POST", "/api/test/midi", {"cc": 120}, 400, "cc"),
        ("POST", "/api/preview/reactivity", {"hold": 3}, 400, "there is no key `hold` in [decision]"),
        ("POST", "/api/restart", {"now": True}, 400, "now"),
        ("GET", "/api/logs?after=-1", None, 400, "after"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    guitar: RunningService, method: str, path: str, body: Any, status: int, said: str
) -> None:
    problem = ask(guitar, method, path, body)
    assert problem["status"] == status
    assert said in problem["detail"]
    assert "\n" not in problem["detail"]


def test_what_there_is_to_listen_to_and_where_midi_goes(guitar: RunningService) -> None:
    inputs = ask(guitar, "GET", "/api/devices")
    assert isinstance(inputs["devices"], list)
    assert (inputs["input"], inputs["using"]["kind"], inputs["using"]["open"]) == ("demo", "demo", True)
    assert isinstance(ask(guitar, "GET", "/api/midi/ports")["ports"], list)


def test_the_lights_can_be_tested_and_the_live_stream_shows_it(guitar: RunningService) -> None:
    told = ask(guitar, "POST", "/api/test/led", {"colour": "#ff00ff", "seconds": 5})
    assert told["shown_on"] == ["terminal", "page's lights"]
    shown = next(
        data["leds"] for name, data in guitar.events() if name == "prediction" and data["leds"][0] != "#000000"
    )
    assert shown == ["#ff00ff"] * 8
    wait_until(lambda: "#800080 #800080" in guitar.log.read_text())


def test_the_reactivity_of_the_last_minute(guitar: RunningService) -> None:
    wait_until(lambda: guitar.get("/api/explanations/moments")["told"].count("-") < 99)
    wait_until(lambda: len(guitar.get("/api/explanations/moments")["told"]) > 6)
    began = time.monotonic()
    shown = ask(guitar, "POST", "/api/preview/reactivity", {"hold_s": 30})
    assert time.monotonic() - began < 1.0
    assert len(shown["told"]) == len(shown["probabilities"]) == len(shown["before"]["told"])
    assert set(shown["told"].lower()) <= set("ahrs-")
    assert guitar.get("/api/settings")["values"]["decision"]["hold_s"] == 1.0, "nothing is changed"


def test_a_guided_check_begins_and_can_be_cancelled(guitar: RunningService) -> None:
    assert ask(guitar, "POST", "/api/check", {})["phase"] == "silence"
    wait_until(lambda: guitar.get("/api/check")["level_dbfs"] > -100)
    assert ask(guitar, "DELETE", "/api/check")["phase"] == "cancelled"


def test_hotspot_and_its_codes(guitar: RunningService) -> None:
    known = guitar.get("/api/hotspot")
    assert (known["there"], known["name"], known["passphrase"]) == (True, "Affetto", "sing to me")
    assert (known["url"], known["page_qr"]) == ("", ""), "only this machine may open the page"
    with urllib.request.urlopen(f"http://127.0.0.1:{guitar.port}{known['wifi_qr']}") as response:
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert ET.fromstring(response.read()).tag.endswith("svg")
    assert ask(guitar, "GET", "/api/hotspot/page.svg")["status"] == 404


def test_the_models_card_has_figures_that_say_what_they_are_of(guitar: RunningService) -> None:
    card = guitar.get("/api/model")
    assert card["licence"] == "CC BY-NC-SA 4.0"
    assert 0.5 < card["figures"]["accuracy"] < 1.0
    assert "rendered guitar" in card["figures"]["note"]
    assert card["card"]["training"]["pieces"] > 100


def test_the_self_test_and_the_log_can_be_read(guitar: RunningService) -> None:
    found = ask(guitar, "GET", "/api/doctor")
    checks = {finding["check"]: finding for finding in found["findings"]}
    assert {"settings", "sound card", "model", "lights", "MIDI", "network", "disk", "clock"} <= set(checks)
    assert checks["model"]["result"] == "ok"
    logs = guitar.get("/api/logs")
    assert any("ready: open http://" in line["text"] for line in logs["lines"])
    assert guitar.get(f"/api/logs?after={logs['last']}")["lines"] == []


def test_a_change_holds_at_once_or_after_a_restart_and_the_file_keeps_what_was_written(own: RunningService) -> None:
    path = own.log.with_name("config.toml")
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with closing(receiver):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        target = f"127.0.0.1:{receiver.getsockname()[1]}"
        told = ask(own, "PATCH", "/api/settings", {
            "osc": {"targets": [target]}, "decision": {"gate_dbfs": 0.0}, "web": {"streams": 2}})  # fmt: skip
        assert told["applied"] == ["decision.gate_dbfs", "osc.targets"]
        assert told["restart_needed"] == ["web.streams"]
        assert receiver.recv(2048), "OSC goes there at once"
        sent = own.get("/api/outputs/sent")
        assert [one["name"] for one in sent["outputs"]] == ["OSC"]
        wait_until(lambda: own.get("/api/outputs/sent")["outputs"][0]["messages"])
    # with the gate at full scale, nobody plays
    assert any(data["state"] == "silent" for name, data in own.events() if name == "prediction")
    assert own.get("/api/status")["streams"]["limit"] != 2
    assert path.read_text().startswith("# mine\n[decision]\nhold_s = 3.0  # slow\n")
    restarted(own)
    known = own.get("/api/settings")
    assert (known["restart_needed"], known["values"]["web"]["streams"]) == ([], 2)
    assert own.get("/api/status")["streams"]["limit"] == 2


def test_settings_that_cannot_start_give_way_to_the_last_good_ones(own: RunningService) -> None:
    path = own.log.with_name("config.toml")
    ask(own, "PATCH", "/api/settings", {"decision": {"margin": 0.4}})
    path.write_text('[model]\nfile = "/nowhere.onnx"\n')
    restarted(own)
    known = own.get("/api/settings")
    assert "/nowhere.onnx: no such model file" in known["note"]
    assert "using the last good settings" in known["note"]
    assert known["values"]["decision"]["hold_s"] == 3.0
    assert known["note"] in own.get("/api/status")["notes"]
    # the next change mends the file
    assert ask(own, "PATCH", "/api/settings", {"decision": {"margin": 0.3}})["note"] == ""
    assert config_file.load(path).decision.hold_s == 3.0
    assert path.with_name("config.toml.failed").read_text() == '[model]\nfile = "/nowhere.onnx"\n'


def test_settings_that_kill_the_service_again_and_again_give_way_too(own: RunningService) -> None:
    assert ask(own, "PATCH", "/api/settings", {"web": {"streams": 2}})["restart_needed"] == ["web.streams"]
    for _ in range(3):
        child = own.child
        os.kill(child, signal.SIGKILL)
        wait_for_another(own, child)
    known = own.get("/api/settings")
    assert "was ended 3 times within a minute" in known["note"]
    assert own.get("/api/status")["streams"]["limit"] != 2


def test_a_backup_comes_back_and_the_first_steps_are_shown_once(own: RunningService) -> None:
    assert own.get("/api/setup") == {"first_run": True}
    with urllib.request.urlopen(f"http://127.0.0.1:{own.port}/api/backup") as response:
        saved = response.read()
        assert response.headers["Content-Disposition"].startswith("attachment; filename=affetto-settings-20")
    assert tomllib.loads(saved.decode())["decision"]["hold_s"] == 3.0
    assert ask(own, "POST", "/api/setup/done", {}) == {"first_run": False}
    ask(own, "PATCH", "/api/settings", {"decision": {"hold_s": 1.5}})
    told = ask(own, "POST", "/api/restore", saved)
    assert told["applied"] == ["decision.hold_s", "web.setup_done"]
    assert (told["values"]["decision"]["hold_s"], told["can_undo"]) == (3.0, True)
    told = ask(own, "POST", "/api/restore/undo", {})
    assert (told["values"]["decision"]["hold_s"], told["can_undo"]) == (1.5, False)
    assert own.get("/api/setup") == {"first_run": False}


def test_restarts_are_refused_while_a_take_is_recorded_and_however_many_do_no_harm(own: RunningService) -> None:
    take = ask(own, "POST", "/api/takes/record", {})
    assert take["state"] == "recording"
    assert "stop it first" in ask(own, "POST", "/api/restart", {})["detail"]
    ask(own, "POST", "/api/takes/stop", {})
    restarted(own)
    restarted(own)
    assert "died" not in own.log.read_text()
