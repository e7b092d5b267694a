"""A moment of music, divided into parts, and everything that is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.parts import Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import outputs
from edge.explain.weights.masks import random_masks
from edge.explain.weights.perturbation import Perturbation
from edge.history import Excerpt
from edge.model import Model
from edge.types import EMOTIONS
from export.explanations.plan import Plan
from export.explanations.references import Reference, reference
from export.explanations.removal import Removal, removal
from export.explanations.settings import divide

_UNSEEN, _UNSEEN_SEED = 256, 4_000_000  # mixtures for R²


@dataclass(frozen=True)
class Scene:
    """A moment, divided, with what the network says of it."""

    hearing: Hearing
    spectrogram: Spectrogram
    parts: Parts
    perturbation: Perturbation

    @classmethod
    def of(cls, model: Model, excerpt: Excerpt, division: str) -> Scene:
        spectrogram = Spectrogram(excerpt, model.contract.front_end)
        parts = divide(division, spectrogram)
        hearing = Hearing(model, excerpt)
        return cls(hearing, spectrogram, parts, Perturbation(hearing, spectrogram, parts))

    @property
    def model(self) -> Model:
        return self.hearing.model

    @property
    def label(self) -> str:
        """The emotion that leads."""
        contract = self.model.contract
        logits = contract.emotion_weights @ self.perturbation.original.mean(axis=0) + contract.emotion_bias
        return EMOTIONS[int(logits.argmax())]

    @cached_property
    def unseen(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Mixtures that no estimate was made of, and what the network says of them."""
        masks = random_masks(_UNSEEN, len(self.parts), _UNSEEN_SEED)
        return masks, outputs(self.perturbation, masks).mean(axis=1)

    def reference(self, plan: Plan, calls: int) -> Reference:
        return reference(self.model, self.spectrogram, self.parts, self.perturbation, calls, plan.references)

    def removal(self, weights: NDArray[np.floating]) -> Removal:
        return removal(self.perturbation, self.model.contract, self.label, weights)
