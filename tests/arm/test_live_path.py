"""The whole live path on emulated boards says what it says on this machine, and its two forms of the network agree."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.types import TrustState
from tests.arm.emulated import ROOT, Board
from tests.arm.guest import live_path
from tests.arm.guest.live_path import PROBABILITY

DEMO = ROOT / "edge/assets/demo.flac"
REAL = Path(os.environ.get("AFFETTO_DATA", ROOT.parent / "shared/data")) / "real"
RECORDINGS = ("guitarset/00_BN1-129-Eb_comp_mic.flac", "guitarset/00_BN1-129-Eb_solo_mic.flac",
              "berklee/guitar_riff_cutup1.mp3")  # fmt: skip

MID_LEVEL = 1e-2
"""Largest difference between values, and between their effects, on two processors; 5e-3 was seen, see `PROBABILITY`."""

FP32 = 1e-5
"""Largest difference between the evidence of two forms, or on two processors, given the same; 3e-6 was seen."""

Heard = dict[str, np.ndarray]
Hear = Callable[[Board], Heard]


def sounds() -> list[Path]:
    return [DEMO, *(REAL / name for name in RECORDINGS if (REAL / name).exists())]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with what the network is given: ten seconds of each sound, one after the other."""
    path = tmp_path_factory.mktemp("given") / "inputs.npz"
    mel, pitch = (np.concatenate(parts) for parts in zip(*map(live_path.inputs, sounds()), strict=True))
    np.savez(path, mel=mel, pitch=pitch)
    return path


@pytest.fixture(scope="module")
def here(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What this machine says."""
    out = tmp_path_factory.mktemp("here") / "heard.npz"
    live_path.main(str(out), str(given), *map(str, sounds()))
    with np.load(out) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def there(board: Board, given: Path, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What the emulated board says."""
    out = tmp_path_factory.mktemp("there") / "heard.npz"
    board.run("tests.arm.guest.live_path", out, given, *sounds())
    with np.load(out) as arrays:
        return dict(arrays)


def test_every_prediction_is_the_one_of_this_machine(here: Heard, there: Heard):
    assert there.keys() == here.keys()
    for sound in sounds():
        for key in ("label", "state"):
            np.testing.assert_array_equal(there[f"{sound.name}/{key}"], here[f"{sound.name}/{key}"])
        for key, most in (("probabilities", PROBABILITY), ("mid_level", MID_LEVEL), ("effects", MID_LEVEL)):
            np.testing.assert_allclose(there[f"{sound.name}/{key}"], here[f"{sound.name}/{key}"], atol=most)
        np.testing.assert_allclose(there[f"{sound.name}/level_dbfs"], here[f"{sound.name}/level_dbfs"], atol=1e-4)


def test_something_is_heard_in_every_sound(there: Heard):
    playing = [k for k, state in enumerate(TrustState) if state.is_playing]
    for sound in sounds():
        assert np.isin(there[f"{sound.name}/state"], playing).mean() > 0.5
        assert len(there[f"{sound.name}/label"]) > 30


def test_int8_evidence_is_the_one_of_this_machine(here: Heard, there: Heard):
    for form in ("window", "stream"):
        difference = np.abs(there[f"int8/{form}"] - here[f"int8/{form}"]).max(axis=1)
        assert np.median(difference) < FP32
        assert difference.max() < 0.1  # one of 47,000 inputs a step of eight bits apart changed a seventh of the rest


@pytest.mark.parametrize("form", ["window", "stream"])
def test_fp32_evidence_is_the_one_of_this_machine(here: Heard, there: Heard, form: str):
    np.testing.assert_allclose(there[f"fp32/{form}"], here[f"fp32/{form}"], atol=FP32)


def test_window_form_and_streaming_form_agree(there: Heard):
    np.testing.assert_allclose(there["int8/window"], there["int8/stream"], atol=FP32)
    np.testing.assert_allclose(there["fp32/window"], there["fp32/stream"], atol=FP32)


def test_int8_says_nearly_what_fp32_says(there: Heard):
    np.testing.assert_allclose(there["int8/window"].mean(axis=0), there["fp32/window"].mean(axis=0), atol=0.1)
