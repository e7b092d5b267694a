from __future__ import annotations

from pathlib import Path

import pytest

from export.card import write_card
from export.onnx_export import read_contract

MODELS = Path(__file__).parents[2] / "edge" / "models"


def test_both_precisions_carry_the_same_contract() -> None:
    assert read_contract(MODELS / "affetto.onnx") == read_contract(MODELS / "affetto-fp32.onnx")


@pytest.mark.parametrize("with_evaluation", [True, False])
def test_the_card_says_what_was_measured_and_no_more(tmp_path: Path, with_evaluation: bool) -> None:
    for name in ("affetto.onnx", "evaluation.json"):
        if name != "evaluation.json" or with_evaluation:
            (tmp_path / name).write_bytes((MODELS / name).read_bytes())
    write_card(tmp_path)
    text = (tmp_path / "README.md").read_text()
    accuracy = read_contract(MODELS / "affetto.onnx")["accuracy"]["test"]["session"]["takes"]["accuracy"]
    assert f"{100 * accuracy:.1f} %" in text
    assert ("## Five folds of songs" in text) == with_evaluation
    assert (text == (MODELS / "README.md").read_text()) == with_evaluation
