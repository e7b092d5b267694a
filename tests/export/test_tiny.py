"""From MIDI to a model that the instrument loads, on twelve clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import export.train
from edge.features import FrontEndSettings
from edge.model import Model
from export.card import write_card
from export.cli import main, tiny_pieces
from export.dataset import cache_folder
from export.notes import CorpusError
from export.onnx_export import read_contract
from export.ship import ship


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.data
def test_twelve_clips_become_a_model_that_loads(tmp_path: Path, data: Path) -> None:
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
def test_a_model_ships_with_its_figures_and_its_card(tmp_path: Path, data: Path) -> None:
    cache, folder, models = tmp_path / "cache", tmp_path / "run", tmp_path / "models"
    run("train", "--tiny", "--cache", cache, "--run", folder)
    ship(folder / "best.pt", models, tiny_pieces(), cache_folder(cache, FrontEndSettings()), "0.0.0-tiny")
    write_card(models)
    contract = read_contract(models / "affetto.onnx")
    assert contract == read_contract(models / "affetto-fp32.onnx")
    assert Model(models / "affetto.onnx").contract.card["version"] == contract["version"]
    test = contract["accuracy"]["test"]["session"]["takes"]
    assert test["heard"] == np.sum(test["confusion"]) == 4
    assert contract["forms"]["torch_difference"] <= 1e-5
    assert "0.0.0-tiny" in (models / "README.md").read_text()

    held = torch.load(folder / "best.pt", weights_only=True)
    held["settings"]["fold"] = 0
    torch.save(held, folder / "fold.pt")
    with pytest.raises(CorpusError, match="--fold"):
        ship(folder / "fold.pt", models, tiny_pieces(), cache, "0")


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
