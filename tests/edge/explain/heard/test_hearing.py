"""What is heard of a rendered sound is what the whole chain would say of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.explain.heard.hearing import Hearing, hear, heard
from edge.features import FrontEnd, network_inputs
from edge.history import Excerpt
from edge.model import Model
from tests.edge.sounds import strings


@pytest.mark.parametrize("context", [0, 1, 2, 30])
def test_the_context_heard_once_changes_nothing(context: int) -> None:
    model = Model()
    s = model.contract.front_end
    steps = 60
    sound = strings(steps * s.step / s.rate_hz + 0.1, s.rate_hz)[: steps * s.step]
    excerpt = Excerpt(sound, np.full(steps, -20.0, np.float32), steps - context, 6.0, np.zeros((0, 11), np.float32))
    hearing = Hearing(model, excerpt)
    reach = s.mel_frame - s.hop  # of frames of the window into what comes before it
    changed = sound.copy()
    changed[max(0, context * s.step - reach) :] *= 0.3
    for version in (sound, changed):
        mel, pitch = network_inputs(FrontEnd(s).push(version), excerpt.reference_dbfs, s)
        whole = heard(model, model.evidence(mel[None], pitch[None])[0][context:])
        np.testing.assert_allclose(hearing.hear(version).mid_level, whole.mid_level, atol=1e-5)
        np.testing.assert_allclose(hear(model, replace(excerpt), version).mid_level, whole.mid_level, atol=1e-5)
