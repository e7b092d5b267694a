from __future__ import annotations

import numpy as np
import pytest

from edge.features import FrontEndSettings
from edge.types import EMOTIONS, MID_LEVEL
from export.evaluate import Heard, Listener, calibration_error, fit_temperature, predict, reliability, scores
from export.targets import targets_of
from export.windows import Windows
from tests.export.made import piece, sine, take

S = FrontEndSettings()
AGGRESSIVE, HAPPY, RELAXED, SAD = range(4)


def heard(logits: np.ndarray, meant: np.ndarray, take: np.ndarray | None = None) -> Heard:
    none = np.full((len(logits), len(MID_LEVEL)), np.nan, np.float32)
    return Heard(np.arange(len(logits)) if take is None else take, logits, none, np.array(meant), none)


def labelled(said: list[int], meant: list[int]) -> Heard:
    return heard(np.eye(4)[said], np.array(meant))


def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels that were drawn from just their probabilities."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return logits, np.array([rng.choice(4, p=row) for row in p])


def test_a_confusion_within_an_arousal_or_valence_keeps_that_right() -> None:
    found = scores(labelled([HAPPY, HAPPY, SAD, SAD], [AGGRESSIVE, RELAXED, SAD, AGGRESSIVE]))
    assert found["accuracy"] == 0.25
    assert found["arousal"] == 0.5  # happy for aggressive, sad for sad
    assert found["valence"] == 0.75  # happy for relaxed, sad for sad, sad for aggressive
    assert found["confusion"][AGGRESSIVE] == [0, 1, 0, 1]


def test_always_one_answer_has_the_macro_f1_of_one_class() -> None:
    found = scores(labelled([SAD] * 4, [0, 1, 2, 3]))
    assert found["accuracy"] == 0.25
    assert found["macro_f1"] == pytest.approx((2 * 0.25 / 1.25) / 4, abs=1e-4)


def test_temperature_undoes_overconfidence() -> None:
    logits, emotion = drawn(4000)
    assert fit_temperature(heard(3.0 * logits, emotion)) == pytest.approx(3.0, rel=0.1)
    assert fit_temperature(heard(0.5 * logits, emotion)) == pytest.approx(0.5, rel=0.1)


def test_true_probabilities_are_calibrated_and_sharpened_ones_are_not() -> None:
    logits, emotion = drawn(4000)
    fair = reliability(heard(logits, emotion), 1.0)
    assert sum(row["heard"] for row in fair) == 4000
    assert calibration_error(fair) < 0.03
    assert calibration_error(reliability(heard(4.0 * logits, emotion), 1.0)) > 0.2
    assert calibration_error(reliability(heard(4.0 * logits, emotion), 4.0)) == calibration_error(fair)


def test_the_calibration_error_is_the_mean_gap() -> None:
    table = [
        {"heard": 3, "confidence": 0.9, "accuracy": 0.5},
        {"heard": 1, "confidence": 0.3, "accuracy": 0.5},
    ]
    assert calibration_error(table) == pytest.approx((3 * 0.4 + 0.2) / 4)


def test_a_take_is_the_mean_of_its_windows() -> None:
    logits = np.array([[4.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]])
    of_takes = heard(logits, np.array([0, 0, 2]), np.array([7, 7, 9])).takes()
    np.testing.assert_array_equal(of_takes.logits[0], [2.0, 0.5, 0, 0])
    np.testing.assert_array_equal(of_takes.emotion, [0, 2])


def test_r_is_that_of_the_units_there_are() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 11)).astype(np.float32)
    said = -target
    said[:, 3] = np.nan
    target[:40, 4] = np.nan
    r = Heard(np.arange(50), np.zeros((50, 4)), said, np.zeros(50, int), target).mid_level_r()
    assert set(r) == set(MID_LEVEL) - {MID_LEVEL[3]}
    assert set(r.values()) == {-1.0}


def test_every_take_is_heard_to_its_end() -> None:
    takes = [take(piece(f"p{k}", emotion=SAD, seconds=s), sine(220, s)) for k, s in enumerate((10, 26))]
    windows = Windows(takes, targets_of(takes, S), S)

    def judge(mel: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert mel.shape[1:] == (windows.length, S.hops_per_step, S.mel_bands)
        return np.eye(4, dtype=np.float32)[[SAD] * len(mel)], np.zeros((len(mel), 11), np.float32)

    found = predict(Listener(judge), windows, in_session=True)
    np.testing.assert_array_equal(found.take, [0, 0, 1, 1, 1, 1])
    assert scores(found.takes())["accuracy"] == 1.0
    assert found.target.shape == (6, len(MID_LEVEL))
    assert len(EMOTIONS) == found.logits.shape[1]
