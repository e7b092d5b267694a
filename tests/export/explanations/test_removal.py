from pathlib import Path

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.segments import segment
from edge.explain.sound.sources import sources
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.perturbation import Perturbation
from edge.history import Excerpt
from edge.model import Model
from edge.types import EMOTIONS
from export.explanations.removal import energy, removal
from export.explanations.settings import estimate

pytestmark = pytest.mark.data


def test_estimated_order_beats_its_reverse(model: Model, music: Excerpt) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    perturbation = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("onsets", spectrogram))
    weights, _, _ = estimate(perturbation, "local", 128, 0).of("happy")
    good, bad = (removal(perturbation, model.contract, "happy", w) for w in (weights, -weights))
    assert good.gap > 0.0 > bad.gap
    assert good.gap_probability > bad.gap_probability


def test_curves_begin_and_end_where_they_must(model: Model, music: Excerpt) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    perturbation = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("musical", spectrogram))
    found = removal(perturbation, model.contract, "sad", np.arange(12.0))
    assert found.inserted[0] == pytest.approx(found.deleted[-1])
    assert found.inserted[-1] == pytest.approx(found.deleted[0])
    whole = model.probabilities(perturbation.original.mean(axis=0).astype(float))
    assert found.inserted_probability[-1] == pytest.approx(whole[EMOTIONS.index("sad")], abs=1e-3)


@pytest.mark.parametrize("divided", [segment, sources])
def test_energy_of_parts_sums_to_that_of_the_whole(divided: object, model: Model, music: Excerpt, data: Path) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    parts = divided("", spectrogram)  # type: ignore[operator]
    assert energy(spectrogram, parts).sum() == pytest.approx(float(spectrogram.power.sum()), rel=1e-3)
