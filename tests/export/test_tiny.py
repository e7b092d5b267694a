"""From MIDI to a model that the instrument loads, on eight clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import export.train
from edge.model import Model
from export.cli import main


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.data
def test_eight_clips_become_a_model_that_loads(tmp_path: Path, data: Path) -> None:
    cache, folder, model = tmp_path / "cache", tmp_path / "run", tmp_path / "model.onnx"
    run("train", "--tiny", "--cache", cache, "--run", folder)
    rows = (folder / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "4", "8"]
    run("export", folder / "best.pt", model, "--version", "0.0.0-tiny")
    run("check", model, "--checkpoint", folder / "best.pt")
    assert Model(model).contract.card["version"] == "0.0.0-tiny"

    rendered = sorted(cache.rglob("*.npz"))
    before = [path.stat().st_mtime_ns for path in rendered]
    run("train", "--tiny", "--cache", cache, "--run", folder)  # finished already: renders and trains nothing
    assert [path.stat().st_mtime_ns for path in rendered] == before
    assert (folder / "metrics.csv").read_text().splitlines() == rows


@pytest.mark.data
def test_an_interrupted_run_goes_on(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--tiny", "--cache", tmp_path / "cache", "--run", tmp_path / "run")
    validated: list[int] = []

    def interrupted(*arguments: object) -> dict[str, float]:
        validated.append(1)
        if len(validated) == 2:
            raise KeyboardInterrupt
        return {"accuracy": 0.25, "validation_loss": 1.0}

    monkeypatch.setattr(export.train, "_validate", interrupted)
    result = CliRunner().invoke(main, ["train", *map(str, options)])
    assert result.exit_code != 0
    run("train", *options)
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "4", "8"]

    other = CliRunner().invoke(main, ["train", *map(str, options), "--steps", "12"])
    assert other.exit_code == 1
    assert "other settings" in other.output


def test_without_data_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "nowhere"))
    result = CliRunner().invoke(main, ["train", "--tiny", "--run", str(tmp_path)])
    assert result.exit_code == 1
    assert "set AFFETTO_DATA" in result.output
    assert len(result.output.strip().splitlines()) == 1
