"""The fields of the files that researchers read are documented exactly as they are written."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import soundfile

from edge.takes.export import _TOLD
from tests.docs.pages import ROOT, page
from tests.edge.service import AFFETTO

RESEARCHER = page("researcher")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of the demo take, analysed and explained by the commands that the page shows."""
    folder = tmp_path_factory.mktemp("analysed")
    sound, rate = soundfile.read(ROOT / "edge/assets/demo.flac", frames=5 * 44100)
    soundfile.write(folder / "solo.flac", sound, rate)
    for command in (
        ["analyze", "solo.flac", "--csv", "all.csv", "--json", "one.json"],
        ["explain", "solo.flac", "--at", "4", "--samples", "32", "--out", "why"],
    ):
        subprocess.run([AFFETTO, *command], cwd=folder, check=True, capture_output=True)
    return folder


def fields(title: str, number: int = 0) -> list[str]:
    return [row[0] for row in RESEARCHER.table(title, number)]


def test_the_columns_of_the_table(folder: Path) -> None:
    with open(folder / "all.csv", newline="") as file:
        assert next(csv.reader(file)) == fields("The table")


def test_the_fields_of_the_document(folder: Path) -> None:
    document: dict[str, Any] = json.loads((folder / "one.json").read_text())
    assert list(document) == fields("The document")
    said = {row[0]: row[1] for row in RESEARCHER.table("The document")}
    assert all(key in said["model"] for key in document["model"])
    assert all(key in said["overall"] for key in document["overall"])
    prediction = document["predictions"][-1]
    assert list(prediction) == fields("The document", 1)
    assert all(list(feature) == ["value", "effects"] for feature in prediction["mid_level"].values())


def test_effects_add_up_to_what_the_page_says_of_them(folder: Path) -> None:
    effects = json.loads((folder / "why/explanation.json").read_text())["effects"]
    assert set(effects) == {"moments", "bias", "features", "ranked"}
    said = {row[0]: row[1] for row in RESEARCHER.table("What is in the folder")}
    for feature in effects["features"].values():
        assert all(key in said["effects"] for key in feature)


def test_the_fields_of_an_explanation(folder: Path) -> None:
    explanation: dict[str, Any] = json.loads((folder / "why/explanation.json").read_text())
    assert set(explanation) == set(fields("What is in the folder"))
    said = {row[0]: row[1] for row in RESEARCHER.table("What is in the folder")}
    assert all(key in said["regions"] for key in explanation["regions"][0])
    assert all(key in said["quality"] for key in explanation["quality"])
    assert all(key in said["heard"] for key in explanation["heard"])
    assert {*explanation["audio"].values(), explanation["picture"]} <= {
        path.name for path in (folder / "why").iterdir()
    }


def test_valence_and_arousal_are_the_sums_that_the_page_gives(folder: Path) -> None:
    with open(folder / "all.csv", newline="") as file:
        row = list(csv.DictReader(file))[-1]
    p = {key.removeprefix("p_"): float(value) for key, value in row.items() if key.startswith("p_")}
    assert float(row["valence"]) == pytest.approx(p["happy"] + p["relaxed"] - p["aggressive"] - p["sad"], abs=1e-5)
    assert float(row["arousal"]) == pytest.approx(p["aggressive"] + p["happy"] - p["relaxed"] - p["sad"], abs=1e-5)


def test_what_a_take_adds() -> None:
    said = RESEARCHER.section("Takes from a guitar")
    assert all(f"`{key}`" in said for key in _TOLD)
