"""Features of mixtures against the features of the sound that is made of the same mixtures."""

from __future__ import annotations

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.parts import QUIET_DB, Part, Parts
from edge.explain.sound.segments import segment
from edge.explain.sound.sources import sources
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.masks import random_masks
from edge.explain.weights.perturbation import Perturbation
from edge.features import FrontEnd, network_inputs
from edge.model import Model
from tests.edge.explain.excerpts import guitarset, pluck, spectrogram_of


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def made() -> Spectrogram:
    rng = np.random.default_rng(6)
    notes = [pluck(440.0 * 2 ** ((p - 69) / 12), 0.25) for p in rng.integers(43, 76, 44)]
    return spectrogram_of(np.concatenate(notes), window_s=4.0)


@pytest.fixture(scope="module")
def real() -> Spectrogram:
    return guitarset("comp", 12.0, 6.0)


def of_sound(model: Model, spectrogram: Spectrogram, sound: np.ndarray) -> np.ndarray:
    """Return the evidence of the window when the whole front end runs on a rendered sound."""
    excerpt, s = spectrogram.excerpt, spectrogram.settings
    mel, pitch = network_inputs(FrontEnd(s).push(sound), excerpt.reference_dbfs, s)
    return model.evidence(mel[None], pitch[None])[0][excerpt.context_steps :]


@pytest.mark.parametrize("division", ["grid", "felzenszwalb", "parts", "blocks"])
def test_all_parts_together_are_the_sound_as_it_was(model: Model, made: Spectrogram, division: str) -> None:
    parts = sources(division, made) if division in ("parts", "blocks") else segment(division, made)
    perturbation = Perturbation(Hearing(model, made.excerpt), made, parts)
    all_on = perturbation.evidence(np.ones((1, len(parts)), bool))[0]
    assert all_on == pytest.approx(perturbation.original, abs=0.02)
    assert perturbation.original == pytest.approx(of_sound(model, made, made.excerpt.sound), abs=1e-4)


def test_everything_weaker_looks_like_the_whole_sound_weaker(model: Model, made: Spectrogram) -> None:
    parts = segment("grid", made)
    mel, pitch = Perturbation(Hearing(model, made.excerpt), made, parts)._inputs(np.full((1, len(parts)), 0.5))
    excerpt = made.excerpt
    steps = FrontEnd(made.settings).push(0.5 * excerpt.sound)
    # the long frames of the first steps begin before the window, where nothing is turned down
    expected = [
        part[excerpt.context_steps + 4 :] for part in network_inputs(steps, excerpt.reference_dbfs, made.settings)
    ]
    assert mel[0, 4:] == pytest.approx(expected[0], abs=1e-3)
    assert pitch[0, 4:] == pytest.approx(expected[1], abs=1e-3)


@pytest.mark.data
@pytest.mark.parametrize(("division", "least"), [("onsets", 0.85), ("parts", 0.9)])
def test_mixtures_agree_with_the_sound_that_is_made_of_them(
    model: Model, real: Spectrogram, division: str, least: float
) -> None:
    parts = segment(division, real) if division == "onsets" else sources(division, real)
    on = random_masks(24, len(parts), seed=1)
    said = Perturbation(Hearing(model, real.excerpt), real, parts).evidence(on).mean(axis=1)
    quiet = 10.0 ** (QUIET_DB / 20.0)
    heard = [of_sound(model, real, real.sound(parts.gain(np.where(row, 1.0, quiet)))).mean(axis=0) for row in on]
    logits, sounding = said @ model.contract.emotion_weights.T, np.array(heard) @ model.contract.emotion_weights.T
    for k in range(4):
        assert np.corrcoef(logits[:, k], sounding[:, k])[0, 1] > least


def test_hard_parts_and_shares_of_one_are_the_same(model: Model, made: Spectrogram) -> None:
    hard = segment("musical", made)
    assert hard.labels is not None
    shares = (hard.labels[None] == np.arange(len(hard))[:, None, None]).astype(np.float32)
    soft = Parts(hard.parts, shares=shares)
    on = random_masks(6, len(hard), seed=2)
    one, other = (Perturbation(Hearing(model, made.excerpt), made, parts).evidence(on) for parts in (hard, soft))
    assert one == pytest.approx(other, abs=0.01)


def test_turning_down_a_band_takes_its_power_and_nothing_else(model: Model, made: Spectrogram) -> None:
    high = np.broadcast_to((made.bins_hz > 2000.0).astype(int), (len(made), len(made.bins_hz)))
    parts = Parts.of_labels(high, made)
    perturbation = Perturbation(Hearing(model, made.excerpt), made, parts)
    mel, pitch = perturbation._bands.of_gains(np.array([[1.0, 1.0], [1.0, 0.1]], np.float32))
    assert mel[1, ..., :20] == pytest.approx(mel[0, ..., :20])
    assert mel[1, ..., -10:] == pytest.approx(0.01 * mel[0, ..., -10:], rel=1e-3)
    assert pitch[1, :, :100] == pytest.approx(pitch[0, :, :100])


def test_calls_are_counted(model: Model, made: Spectrogram) -> None:
    parts = segment("musical", made)
    perturbation = Perturbation(Hearing(model, made.excerpt), made, parts)
    perturbation.evidence(random_masks(19, len(parts), seed=0))
    assert perturbation.calls == 20


def test_parts_without_a_home_for_every_bin_are_refused() -> None:
    with pytest.raises(ValueError, match="either"):
        Parts((Part("", 0, 1, 0, 1),))
