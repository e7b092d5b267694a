"""Which settings a service starts with when those of the file have failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import config_file
from edge.errors import ConfigError, ModelError
from edge.setup import origin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("[web]\nstreams = 3\n")
    return path


def test_the_file_and_the_command_line_over_it(path: Path) -> None:
    config, made_of = origin.read(path, {"web.port": 81}, {"web.port": "--port"})
    assert (config.web.streams, config.web.port, made_of.failure, made_of.note) == (3, 81, "", "")
    assert made_of.text == path.read_text()


def test_a_damaged_file_without_a_good_copy_is_an_error(path: Path) -> None:
    path.write_text("[web")
    with pytest.raises(ConfigError):
        origin.read(path, {}, {})


def test_after_three_deaths_the_last_good_settings_are_taken_if_they_are_others(path: Path) -> None:
    good = config_file.last_good(path)
    good.write_text(path.read_text())
    assert origin.read(path, {}, {}, deaths=9)[1].failure == ""
    good.write_text("[web]\nstreams = 2\n")
    assert origin.read(path, {}, {}, deaths=2)[1].failure == ""
    config, made_of = origin.read(path, {}, {}, deaths=3)
    assert config.web.streams == 2
    assert "ended 3 times" in made_of.note
    assert "using the last good settings" in made_of.note


def test_without_other_settings_the_error_is_the_persons(path: Path) -> None:
    _, made_of = origin.read(path, {}, {})
    with pytest.raises(ModelError):
        origin.start_with_last_good(made_of, ModelError("no model"))
