from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.types import MID_LEVEL
from export import answers
from export.answers import Said
from export.evaluate import Heard
from export.train import TrainSettings

S = TrainSettings(fold=2, seed=1)


@pytest.fixture
def said() -> Said:
    rng = np.random.default_rng(0)
    target = rng.normal(size=(90, len(MID_LEVEL))).astype(np.float32)
    take, emotion = np.repeat(np.arange(30), 3), np.repeat(np.arange(30) % 4, 3)
    in_session, cold = (
        Heard(take, rng.normal(size=(90, 4)).astype(np.float32), target + 0.1, emotion, target) for _ in range(2)
    )
    return Said.of(in_session, cold, [(f"p{k}", "nylon") for k in range(30)], 1.5)


def test_what_was_said_is_read_as_it_was_saved_but_for_half_precision(tmp_path: Path, said: Said) -> None:
    path = tmp_path / "affetto" / "fold2-seed1.npz"
    answers.save(path, said, S)
    other = answers.read(path)
    assert (other.takes, other.temperature, other.mid_level_r) == (said.takes, said.temperature, said.mid_level_r)
    for one, held in ((said.in_session, other.in_session), (said.cold, other.cold)):
        assert held.logits == pytest.approx(one.logits, rel=1e-3, abs=1e-3)
        assert np.array_equal(held.emotion, one.emotion)
        assert np.array_equal(held.take, one.take)
    assert [p.name for p in path.parent.iterdir()] == ["fold2-seed1.npz"]


def test_an_answer_counts_for_its_own_settings_network_and_features(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.npz"
    assert not answers.has(path, S)
    answers.save(path, said, S)
    assert answers.has(path, S)
    assert not answers.has(path, replace(S, steps=7))
    assert not answers.has(path, replace(S, network="xmerapp"))
    monkeypatch.setattr(answers, "FEATURES_VERSION", answers.FEATURES_VERSION + 1)
    assert not answers.has(path, S)


def test_a_figure_of_a_take_is_kept_small(tmp_path: Path, said: Said) -> None:
    path = tmp_path / "one.npz"
    answers.save(path, said, S)
    assert path.stat().st_size < 5000
