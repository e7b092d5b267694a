"""One block's journey: resample, features, network, decision. The same for live sound and for files."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.audio.resample import Resampler
from edge.config import Decision as DecisionSettings
from edge.features import FrontEnd, ReferenceLevel, network_inputs
from edge.history import History
from edge.judgement import Judgement
from edge.model import Model
from edge.types import NOTHING_HEARD, Prediction, TrustState

CLIPPING = 0.999  # of full scale
LOUDEST = 4.0
"""What is louder counts as this. Sound as floating point numbers can hold any: one of 1e20, from a broken driver or a
stranger, would be the level to which all that follows is compared."""

CLIPPING_SHOWN_S = 0.3  # so that a page with ten updates a second does not miss it


class Chain:
    """Turns mono sound at the source's rate into predictions, one for every step of 93 ms.

    Any split of the sound into blocks gives the same predictions. `history`, if there is one, notes what was heard.
    """

    def __init__(self, model: Model, settings: DecisionSettings, rate_hz: int, history: History | None = None) -> None:
        front_end = model.contract.front_end
        self._history = history
        self._model = model
        self._rate_hz = rate_hz
        self._step_s = 1.0 / front_end.steps_per_second
        self._front_end = FrontEnd(front_end)
        self._resampler = Resampler(rate_hz, front_end.rate_hz)
        self._reference = ReferenceLevel(front_end.steps_per_second)
        self._stream = model.stream()
        self._judgement = Judgement(settings, model)
        self._steps = 0
        self._clipped_at_s = -math.inf
        self.last = NOTHING_HEARD
        self.heard_s = 0.0
        """Seconds of sound taken in; a prediction's `time_s` lags behind it by less than a step and the resampler."""

    def push(self, samples: NDArray[np.float32], *, last: bool = False) -> list[Prediction]:
        """Take new samples, full scale ±1, and return the predictions that they complete.

        With `last`, the sound ends here and what the resampler holds back is used too.
        """
        self.heard_s += len(samples) / self._rate_hz
        peak = np.abs(samples).max(initial=0.0)
        if not peak < CLIPPING:
            self._clipped_at_s = self.heard_s
        if not peak <= LOUDEST:
            samples = np.clip(np.nan_to_num(samples), -LOUDEST, LOUDEST)
        sound = self._resampler.push(samples, last=last)
        if self._history is not None:
            self._history.write_sound(sound)
        steps = self._front_end.push(sound)
        if len(steps) == 0:
            return []
        reference = self._reference.follow(steps.level_dbfs)
        evidence = self._stream.push(*network_inputs(steps, reference, self._front_end.settings))
        predictions = []
        for row, level_dbfs, reference_dbfs in zip(
            evidence, steps.level_dbfs.tolist(), reference.tolist(), strict=True
        ):
            predictions.append(self._predict(row, level_dbfs))
            if self._history is not None:
                told = self.last
                sure = told.state is not TrustState.UNSURE
                self._history.write_step(
                    reference_dbfs,
                    self._judgement.window_steps,
                    told.mid_level,
                    told.label,
                    sure,
                    row,
                    level_dbfs,
                    (told.valence, told.arousal),
                )
        return predictions

    def decide_by(self, judgement: Judgement) -> None:
        """Let another one, with other settings, go on where the present one has come to; for the thread that pushes."""
        judgement.take_over(self._judgement)
        self._judgement = judgement

    def frames_wanted(self) -> int:
        """Return how many more frames of the source, at least one, the next prediction needs at the earliest."""
        missing_s = (self._steps + 1) * self._step_s + self._resampler.typical_delay_s - self.heard_s
        return max(1, math.ceil(missing_s * self._rate_hz))

    def _predict(self, evidence: NDArray[np.float32], level_dbfs: float) -> Prediction:
        self._steps += 1
        time_s = self._steps * self._step_s
        mid_level, effects = self.last.mid_level, self.last.effects
        verdict, values = self._judgement.push(evidence, level_dbfs, time_s)
        if values is not None:
            mid_level = tuple(values.tolist())
            effects = tuple(map(tuple, self._model.effects(values).tolist()))
        self.last = Prediction(
            time_s=time_s,
            state=verdict.state,
            label=verdict.label,
            confidence=verdict.confidence,
            probabilities=verdict.probabilities,
            valence=verdict.valence,
            arousal=verdict.arousal,
            mid_level=mid_level,
            effects=effects,
            level_dbfs=level_dbfs,
            clipped=time_s - self._clipped_at_s < CLIPPING_SHOWN_S,
        )
        return self.last
