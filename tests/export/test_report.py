from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.types import MID_LEVEL
from export.answers import Said, save
from export.evaluate import Heard
from export.experiments import EXPERIMENTS, OWN, STUDIED, answer_of, left_out
from export.report import compare, report
from export.split import FOLDS
from tests.export.made import piece

SONGS = {f"p{k}": f"s{k // 2}" for k in range(40)}


def said(right: float, seed: int = 0, guitar: str = "nylon") -> Said:
    """Return what a model says that is right on a share of forty takes, one window each."""
    rng = np.random.default_rng(seed)
    emotion = np.arange(40) % 4
    answer = np.where(rng.permutation(40) < 40 * right, emotion, (emotion + 1) % 4)
    target = rng.normal(size=(40, len(MID_LEVEL))).astype(np.float32)
    heard = Heard(np.arange(40), 3.0 * np.eye(4, dtype=np.float32)[answer], target + 0.1, emotion, target)
    return Said.of(heard, heard, [(f"p{k}", guitar) for k in range(40)], 1.5)


def test_a_gain_is_that_on_the_same_takes_and_chance_is_told_from_it() -> None:
    better = compare({"fold0-seed0": said(0.9)}, {"fold0-seed0": said(0.5)}, SONGS)
    assert better["accuracy"] == pytest.approx(0.4)
    assert better["p"] < 0.01
    alike = compare({"fold0-seed0": said(0.7, 1)}, {"fold0-seed0": said(0.7, 2)}, SONGS)
    assert alike["accuracy"] == 0.0
    assert alike["p"] > 0.3


def test_the_seeds_of_a_fold_count_by_their_mean() -> None:
    seeds = {"fold0-seed0": said(0.9), "fold0-seed1": said(0.5)}
    found = compare(seeds, {"fold0-seed0": said(0.5)}, SONGS)
    assert (found["accuracy"], found["takes"]) == (pytest.approx(0.2), 40)


def test_only_runs_of_both_are_compared() -> None:
    one = {"fold0-seed0": said(0.9), "fold1-seed0": said(1.0)}
    assert compare(one, {"fold0-seed0": said(0.5)}, SONGS)["takes"] == 40


def test_every_network_is_run_in_its_folds_and_every_guitar_left_out_once() -> None:
    for e in EXPERIMENTS:
        names = [name for name, _ in e.runs()]
        assert len(names) == len(set(names)) == e.seeds * e.folds
        assert {s.fold for _, s in e.runs()} == set(range(e.folds))
    guitars = [s.without_guitar for _, s in left_out()]
    assert len(guitars) == len(set(guitars)) == 6


def test_the_report_holds_what_was_run_and_nothing_else(tmp_path: Path) -> None:
    every = [run for e in EXPERIMENTS for run in e.runs()]
    settings = dict([*every, *left_out()])

    def keep(name: str, right: float, seed: int = 0) -> None:
        save(answer_of(tmp_path, name), said(right, seed), settings[name])

    for fold, right in enumerate((0.6, 0.8, 0.6, 0.8, 0.7)):
        keep(f"{OWN}/fold{fold}-seed0", right, fold)
        keep(f"{STUDIED}/fold{fold}-seed0", right, fold)
        keep(f"xmerapp/fold{fold}-seed0", 0.5, fold)
        keep(f"labels/fold{fold}-seed0", 0.4, fold)
    keep("seven/fold0-seed0", 0.5)  # not finished
    keep("vgg-joint/fold0-seed0", 0.5)  # asked for in one fold only
    keep("without-nylon/fold0-seed0", 0.5)
    for fold in range(FOLDS):  # made with other settings: counts for nothing
        name = f"direct/fold{fold}-seed0"
        save(answer_of(tmp_path, name), said(0.9), replace(settings[name], steps=5))
    pieces = [replace(piece(f"p{k}", f"s{k // 2}", k % 4, seconds=10), name=f"p{k}") for k in range(40)]
    found = report(tmp_path, pieces)
    assert set(found["networks"]) == {OWN, STUDIED, "labels", "xmerapp", "vgg-joint"}
    own = found["networks"][OWN]
    assert own["takes"]["accuracy"] == {"mean": 0.7, "deviation": 0.0894}
    assert found["networks"]["vgg-joint"]["takes"]["accuracy"] == {"mean": 0.5, "deviation": None}
    assert own["mid_level_r"]["minorness"]["mean"] == 1.0
    assert own["mid_level_r2"]["minorness"]["mean"] == pytest.approx(0.99, abs=0.005)
    assert {name: gain["of"] for name, gain in found["gain_over"].items()} == {
        STUDIED: OWN,
        "labels": STUDIED,
        "xmerapp": OWN,
        "vgg-joint": OWN,
    }
    assert found["gain_over"]["xmerapp"]["accuracy"] == pytest.approx(0.2)
    assert found["gain_over"]["labels"]["accuracy"] == pytest.approx(0.3)
    vgg = found["gain_over"]["vgg-joint"]
    assert vgg | {"p": 0} == {"of": OWN, "accuracy": pytest.approx(0.1), "p": 0, "takes": 40}
    assert np.sum(found["confusion"]) == 200
    assert sum(row["heard"] for row in found["reliability"]) == 200
    assert found["without_guitar"] == {"nylon": {"takes": 40, "known": 0.6, "unknown": 0.5}}
