"""The command line as a person types it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge import cli
from edge.types import EMOTIONS, MID_LEVEL
from tests.edge.sounds import strings, write

AFFETTO = Path(sys.executable).parent / "affetto"


def affetto(*words, **options):
    return subprocess.run([AFFETTO, *map(str, words)], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    return write(tmp_path_factory.mktemp("take") / "take <1>.wav", strings(5.0))


def test_json_has_the_published_form(take):
    result = affetto("analyze", take, "--json", "-")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert list(document) == ["schema", "file", "duration_s", "model", "overall", "predictions"]
    assert document["schema"] == 1
    assert document["duration_s"] == pytest.approx(5.0, abs=0.01)
    assert set(document["overall"]) == {"label", "probabilities", "confidence"}
    for p in document["predictions"]:
        assert list(p) == [
            "time_s", "state", "label", "confidence", "probabilities", "valence", "arousal", "mid_level"
        ]  # fmt: skip
        assert list(p["probabilities"]) == list(EMOTIONS)
        assert list(p["mid_level"]) == list(MID_LEVEL)
        for feature in p["mid_level"].values():
            assert set(feature) == {"value", "effects"}
            assert list(feature["effects"]) == list(EMOTIONS)
    assert len(document["predictions"]) == pytest.approx(5.0 * 10.77, abs=2)


@pytest.mark.parametrize(
    ("suffix", "rate_hz", "channels"), [("wav", 96000, 2), ("flac", 44100, 1), ("ogg", 48000, 2), ("mp3", 22050, 1)]
)
def test_formats_rates_and_channels_agree(tmp_path, suffix, rate_hz, channels):
    sound = strings(4.0, rate_hz)
    path = tmp_path / f"take.{suffix}"
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate_hz)
    reference = write(tmp_path / "reference.wav", strings(4.0, 44100))
    result = affetto("analyze", path, reference, "--json", "-")
    assert result.returncode == 0, result.stderr
    one, two = json.loads(result.stdout)
    a, b = (np.array(list(d["overall"]["probabilities"].values())) for d in (one, two))
    np.testing.assert_allclose(a, b, atol=0.1)


def test_table_report_and_summary(take, tmp_path):
    files = {f"--{kind}": tmp_path / f"t.{kind}" for kind in ("csv", "html", "json")}
    result = affetto("analyze", take, *(word for pair in files.items() for word in pair))
    assert result.returncode == 0, result.stderr
    assert "take <1>.wav  0:05  " in result.stdout
    rows = list(csv.DictReader((tmp_path / "t.csv").open()))
    document = json.loads((tmp_path / "t.json").read_text())
    assert len(rows) == len(document["predictions"])
    page = (tmp_path / "t.html").read_text()
    assert "take &lt;1&gt;.wav" in page
    assert "take <1>.wav" not in page


def test_pictures_of_effects_without_matplotlib_are_refused_in_one_line_before_anything_is_heard(
    take, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as if it were not there
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    monkeypatch.setattr(sys, "argv", ["affetto", "analyze", str(take), "--effects", str(tmp_path / "effects.png")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.err == "affetto: pictures of effects need matplotlib: pip install 'affetto[explain]'\n"
    assert not said.out
    assert not list(tmp_path.iterdir())


def test_silence_is_said_to_be_nothing(tmp_path):
    path = write(tmp_path / "silence.wav", np.zeros(44100, np.float32))
    result = affetto("analyze", path)
    assert "nothing was heard" in result.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["analyze"], "Missing argument 'FILE...'"),
        (["analyze", "none.wav"], "none.wav: no such file"),
        (["analyze", __file__], "not a sound file"),
        (["analyze", "{take}", "--model", "none.onnx"], "none.onnx: no such model file"),
        (["analyze", "{take}", "--json", "/no/such/folder/x.json"], "/no/such/folder/x.json: cannot be written"),
        (["analyze", "{take}", "--csv", "/no/such/folder/x.csv"], "/no/such/folder/x.csv: cannot be written"),
        (["analyze", "none.wav", "--csv", "."], ".: cannot be written (Is a directory)"),
        (["analyze", "{take}", "--html", "/no/such/folder/x.html"], "/no/such/folder/x.html"),
        (["run", "--led", "neon"], "led.driver: invalid enum value 'neon'; allowed: one of: apa102"),
        (["run", "--osc", "nowhere"], "osc.targets: must be HOST:PORT"),
        (["run", "--osc", "localhost:99999"], "osc.targets: must be HOST:PORT, with a port from 1 to 65535"),
        (["run", "--port", "0"], "web.port"),
        (["run", "--port", "x"], "'x' is not a valid integer"),
        (["run", "--config", "none.toml"], "none.toml: no such settings file"),
        (["run", "--input", "none.wav"], "none.wav: no such file"),
        (["run", "--input", "udp://x"], "udp://x: not a UDP address"),
        (["run", "--input", "demo", "--model", "none.onnx"], "none.onnx: no such model file"),
        (["run", "--colour", "red"], "No such option '--colour'"),
        (["play"], "No such command 'play'"),
        (["analyse"], "Did you mean 'analyze'? See `affetto --help`"),
        (["config", "check", "none.toml"], "none.toml: no such settings file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_input_gives_one_line_and_exit_code_2(take, words, expected, tmp_path):
    result = affetto(*(w.replace("{take}", str(take)) for w in words), cwd=tmp_path)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Listening")]
    assert result.returncode == 2, result.stderr
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("affetto: ")
    assert expected in lines[0]


def test_config_show_prints_what_config_check_accepts(tmp_path):
    shown = affetto("config", "show")
    (tmp_path / "c.toml").write_text(shown.stdout)
    assert affetto("config", "check", tmp_path / "c.toml").returncode == 0


def test_doctor_reports_every_part_with_a_remedy(tmp_path):
    result = affetto("doctor", "--json", "--config", tmp_path / "none.toml")
    findings = json.loads(result.stdout)
    assert [f["check"] for f in findings] == [
        "settings", "sound card", "model", "priority", "lights", "MIDI", "network", "disk", "clock", "board"
    ]  # fmt: skip
    assert all(f["remedy"] for f in findings if f["result"] != "ok")
    assert result.returncode == int(any(f["result"] == "fail" for f in findings))


def test_doctor_names_what_is_wrong(tmp_path):
    settings = tmp_path / "c.toml"
    settings.write_text(
        '[audio]\ninput = "hexaphonic"\n[led]\ndriver = "leds0"\n[midi]\nport = "synth"\n[model]\nfile = "none.onnx"\n'
        '[osc]\ntargets = ["no.such.host.invalid:9000"]\n'
    )
    result = affetto("doctor", "--config", settings)
    assert result.returncode == 1
    for part in ("sound card: ", "model: none.onnx", "lights: /dev/leds0", "MIDI: no port", "no.such.host.invalid"):
        assert f"✗ {part}" in result.stdout or f"✗ network: OSC target {part}" in result.stdout, part


def test_devices_lists_or_says_what_to_do():
    result = affetto("devices")
    assert result.returncode == 0, result.stderr
    assert "--input" in result.stdout


def test_a_reader_that_has_seen_enough_gets_no_traceback():
    result = subprocess.run(f"{AFFETTO} config show | head -1", shell=True, capture_output=True, text=True)
    assert result.stdout.startswith("# Settings")
    assert result.stderr == ""
