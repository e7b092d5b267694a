"""Setting up over HTTP, with the real service: change, restart, come back from what does not work."""

from __future__ import annotations

import os
import signal
import socket
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from edge import config_file
from tests.edge.api.asking import ask
from tests.edge.outputs.helpers import wait_until
from tests.edge.service import RunningService, running


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


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningService]:
    """A service for one test, with a settings file that a person wrote."""
    (tmp_path / "config.toml").write_text("# mine\n[decision]\nhold_s = 3.0  # slow\n")
    with running(tmp_path, "--input", "demo", XDG_STATE_HOME=str(tmp_path / "state")) as service:
        service.wait_until_healthy()
        yield service


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
