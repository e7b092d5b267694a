"""What a person may ask: why this, by what means, how thoroughly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from edge.errors import ExplainError
from edge.types import EMOTIONS, MID_LEVEL

By = Literal["effects", "regions", "sources", "whatif"]
Method = Literal["local", "hadamard", "lime", "exact"]
Segments = Literal["onsets", "grid", "musical", "felzenszwalb", "slic"]
Sources = Literal["parts", "notes", "blocks", "strings"]

MOST_SAMPLES = 50_000
EXACT_PARTS = 12
"""With so many parts, every combination of them can still be run: 4,096 calls of the model."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question about one moment.

    Attributes
    ----------
    of : str
        An emotion or a mid-level feature; "" for the emotion that leads at that moment.
    by : "effects", "regions", "sources" or "whatif"
    segments : str
        How the spectrogram is divided: one of `Segments` for regions and what-if, of `Sources` for sources; "" for
        the usual one.
    samples : int
        Calls of the model at most; the methods "exact" and by "effects" need their own number.
    method : "local", "hadamard", "lime" or "exact"
    seed : int
        Same sound, same request, same seed: same answer.
    """

    of: str = ""
    by: By = "regions"
    segments: str = ""
    samples: int = 128
    method: Method = "local"
    seed: int = 0

    def __post_init__(self) -> None:
        _one_of("of", self.of, ("", *EMOTIONS, *MID_LEVEL))
        _one_of("by", self.by, get_args(By))
        _one_of("method", self.method, get_args(Method))
        known = get_args(Sources) if self.by == "sources" else get_args(Segments)
        _one_of("segments", self.segments, ("", *known))
        if not 8 <= self.samples <= MOST_SAMPLES:
            raise ExplainError(f"samples: {self.samples} is not between 8 and {MOST_SAMPLES}")
        if not 0 <= self.seed < 2**32:
            raise ExplainError(f"seed: {self.seed} is not between 0 and {2**32 - 1}")


def _one_of(key: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ExplainError(f"{key}: {value!r} is unknown; choose one of {', '.join(filter(None, allowed))}")
