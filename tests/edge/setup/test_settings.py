"""Settings changed from the page: what is written, what holds at once, and that an error changes nothing."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge import config_file
from edge.config import Config
from edge.errors import OutputError, RequestError
from edge.setup import origin, settings
from edge.setup.settings import Settings

WRITTEN = """\
# my guitar
[decision]
hold_s = 3  # slow songs

[led]  # eight of them
count = 8
pins = [
  17,  # red
  27,
  22,
]
"""


class Applied:
    """Takes the place of the service that puts settings into force."""

    def __init__(self) -> None:
        self.configs: list[Config] = []
        self.refuses = ""

    def __call__(self, config: Config) -> Callable[[], None]:
        if self.refuses:
            raise OutputError(self.refuses)
        return lambda: self.configs.append(config)


def opened(path: Path, given: dict[str, Any] | None = None) -> tuple[Settings, Applied]:
    given = given or {}
    config, made_of = origin.read(path, given, dict.fromkeys(given, "--option"))
    applied = Applied()
    return Settings(made_of, config, applied), applied


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)
    return path


def test_what_a_person_wrote_stays(path: Path) -> None:
    kept, applied = opened(path)
    assert kept.change({"decision": {"hold_s": 2}, "led": {"sad": "#0040ff"}}) == ["decision.hold_s", "led.sad"]
    text = path.read_text()
    for part in ("# my guitar", "hold_s = 2.0", "# slow songs", "# eight of them", "17,  # red", 'sad = "#0040ff"'):
        assert part in text
    assert len(text.splitlines()) == len(WRITTEN.splitlines()) + 1
    assert config_file.load(path).led.sad == "#0040ff"
    assert [config.decision.hold_s for config in applied.configs] == [2.0]
    assert kept.restart_needed == []


def test_what_needs_a_restart_is_named_until_then(path: Path) -> None:
    kept, _ = opened(path)
    assert kept.change({"explain": {"keep_s": 60}, "decision": {"margin": 0.1}}) == ["decision.margin"]
    assert kept.restart_needed == ["explain.keep_s"]
    assert kept.in_force.explain.keep_s == 120.0
    assert kept.wanted.explain.keep_s == 60.0
    kept.change({"explain": {"keep_s": None}})
    assert kept.restart_needed == []
    assert "keep_s" not in path.read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"decision": {"hold_s": 31}}, "decision.hold_s: expected `float` <= 30.0; allowed: 0 to 30"),
        ({"decision": {"hold_s": 1, "x": 1}}, "there is no key `x` in [decision]"),
        ({"lamp": {}}, "there is no key `lamp` in the file"),
        ({"model": {"file": "/nowhere.onnx"}}, "model.file: /nowhere.onnx: no such model file"),
        ({"model": {"file": __file__}}, "not a model"),
        ({"audio": {"input": "/nowhere.wav"}}, "audio.input: /nowhere.wav"),
        ({"audio": {"input": "udp://x"}}, "audio.input: udp://x: not a UDP address"),
        ({"web": {"host": "192.0.2.1"}}, "web.host: cannot serve on 192.0.2.1"),
        ({"web": {"host": "no such name.invalid"}}, "web.host: "),
        ({"web": {"host": "x" * 300}}, "web.host: "),
        ({"takes": {"folder": f"{__file__}/below"}}, "takes.folder: "),
        ({"takes": {"folder": "/tmp/\0"}}, "takes.folder: holds a character that cannot be seen"),
        ({"osc": {"targets": ["a\u200b:9"]}}, "osc.targets: holds a character that cannot be seen"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_changes(
    path: Path, changes: dict[str, dict[str, Any]], said: str
) -> None:
    kept, applied = opened(path)
    with pytest.raises(RequestError) as error:
        kept.change(changes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert (error.value.status, path.read_text(), applied.configs) == (400, WRITTEN, [])
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_a_port_that_is_taken_is_refused_before_it_is_saved(path: Path) -> None:
    kept, _ = opened(path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RequestError, match=f"web.port: cannot serve on 127.0.0.1:{port}"):
            kept.change({"web": {"port": port}})
    kept.change({"web": {"port": port}})
    assert kept.restart_needed == ["web.port"]


def test_an_output_that_cannot_be_made_is_refused_before_it_is_saved(path: Path) -> None:
    kept, applied = opened(path)
    applied.refuses = "no such lights"
    with pytest.raises(RequestError, match="no such lights"):
        kept.change({"led": {"driver": "pwm"}})
    assert path.read_text() == WRITTEN


def test_the_command_line_wins_and_is_not_saved(path: Path) -> None:
    kept, _ = opened(path, {"web.port": 8123})
    assert kept.wanted.web.port == 8123
    with pytest.raises(RequestError, match="was given on the command line") as error:
        kept.change({"web": {"port": 9000}})
    assert error.value.status == 409
    kept.change({"web": {"streams": 3}})
    assert "8123" not in path.read_text()
    assert kept.restart_needed == ["web.streams"]


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 503), (errno.EACCES, 503)])
def test_a_disk_that_refuses_is_told_and_nothing_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    kept, applied = opened(path)

    def refuse(_file: Path, _text: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(config_file, "write_atomically", refuse)
    with pytest.raises(RequestError, match="settings not saved") as error:
        kept.change({"decision": {"hold_s": 2}})
    assert (error.value.status, path.read_text(), applied.configs) == (status, WRITTEN, [])
    assert kept.wanted.decision.hold_s == 3.0


def test_without_a_file_only_what_is_changed_is_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.toml"
    kept, _ = opened(path)
    kept.change({"led": {"brightness": 1}})
    assert [line for line in path.read_text().splitlines() if line and line[0] != "#"] == ["[led]", "brightness = 1.0"]
    # the way back is to have none
    assert config_file.load(config_file.last_good(path)) == Config()


@pytest.mark.parametrize(
    "text",
    ["decision.hold_s = 3\n", "decision = { hold_s = 3 }\n", "[decision]\nhold_s = 3", "[decision]\r\nhold_s = 3\r\n"],
)
def test_however_it_is_written_the_change_arrives(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, newline="")
    kept, _ = opened(path)
    kept.change({"decision": {"hold_s": 4, "margin": 0.5}, "osc": {"targets": ["10.0.0.2:9000"]}})
    found = config_file.load(path)
    assert (found.decision.hold_s, found.decision.margin, found.osc.targets) == (4.0, 0.5, ("10.0.0.2:9000",))


def test_a_backup_is_taken_back_and_that_can_be_undone(path: Path) -> None:
    kept, _ = opened(path)
    with pytest.raises(RequestError, match="nothing to undo"):
        kept.undo()
    with pytest.raises(RequestError, match="there is no key `hold`"):
        kept.restore("[decision]\nhold = 3\n")
    assert not kept.can_undo
    assert kept.restore("[decision]\nhold_s = 7  # saved\n[web]\nstreams = 2\n") == ["decision.hold_s"]
    assert path.read_text().startswith("[decision]\nhold_s = 7  # saved")
    assert (kept.restart_needed, kept.can_undo) == (["web.streams"], True)
    kept.undo()
    assert (path.read_text(), kept.restart_needed, kept.can_undo) == (WRITTEN, [], False)


def test_settings_that_have_proved_themselves_are_the_way_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, _ = opened(path)
    good = config_file.last_good(path)
    kept.still_well()
    assert not good.exists()
    monkeypatch.setattr(settings, "PROVEN_S", 0.0)
    kept.still_well()
    assert good.read_text() == WRITTEN
    kept.change({"explain": {"keep_s": 60}})
    kept.change({"explain": {"keep_s": 61}})
    assert good.read_text() == WRITTEN, "what was never started with is not known to be good"


def test_after_a_failure_the_file_that_failed_is_kept_aside(path: Path) -> None:
    config_file.last_good(path).write_text("[decision]\nhold_s = 5\n")
    path.write_text("[decision]\nhold_s = ")
    kept, _ = opened(path)
    assert "using the last good settings" in kept.note
    assert kept.wanted.decision.hold_s == 5.0
    kept.change({"decision": {"margin": 0.5}})
    assert kept.note == ""
    assert path.with_name("config.toml.failed").read_text() == "[decision]\nhold_s = "
    assert config_file.load(path).decision.hold_s == 5.0


def test_every_key_has_a_schema_with_limits_default_and_whether_it_needs_a_restart() -> None:
    known = settings.schema()
    defaults = msgspec.to_builtins(Config())
    assert {section: set(keys) for section, keys in known.items()} == {s: set(k) for s, k in defaults.items()}
    hold = known["decision"]["hold_s"]
    assert (hold["minimum"], hold["maximum"], hold["default"], hold["restart"]) == (0, 30, 1.0, False)
    assert known["led"]["driver"]["enum"][0] == "apa102"
    assert known["web"]["port"]["restart"]
    assert not known["web"]["setup_done"]["restart"]
    assert all(len(about["description"]) > 15 for keys in known.values() for about in keys.values())
