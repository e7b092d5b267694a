"""From a step's evidence to what is shown: the part of the chain that the settings `[decision]` shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.config import Decision as Settings
from edge.decision import Decision, Verdict
from edge.model import Model
from edge.types import MID_LEVEL
from edge.window import EvidenceWindow


class Judgement:
    """Gate, evidence window and decision. Each step's evidence is the same whatever the settings are.

    Parameters
    ----------
    settings : Decision
        Of the settings file.
    model : Model
        Its last layer is used.
    """

    def __init__(self, settings: Settings, model: Model) -> None:
        per_second = model.contract.front_end.steps_per_second
        self._window = EvidenceWindow(
            round(settings.window_s * per_second),
            round(settings.recent_s * per_second),
            settings.change,
            len(MID_LEVEL),
            model.probabilities,
        )
        self._decision = Decision(settings, 1.0 / per_second)
        self._model = model
        self._playing = False

    def push(
        self, evidence: NDArray[np.float32], level_dbfs: float, time_s: float
    ) -> tuple[Verdict, NDArray[np.float64] | None]:
        """Take the next step's evidence, (11,); return what to show, and the (11,) mid-level values unless silent."""
        values = probabilities = None
        playing = self._decision.hears(level_dbfs, time_s)
        if playing:
            if not self._playing:
                self._window.reset()
                self._decision.begin()
            values = self._window.push(evidence)
            probabilities = self._model.probabilities(values)
        self._playing = playing
        return self._decision.follow(probabilities, time_s), values

    @property
    def window_steps(self) -> int:
        """Steps that the newest values are the mean of; 0 in silence."""
        return len(self._window) if self._playing else 0

    def take_over(self, other: Judgement) -> None:
        """Go on where another one, with other settings, has come to. Copies into memory that is there."""
        self._window.take_over(other._window)
        self._decision.take_over(other._decision)
        self._playing = other._playing
