"""The last minute with other settings: what would have been told is what a chain with them tells."""

from __future__ import annotations

import time

import numpy as np
import pytest

from edge.chain import Chain
from edge.config import Decision
from edge.errors import RequestError
from edge.history import History
from edge.model import Model
from edge.setup.preview import preview


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """A minute and a half: noises of four colours, with silence between them."""
    rng = np.random.default_rng(2)
    parts = []
    for k in range(15):
        noise = np.cumsum(rng.standard_normal(4 * 22050)) if k % 2 else rng.standard_normal(4 * 22050)
        parts += [0.2 * noise / np.abs(noise).max(), np.zeros(2 * 22050)]
    return np.concatenate(parts).astype(np.float32)


def kept(model: Model, sound: np.ndarray, settings: Decision) -> History:
    history = History(120.0, model.contract.front_end, model.contract.receptive_steps)
    Chain(model, settings, 22050, history).push(sound)
    return history


def test_it_tells_what_a_chain_with_these_settings_tells(model: Model, sound: np.ndarray) -> None:
    other = Decision(hold_s=4.0, margin=0.1, gate_dbfs=-30.0, window_s=3.0)
    shown = preview(kept(model, sound, Decision()), model, other, Decision())
    from_s, told = kept(model, sound, other).told(0.5)
    _, told_before = kept(model, sound, Decision()).told(0.5)
    skipped = round((shown.from_s - from_s) / 0.5)
    assert shown.told == told[skipped:]
    assert shown.before.told == told_before[skipped:]
    assert shown.told != shown.before.told
    assert "-" in shown.told
    assert len(shown.told) == len(shown.probabilities) == 120
    assert all(sum(row) == pytest.approx(1.0, abs=0.01) for row in shown.probabilities)


def test_slower_settings_change_their_mind_less_often(model: Model, sound: np.ndarray) -> None:
    history = kept(model, sound, Decision())
    nervous = Decision(hold_s=0.0, margin=0.0, attack_s=0.0, release_s=0.0, window_s=0.5, recent_s=0.2)
    shown = preview(history, model, Decision(hold_s=30.0), nervous)
    assert shown.changes_per_minute < shown.before.changes_per_minute


def test_it_is_there_at_once(model: Model, sound: np.ndarray) -> None:
    history = kept(model, sound, Decision())
    began = time.process_time()
    preview(history, model, Decision(hold_s=2.0), Decision())
    assert time.process_time() - began < 1.0


def test_before_anything_was_heard_it_says_so(model: Model) -> None:
    history = History(20.0, model.contract.front_end, model.contract.receptive_steps)
    with pytest.raises(RequestError, match="nothing has been heard yet"):
        preview(history, model, Decision(), Decision())
