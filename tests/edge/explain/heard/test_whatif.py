"""What-if is what the network says of the rendered sound, and no more is claimed."""

from __future__ import annotations

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing, hear
from edge.explain.heard.listening import render
from edge.explain.heard.whatif import MOST_DB, change, towards, worth
from edge.explain.sound.parts import Parts
from edge.explain.sound.sources import sources
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.perturbation import Perturbation
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL
from tests.edge.explain.excerpts import guitarset

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def scene() -> tuple[Spectrogram, Parts]:
    spectrogram = guitarset("solo", 12.0, 5.0)
    return spectrogram, sources("parts", spectrogram)


@pytest.fixture(scope="module")
def hearing(model: Model, scene: tuple[Spectrogram, Parts]) -> Hearing:
    return Hearing(model, scene[0].excerpt)


@pytest.fixture(scope="module")
def weights(hearing: Hearing, scene: tuple[Spectrogram, Parts]) -> dict[str, np.ndarray]:
    """What each source adds when all others sound, by emotion and feature."""
    spectrogram, parts = scene
    off = ~np.eye(len(parts), dtype=bool)
    perturbation = Perturbation(hearing, spectrogram, parts)
    mid_level = (perturbation.original.mean(axis=0) - perturbation.evidence(off).mean(axis=1)).astype(float)
    by_emotion = mid_level @ hearing.model.contract.emotion_weights.T
    return dict(zip(EMOTIONS + MID_LEVEL, [*by_emotion.T, *mid_level.T], strict=True))


def test_no_change_moves_nothing(hearing: Hearing, scene: tuple[Spectrogram, Parts]) -> None:
    found = change(hearing, *scene, np.zeros(len(scene[1])), "sad")
    assert found.parts == ()
    assert not found.helps
    np.testing.assert_allclose(found.after.probabilities, found.before.probabilities, atol=1e-4)


def test_a_change_is_heard_as_rendered(model: Model, hearing: Hearing, scene: tuple[Spectrogram, Parts]) -> None:
    spectrogram, parts = scene
    gains_db = np.array([6.0, 0.0, -12.0, 0.0])
    found = change(hearing, spectrogram, parts, gains_db, "happy")
    assert found.indices.tolist() == [0, 2]
    assert [part.name for part in found.parts] == [parts.parts[0].name, parts.parts[2].name]
    np.testing.assert_array_equal(found.sound, render(spectrogram, parts, gains_db))
    np.testing.assert_allclose(found.after.logits, hear(model, spectrogram.excerpt, found.sound).logits, atol=1e-6)
    moves = found.to_dict()["moves"]
    assert sum(moves.values()) == pytest.approx(0.0, abs=1e-5)
    assert max(map(abs, moves.values())) > 0.01


@pytest.mark.parametrize("of", ["aggressive", "happy", "relaxed", "sad", "articulation", "minorness"])
def test_towards_keeps_what_really_helps(
    hearing: Hearing, scene: tuple[Spectrogram, Parts], weights: dict[str, np.ndarray], of: str
) -> None:
    found = towards(hearing, *scene, weights[of], of)
    rise = worth(of, found.before, found.after)
    assert found.calls <= 12
    assert found.helps == (len(found.parts) > 0)
    if found.helps:
        assert rise > 0.0
        if of in EMOTIONS:
            k = EMOTIONS.index(of)
            assert found.after.probabilities[k] >= found.before.probabilities[k] + 0.01
        assert len(found.parts) <= 3
        assert np.abs(found.gains_db).max() <= MOST_DB
        np.testing.assert_array_equal(np.sign(found.gains_db), np.sign(weights[of][found.indices]))
    else:
        assert rise == 0.0


def test_something_helps(hearing: Hearing, scene: tuple[Spectrogram, Parts], weights: dict[str, np.ndarray]) -> None:
    assert sum(towards(hearing, *scene, weights[of], of).helps for of in (*EMOTIONS, "articulation")) >= 3


@pytest.mark.parametrize("factor", [0.0, -1.0], ids=["no weights", "wrong weights"])
def test_weights_that_mislead_are_not_believed(
    hearing: Hearing, scene: tuple[Spectrogram, Parts], weights: dict[str, np.ndarray], factor: float
) -> None:
    for of in ("sad", "articulation"):
        found = towards(hearing, *scene, factor * weights[of], of)
        if found.parts:
            assert worth(of, found.before, found.after) > 0.0
        else:
            assert not found.helps
            np.testing.assert_array_equal(found.sound, scene[0].excerpt.sound)
    assert towards(hearing, *scene, np.zeros(len(scene[1])), "sad").calls == 1
