"""The methods that are compared: a division of the sound, a way to find weights, and so many calls of the network."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import get_args

from edge.explain.request import Method, Sources
from edge.explain.sound.parts import Parts
from edge.explain.sound.segments import segment
from edge.explain.sound.sources import sources
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import Estimate
from edge.explain.weights.estimator import estimates
from edge.explain.weights.perturbation import Perturbation

MAIN_DIVISION = "onsets"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the comparison.

    Attributes
    ----------
    name : str
    division : str
        One of `edge.explain.request.Segments` or `Sources`.
    method : str
    calls : int
    """

    name: str
    division: str
    method: Method
    calls: int

    @property
    def key(self) -> str:
        """A name of its own."""
        return f"{self.division}: {self.name}"


OWN = (
    Setting("local, 64 calls", MAIN_DIVISION, "local", 64),
    Setting("local, 128 calls", MAIN_DIVISION, "local", 128),
    Setting("hadamard, 128 calls", MAIN_DIVISION, "hadamard", 128),
    Setting("lime, 1,000 calls", MAIN_DIVISION, "lime", 1000),
)
PUBLISHED = (
    Setting("XMERApp: lime, 2,000 calls", "musical", "lime", 2000),
    Setting("the same regions, local, 128 calls", "musical", "local", 128),
    Setting("Two-level: lime, 2,000 calls", "felzenszwalb", "lime", 2000),
    Setting("the same regions, local, 128 calls", "felzenszwalb", "local", 128),
    Setting("audioLIME: lime, 1,000 calls", "blocks", "lime", 1000),
    Setting("the same sources, local, 128 calls", "blocks", "local", 128),
)
"""lime with the settings of three papers. Two-level runs 50,000 mixtures for each moment, which
is as much as the reference is worth; 2,000 must do here."""

DIVISIONS = tuple(dict.fromkeys(s.division for s in PUBLISHED))
"""Those of others' papers."""


def divide(division: str, spectrogram: Spectrogram) -> Parts:
    """Return the parts of a division by its name."""
    if division in get_args(Sources):
        return sources(division, spectrogram)
    return segment(division, spectrogram)


def estimate(perturbation: Perturbation, method: Method, calls: int, seed: int) -> Estimate:
    """Return the last and best estimate."""
    with contextlib.redirect_stderr(io.StringIO()):  # lime draws a bar of its progress there
        *_, last = estimates(perturbation, method, calls, seed)
    return last
