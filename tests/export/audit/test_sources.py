from __future__ import annotations

import numpy as np
import pytest

from edge.types import EMOTIONS
from export.audit.sources import SOURCES, effects_of_sources, mixtures, parts
from tests.export.audit.planted import NOTES_HZ, SAD, model, sound
from tests.export.made import RATE_HZ, piece, sine, take


def clicks(seconds: float = 4.0) -> np.ndarray:
    out = np.zeros(int(seconds * RATE_HZ), np.float32)
    out[RATE_HZ // 4 :: RATE_HZ // 2] = 0.9
    return out


def test_the_sources_sum_to_the_sound() -> None:
    whole = (sine(150, 4) + sine(400, 4) + clicks()).astype(np.float32)
    np.testing.assert_allclose(parts(whole).sum(axis=0), whole, atol=1e-4)


@pytest.mark.parametrize(
    ("made", "source"), [(clicks(), 0), (sine(100, 4), 1), (sine(400, 4), 2), (sine(2000, 4), 3)], ids=SOURCES
)
def test_each_source_takes_what_it_is_called(made: np.ndarray, source: int) -> None:
    energy = np.square(parts(made.astype(np.float32))[:, RATE_HZ:-RATE_HZ]).sum(axis=1)
    assert energy.argmax() == source
    assert energy[source] > 0.7 * energy.sum()


def test_all_sixteen_mixtures_are_heard_from_everything_softer_to_the_sound_itself() -> None:
    made = sound(SAD, bright=True)
    of = take(piece("p", "s", SAD, seconds=9), made)
    heard = mixtures(of, made)
    assert len(heard) == 16
    softer = of.steps.level_dbfs[10:-10] - heard[0].steps.level_dbfs[10:-10]
    assert softer.mean() == pytest.approx(25.0, abs=0.5)
    np.testing.assert_allclose(heard[-1].steps.level_dbfs, of.steps.level_dbfs, atol=0.1)
    assert {h.session_dbfs for h in heard} == {of.session_dbfs}


def test_the_source_that_makes_the_difference_has_the_effect_and_only_if_it_sounds() -> None:
    found = {}
    for bright in (False, True):
        made = sound(SAD, bright)
        of = take(piece("p", "s", SAD, seconds=9), made)
        found[bright], r2 = effects_of_sources(model(4.0), mixtures(of, made))
        assert found[bright].shape == (len(EMOTIONS), len(SOURCES) + 1)
        np.testing.assert_allclose(found[bright].sum(axis=1), model(4.0).logits([of])[0], atol=0.1)
        assert r2[SAD] > 0.8
    register = 1 + int(np.digitize(NOTES_HZ[SAD], (200.0, 800.0)))
    assert found[False][SAD, :4].argmax() == register
    assert found[True][SAD, 3] - found[False][SAD, 3] > 0.3
