from dataclasses import replace

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.segments import segment
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import outputs
from edge.explain.weights.perturbation import Perturbation
from edge.history import Excerpt
from edge.model import Model
from export.explanations import metrics
from export.explanations.fills import BAND_MEAN, FilledPerturbation
from export.explanations.planted import plant
from export.explanations.removal import energy
from export.explanations.settings import estimate

pytestmark = pytest.mark.data


def test_nothing_but_the_planted_sound_reaches_the_detector(model: Model, music: Excerpt) -> None:
    found = plant("detector", model, music, 3)
    assert found is not None
    spectrogram = Spectrogram(found.excerpt, model.contract.front_end)
    parts = segment("onsets", spectrogram)
    truth = found.truth(parts)
    assert 1 <= truth.sum() <= 3
    perturbation = Perturbation(Hearing(found.model, spectrogram.excerpt), spectrogram, parts)
    holds = energy(found.planted, parts) > 1e-4 * energy(found.planted, parts).max()
    on = np.stack([np.ones(len(parts), bool), ~holds, holds])
    whole, without, alone = outputs(perturbation, on).mean(axis=1)[:, 0]
    assert whole > 0.02
    assert without == 0.0
    assert alone == pytest.approx(whole, rel=0.1)


def test_detector_is_found_and_energy_alone_does_not_find_it(model: Model, music: Excerpt) -> None:
    found = plant("detector", model, music, 3)
    assert found is not None
    spectrogram = Spectrogram(found.excerpt, model.contract.front_end)
    parts = segment("onsets", spectrogram)
    truth = found.truth(parts)
    weights, _, _ = estimate(
        Perturbation(Hearing(found.model, spectrogram.excerpt), spectrogram, parts), "local", 64, 0
    ).of(found.of)
    assert metrics.auc(truth, weights) >= 0.98
    assert metrics.hit_at_1(truth, weights) == 1.0
    assert metrics.hit_at_1(truth, energy(spectrogram, parts)) == 0.0


def test_beside_the_network_the_detector_adds_to_what_it_says(model: Model, music: Excerpt) -> None:
    found = plant("beside", model, music, 1)
    assert found is not None
    spectrogram = Spectrogram(found.excerpt, model.contract.front_end)
    parts = segment("onsets", spectrogram)
    everything = np.ones((1, len(parts)), bool)
    with_it = outputs(Perturbation(Hearing(found.model, spectrogram.excerpt), spectrogram, parts), everything)[0]
    without_it = outputs(Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, parts), everything)[0]
    difference = (with_it - without_it).mean(axis=0)
    assert difference[0] > 0.0
    assert np.allclose(difference[5:], 0.0)  # all mid-level features but the first


def test_quieter_fill_is_that_of_the_perturbation_in_use(model: Model, music: Excerpt) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    parts = segment("onsets", spectrogram)
    on = np.random.default_rng(0).random((3, len(parts))) < 0.5
    hearing = Hearing(model, spectrogram.excerpt)
    usual = Perturbation(hearing, spectrogram, parts).evidence(on)
    assert np.array_equal(FilledPerturbation(hearing, spectrogram, parts, -25.0).evidence(on), usual)
    assert not np.allclose(FilledPerturbation(hearing, spectrogram, parts, -10.0).evidence(on), usual)


def test_band_mean_leaves_a_steady_sound_as_it_is(model: Model, music: Excerpt) -> None:
    rate_hz = model.contract.front_end.rate_hz
    tone = 0.1 * np.sin(2 * np.pi * 440.0 * np.arange(len(music.sound)) / rate_hz)
    steady = replace(music, sound=tone.astype(np.float32))
    spectrogram = Spectrogram(steady, model.contract.front_end)
    parts = segment("grid", spectrogram)
    on = np.random.default_rng(0).random((2, len(parts))) < 0.5
    changed = {}
    for fill in (BAND_MEAN, -25.0):
        filled = FilledPerturbation(Hearing(model, spectrogram.excerpt), spectrogram, parts, fill)
        changed[fill] = np.abs(filled.evidence(on).mean(axis=1) - filled.original.mean(axis=0)).mean()
    assert changed[BAND_MEAN] < 0.2 * changed[-25.0]
