"""`affetto explain` as a person types it: a whole folder, or one clear line and nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge import cli
from edge.explain.told import folder as folders
from edge.types import EMOTIONS, MID_LEVEL
from tests.edge.explain.excerpts import real_path
from tests.edge.sounds import strings, write

DEMO = Path(str(resources.files("edge"))) / "assets" / "demo.flac"
VERSIONS = {"original", "alone", "enhanced", "weakened", "removed"}


class Said:
    """What the command printed, and how it ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
        monkeypatch.setattr(sys, "argv", ["affetto", "explain", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        self.code = ended.value.code or 0
        self.out, err = capsys.readouterr()
        self.errors = [line for line in err.splitlines() if line and not line.startswith(("Listening", "Explaining"))]


@pytest.fixture
def affetto(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    return lambda *words: Said(capsys, monkeypatch, *words)


@pytest.mark.data
def test_a_folder_holds_everything(tmp_path: Path) -> None:
    path = real_path("guitarset/00_BN1-129-Eb_solo_mic.flac")
    command = [Path(sys.executable).parent / "affetto", "explain", path, "--at", "12", "--of", "sad", "--samples", "64"]
    done = subprocess.run(
        [*map(str, command), "--segments", "grid", "--out", "why"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    why = tmp_path / "why"
    assert {p.name for p in why.iterdir()} == {
        "explanation.json", "explanation.png", *(f"{name}.flac" for name in VERSIONS)
    }  # fmt: skip
    assert os.listdir(tmp_path) == ["why"]
    document = json.loads((why / "explanation.json").read_text())
    assert document["schema"] == 1
    assert document["of"] == "sad"
    assert document["samples"] == 64
    assert document["window_s"][1] == pytest.approx(12.0, abs=0.05)
    assert set(document["audio"]) == set(document["check"]) == VERSIONS
    assert (why / "explanation.png").read_bytes().startswith(b"\x89PNG")
    assert document["sentence"] in done.stdout
    for name in VERSIONS:
        sound, rate_hz = soundfile.read(why / document["audio"][name])
        assert rate_hz == 22050
        assert len(sound) / rate_hz == pytest.approx(np.ptp(document["window_s"]), abs=0.01)
        shares = document["check"][name]["probabilities"]
        assert f"{name:<18}" + "".join(f"{100 * shares[e]:>10.0f} %" for e in EMOTIONS) in done.stdout
    regions = document["regions"]
    assert len(regions) > 20
    assert {"id", "t0_s", "t1_s", "f0_hz", "f1_hz", "weight", "se"} <= set(regions[0])


def test_without_a_folder_it_only_prints(affetto, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = affetto(DEMO, "--at", 9, "--by", "effects")
    assert said.code == 0, said.errors
    assert all(name.replace("_", " ") in said.out for name in MID_LEVEL)
    assert os.listdir(tmp_path) == []


def test_same_seed_same_document(affetto, tmp_path) -> None:
    documents = []
    for name in ("a", "b"):
        assert affetto(DEMO, "--at", 9, "--segments", "musical", "--seed", 3, "--out", tmp_path / name).code == 0
        document = json.loads((tmp_path / name / "explanation.json").read_text())
        del document["quality"]["elapsed_ms"]
        documents.append(document)
    assert documents[0] == documents[1]


def test_lime_whose_errors_are_not_known_gives_valid_json(affetto, tmp_path) -> None:
    said = affetto(DEMO, "--at", 9, "--method", "lime", "--samples", 64, "--out", tmp_path / "why")
    assert said.code == 0, said.errors
    text = (tmp_path / "why" / "explanation.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["regions"][0]["se"] is None
    assert "nan" not in said.out


def test_what_if_says_the_change(affetto) -> None:
    said = affetto(DEMO, "--at", 9, "--by", "whatif", "--of", "relaxed")
    assert said.code == 0, said.errors
    assert "more relaxed" in said.out.splitlines()[0]
    assert "changed  " in said.out


def test_six_channels_are_six_strings(affetto, tmp_path) -> None:
    channels = np.stack([np.roll(strings(6.0, 22050, seed=k), 3000 * k) for k in range(6)], axis=1)
    soundfile.write(tmp_path / "hex.wav", channels, 22050)
    said = affetto(tmp_path / "hex.wav", "--at", 5, "--by", "sources", "--segments", "strings", "--samples", 32)
    assert said.code == 0, said.errors
    assert "the low E string" in said.out


def test_an_earlier_explanation_is_replaced_whole(affetto, tmp_path) -> None:
    why = tmp_path / "why"
    assert affetto(DEMO, "--at", 9, "--segments", "musical", "--samples", 16, "--out", why).code == 0
    assert affetto(DEMO, "--at", 9, "--by", "effects", "--out", why).code == 0
    assert {p.name for p in why.iterdir()} == {"explanation.json", "explanation.png"}
    assert sorted(os.listdir(tmp_path)) == ["why"]


@pytest.mark.parametrize("earlier", [False, True])
def test_nothing_is_left_half(affetto, tmp_path, monkeypatch, earlier: bool) -> None:
    why = tmp_path / "why"
    if earlier:
        assert affetto(DEMO, "--at", 9, "--by", "effects", "--out", why).code == 0
    before = {p.name: p.read_bytes() for p in why.iterdir()} if earlier else {}

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "picture", full)
    said = affetto(DEMO, "--at", 9, "--segments", "musical", "--samples", 16, "--out", why)
    assert said.code == 2
    assert said.errors == [f"affetto: {why}: cannot be written (No space left on device); choose another place"]
    assert sorted(os.listdir(tmp_path)) == (["why"] if earlier else [])
    assert {p.name: p.read_bytes() for p in why.iterdir()} == before if earlier else not why.exists()


def test_an_earlier_explanation_comes_back_when_the_new_one_cannot_take_its_place(
    affetto, tmp_path, monkeypatch
) -> None:
    why = tmp_path / "why"
    assert affetto(DEMO, "--at", 9, "--by", "effects", "--out", why).code == 0
    before = (why / "explanation.json").read_bytes()
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    said = affetto(DEMO, "--at", 3, "--by", "effects", "--out", why)
    assert said.errors == [f"affetto: {why}: cannot be written (Input/output error); choose another place"]
    assert os.listdir(tmp_path) == ["why"]
    assert (why / "explanation.json").read_bytes() == before


def test_a_folder_with_other_files_stays_as_it_is(affetto, tmp_path) -> None:
    (tmp_path / "song.txt").write_text("mine")
    said = affetto(DEMO, "--at", 9, "--by", "effects", "--out", tmp_path)
    assert said.code == 2
    assert "holds other files" in said.errors[0]
    assert os.listdir(tmp_path) == ["song.txt"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["{demo}"], "Missing option '--at'"),
        (["{demo}", "--at", "x"], "'x' is not a valid float"),
        (["none.wav", "--at", "1"], "none.wav: no such file"),
        (["{demo}", "--at", "900"], "choose a time from 0 to "),
        (["{silence}", "--at", "1"], "nobody plays at 1.0 s"),
        (["{one}", "--at", "0"], "too short"),
        (["{nan}", "--at", "1"], "not a number"),
        (["{demo}", "--at", "9", "--of", "hapy"], "of: 'hapy' is unknown; did you mean happy?"),
        (["{demo}", "--at", "9", "--of", "minornes"], "did you mean minorness?"),
        (["{demo}", "--at", "9", "--by", "magic"], "by: 'magic' is unknown; choose one of effects, regions"),
        (["{demo}", "--at", "9", "--segments", "notes"], "segments: 'notes' is unknown"),
        (["{demo}", "--at", "9", "--method", "guess"], "method: 'guess' is unknown"),
        (["{demo}", "--at", "9", "--samples", "1000000"], "samples: 1000000 is not between 8 and 50000"),
        (["{demo}", "--at", "9", "--seed", "-1"], "seed: -1"),
        (["{demo}", "--at", "9", "--method", "exact"], "too many to run all mixtures"),
        (["{demo}", "--at", "9", "--by", "sources", "--segments", "strings"], "hexaphonic pickup"),
        (["{demo}", "--at", "9", "--out", "/no/such/folder/why"], "/no/such/folder: no such folder"),
        (["{demo}", "--at", "9", "--out", "{demo}"], "is a file; name a folder"),
        (["{demo}", "--at", "9", "--by", "effects", "--out", "/proc/why"], "/proc/why: cannot be written"),
        (["{demo}", "--at", "9", "--model", "none.onnx"], "none.onnx: no such model file"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_wrong_input_gives_one_line_and_nothing_is_written(affetto, tmp_path, monkeypatch, words, expected) -> None:
    broken = strings(3.0)
    broken[50_000] = np.nan
    files = {
        "demo": DEMO,
        "silence": write(tmp_path / "silence.wav", np.zeros(88_200, np.float32)),
        "one": write(tmp_path / "one.wav", np.ones(1, np.float32)),
        "nan": write(tmp_path / "nan.wav", broken),
    }
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    out = [] if "--out" in words else ["--out", "why"]
    said = affetto(*(word.format(**files) for word in words), *out)
    assert said.code == 2
    assert len(said.errors) == 1, said.errors
    assert said.errors[0].startswith("affetto: ")
    assert expected in said.errors[0]
    assert os.listdir(folder) == []


def test_missing_libraries_are_named(affetto, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "lime", None)  # as if it were not there
    said = affetto(DEMO, "--at", 9)
    assert said.code == 2
    assert said.errors == ["affetto: explanations need lime: pip install 'affetto[explain]'"]


def test_the_answers_in_the_folder_can_be_checked(affetto, tmp_path) -> None:
    """The original's answer is the network's, and other models may be asked."""
    why = tmp_path / "why"
    assert affetto(DEMO, "--at", 9, "--segments", "musical", "--samples", 16, "--out", why).code == 0
    document = json.loads((why / "explanation.json").read_text())
    assert document["check"]["original"]["probabilities"] == pytest.approx(document["heard"]["probabilities"], abs=1e-4)
    assert document["heard"]["probabilities"] != document["check"]["removed"]["probabilities"]
