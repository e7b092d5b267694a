"""What the page looks at and tries out while setting up, with the real service; nothing is changed by it."""

from __future__ import annotations

import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from edge.api import setup as setup_addresses
from edge.api import trials
from tests.edge.api.asking import ask
from tests.edge.outputs.helpers import wait_until
from tests.edge.service import RunningService, running

HOTSPOT = 'name = "Affetto"\npassphrase = "sing to me"\n'


@pytest.fixture(scope="module")
def guitar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that has heard something, for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("setup")
    (folder / "hotspot.toml").write_text(HOTSPOT)
    (folder / "config.toml").write_text(f'[web]\nhotspot_file = "{folder / "hotspot.toml"}"\n')
    with running(folder, "--input", "demo", "--led", "terminal", XDG_STATE_HOME=str(folder / "state")) as service:
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
    wait_until(lambda: len(guitar.get("/api/explanations/moments")["told"]) > 6)
    shown = ask(guitar, "POST", "/api/preview/reactivity", {"hold_s": 30})
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


def test_every_address_is_described(guitar: RunningService) -> None:
    document = guitar.get("/api/openapi.json")
    validate(document)
    described = set(document["paths"])
    for module in (setup_addresses, trials):
        listed = [line.split("  ")[0] for line in (module.__doc__ or "").splitlines() if line[:4] in ("GET ", "POST")]
        for address in (word.rstrip(",") for line in listed for word in line.split() if word.startswith("/api/")):
            assert address in described, address
