from pathlib import Path

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.segments import segment
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.perturbation import Perturbation
from edge.history import Excerpt
from edge.model import Model
from export.explanations.references import fitted, least_squares, reference

pytestmark = pytest.mark.data


def test_least_squares_finds_the_weights_of_a_linear_answer() -> None:
    masks = np.random.default_rng(0).random((400, 6)) < 0.5
    weights = np.random.default_rng(1).normal(size=(6, 3))
    assert np.allclose(least_squares(masks, masks @ weights + 2.0), weights)


def test_halves_agree_only_as_far_as_noise_lets_them() -> None:
    rng = np.random.default_rng(0)
    masks = rng.random((4000, 6)) < 0.5
    said = masks @ rng.normal(size=(6, 15)) + rng.normal(size=(4000, 15))
    found = fitted(masks, said)
    assert np.abs(found.halves[0] - found.halves[1]).max() > 0.01
    assert np.allclose(found.halves.mean(axis=0), found.weights, atol=0.02)
    assert (found.r2 < 0.9).all()


def test_an_interrupted_reference_goes_on(
    model: Model, music: Excerpt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    parts = segment("onsets", spectrogram)
    monkeypatch.setattr("export.explanations.references._CHUNK", 40)
    perturbation = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, parts)
    begun = reference(model, spectrogram, parts, perturbation, 80, tmp_path)
    assert begun.calls == 80
    assert perturbation.calls == 81
    longer = reference(model, spectrogram, parts, perturbation, 120, tmp_path)
    assert longer.calls == 120
    assert perturbation.calls == 121
    again = reference(model, spectrogram, parts, perturbation, 120, tmp_path)
    assert perturbation.calls == 121
    assert np.array_equal(again.weights, longer.weights)
    assert len(list(tmp_path.iterdir())) == 1
