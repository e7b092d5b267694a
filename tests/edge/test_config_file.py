import os
import subprocess
import sys
import textwrap

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from edge import config, config_file
from edge.errors import ConfigError


def test_documented_settings_are_a_settings_file():
    text = config_file.documented(config.Config())
    assert config_file.parse(text) == config.Config()


def test_every_key_is_explained():
    for section in msgspec.structs.fields(config.Config):
        for name, description, _allowed in config_file._documented_fields(section.type):
            assert len(description) > 15, f"{section.name}.{name}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[audio]\nchanel = 1", "there is no key `chanel` in [audio]; it may hold: input, channel"),
        ('[led]\ndriver = "neon"', "led.driver: invalid enum value 'neon'; allowed: one of: apa102, leds0, none"),
        ("[web]\nport = 99999", "web.port: expected `int` <= 65535; allowed: 1 to 65535"),
        ('[led]\nsad = "blue"', "led.sad: must be #rrggbb"),
        ('[osc]\ntargets = ["nowhere"]', "osc.targets: must be HOST:PORT"),
        ('[osc]\ntargets = ["a.local:65536"]', "osc.targets: must be HOST:PORT, with a port from 1 to 65535"),
        ('[osc]\ntargets = ["a.local:0"]', "osc.targets: must be HOST:PORT"),
        ("[decision]\nmargin = true", "decision.margin: expected `float`, got `bool`; allowed: 0 to 1"),
        ("[decision]\nmargin = nan", "decision.margin: "),
        ("[colour]\nx = 1", "there is no key `colour` in the file; it may hold: audio, decision"),
        ("[audio", "Expected ']'"),
    ],
)
def test_an_error_names_the_key_and_what_it_may_be(text, expected):
    with pytest.raises(ConfigError) as error:
        config_file.parse(text, "f.toml")
    assert str(error.value).startswith("f.toml: ")
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_gives_the_defaults_unless_it_was_named(tmp_path):
    assert config_file.load(tmp_path / "none.toml") == config.Config()
    with pytest.raises(ConfigError, match="no such settings file"):
        config_file.load(tmp_path / "none.toml", required=True)


def test_a_folder_or_binary_file_gives_one_line(tmp_path):
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "b.toml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            config_file.load(path)


@how(deadline=None)  # a disk may take its time
@given(
    port=st.integers(1, 65535),
    brightness=st.floats(0, 1),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_what_is_saved_is_what_is_loaded(tmp_path_factory, port, brightness, name):
    path = tmp_path_factory.mktemp("c") / "deep" / "config.toml"
    changes = {"web.port": port, "led.brightness": brightness, "audio.input": name}
    settings = config_file.with_values(config.Config(), changes, "test")
    config_file.save(path, config_file.documented(settings))
    assert config_file.load(path) == settings


def test_the_last_good_file_stands_in_for_a_damaged_one(tmp_path):
    path = tmp_path / "config.toml"
    good = "[web]\nport = 81  # mine\n"
    config_file.save(path, "[web]\nport = 82\n", good)
    path.write_text("[web]\nport = ")
    settings, note = config_file.load_or_last_good(path)
    assert settings.web.port == 81
    assert "using the last good settings" in note
    # what is saved without a word of what was good leaves the good copy
    config_file.save(path, "[web]\nport = 83\n")
    assert config_file.last_good(path).read_text() == good


def test_a_refusing_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "config.toml"
    config_file.save(path, "[web]\nport = 81\n")
    with pytest.raises(ConfigError, match="settings not saved"):
        config_file.save(path / "below-a-file" / "config.toml", "")
    assert path.read_text() == "[web]\nport = 81\n"
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_killed_while_saving_the_file_is_old_or_new_but_whole(tmp_path):
    path = tmp_path / "config.toml"
    script = textwrap.dedent(f"""
        import itertools
        from pathlib import Path
        from edge import config, config_file
        before = None
        for port in itertools.count(1000):
            text = config_file.documented(
                config_file.with_values(config.Config(), {{"web.port": port % 60000 + 1}}, "test"))
            config_file.save(Path({str(path)!r}), text, before)
            before = text
            print(port, flush=True)
    """)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=os.environ)
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.kill()
        process.wait()
        process.stdout.close()
        assert config_file.load(path, required=True).web.port >= 1001
        assert config_file.load(config_file.last_good(path), required=True).web.port >= 1001


def test_values_from_the_command_line_are_checked_too():
    with pytest.raises(ConfigError, match=r"command line: led\.driver"):
        config_file.with_values(config.Config(), {"led.driver": "neon"}, "command line")
