import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.segments import segment
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.perturbation import Perturbation
from edge.history import Excerpt
from edge.model import Model
from export.explanations.heard import agreement, chosen, versions


def test_a_tenth_that_speaks_for_it_is_chosen() -> None:
    weights = np.zeros(30)
    weights[[4, 7, 9, 20]] = 1.0, 3.0, -9.0, 2.0
    assert chosen(weights).tolist() == [7, 20, 4]
    assert chosen(-np.arange(1.0, 13.0)).tolist() == [0]  # nothing speaks for it: the least against it


@pytest.mark.data
def test_masked_features_say_what_the_sound_says(model: Model, music: Excerpt) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    parts = segment("musical", spectrogram)
    hearing = Hearing(model, music)
    r = agreement(hearing, spectrogram, parts, Perturbation(hearing, spectrogram, parts), 12)
    assert r.shape == (15,)
    assert r.min() > 0.8


@pytest.mark.data
def test_all_parts_alone_are_the_original(model: Model, music: Excerpt) -> None:
    spectrogram = Spectrogram(music, model.contract.front_end)
    parts = segment("musical", spectrogram)
    hearing = Hearing(model, music)
    whole = hearing.hear(music.sound).probabilities
    label = int(whole.argmax())
    one = versions(hearing, spectrogram, parts, np.arange(12.0), label)
    assert {"alone", "removed", "label"} == set(one)
    assert abs(one["removed"] - whole[label]) < abs(one["alone"] - whole[label])  # a twelfth is not the whole
