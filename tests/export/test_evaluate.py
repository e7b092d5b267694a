from __future__ import annotations

import numpy as np
import pytest

from edge.features import FrontEndSettings, Steps
from edge.types import EMOTIONS, MID_LEVEL
from export.corpora import Piece
from export.dataset import Take
from export.evaluate import Heard, Listener, fit_temperature, predict, predict_windows, scores
from export.notes import Notes

S = FrontEndSettings()
AGGRESSIVE, HAPPY, RELAXED, SAD = range(4)


def heard(said: list[int], meant: list[int]) -> Heard:
    return Heard(np.eye(4)[said], np.array(meant))


def take(emotion: int, steps: int, value: float) -> Take:
    piece = Piece(f"p{emotion}", f"s{emotion}", "validation", emotion, Notes.of([(0.0, 1.0, 60, 80)]))
    mel = np.full((steps, S.hops_per_step, S.mel_bands), value, np.float16)
    return Take(piece, "nylon", Steps(mel, np.zeros((steps, S.pitch_bins), np.float16), np.zeros(steps, np.float32)))


def test_a_confusion_within_an_arousal_or_valence_keeps_that_right() -> None:
    found = scores(heard([HAPPY, HAPPY, SAD, SAD], [AGGRESSIVE, RELAXED, SAD, AGGRESSIVE]))
    assert found["accuracy"] == 0.25
    assert found["arousal"] == 0.5  # happy for aggressive, sad for sad
    assert found["valence"] == 0.75  # happy for relaxed, sad for sad, sad for aggressive
    assert found["confusion"][AGGRESSIVE] == [0, 1, 0, 1]


def test_always_one_answer_has_the_macro_f1_of_one_class() -> None:
    found = scores(heard([SAD] * 4, [0, 1, 2, 3]))
    assert found["accuracy"] == 0.25
    assert found["macro_f1"] == pytest.approx((2 * 0.25 / 1.25) / 4, abs=1e-4)


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    emotion = np.array([rng.choice(4, p=row) for row in p])
    assert fit_temperature(Heard(3.0 * logits, emotion)) == pytest.approx(3.0, rel=0.1)
    assert fit_temperature(Heard(0.5 * logits, emotion)) == pytest.approx(0.5, rel=0.1)


def test_a_take_is_the_mean_of_its_steps_and_windows_leave_the_rest_out() -> None:
    weights = np.zeros((len(EMOTIONS), len(MID_LEVEL)))
    weights[SAD, 0] = 1.0

    def evidence(mel: np.ndarray, pitch: np.ndarray) -> np.ndarray:
        out = np.zeros((*mel.shape[:2], len(MID_LEVEL)), np.float32)
        out[..., 0] = np.arange(mel.shape[1])
        return out

    listener = Listener(evidence, weights, np.zeros(4), S)
    assert predict(listener, [take(SAD, 25, 0.0)], None).logits[0, SAD] == 12.0
    windows = predict_windows(listener, [take(SAD, 25, 0.0)], None, 10)
    np.testing.assert_array_equal(windows.logits[:, SAD], [4.5, 14.5])
    np.testing.assert_array_equal(windows.emotion, [SAD, SAD])
