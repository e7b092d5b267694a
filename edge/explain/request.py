"""What a person may ask: why this, by what means, how thoroughly."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from edge.errors import ExplainError
from edge.types import EMOTIONS, MID_LEVEL

By = Literal["effects", "regions", "sources", "whatif"]
Method = Literal["local", "hadamard", "lime", "exact"]
Segments = Literal["onsets", "grid", "musical", "felzenszwalb", "slic"]
Sources = Literal["parts", "notes", "blocks", "strings"]
Select = Literal["strongest", "significant"]

MOST_SAMPLES = 50_000
UNTIL_STABLE = 512
"""Calls of the model at most when none were asked for."""
LEAST_GAIN_DB, MOST_GAIN_DB = -25.0, 12.0
"""What a person may turn a part down to, as far as "removed", and up to."""
EXACT_PARTS = 12
"""With so many parts, every combination of them can still be run: 4,096 calls of the model."""

_SOON_EXACT = 8  # parts whose combinations are run without being asked for
_USUAL_SEGMENTS = {"effects": "", "regions": "onsets", "sources": "parts", "whatif": "parts"}


@dataclass(frozen=True, slots=True)
class Request:
    """A question about one moment.

    Attributes
    ----------
    of : str
        An emotion or a mid-level feature; "" for the emotion that leads at that moment.
    by : "effects", "regions", "sources" or "whatif"
    segments : str
        How the spectrogram is divided: one of `Segments` for regions, of `Sources` for sources, any of them for
        what-if; "" for the usual one.
    samples : int
        Mixtures of the parts that the model is shown; 0 for as many as it takes until the answer is stable.
    method : str
        One of `Method`; "" for all combinations of up to eight parts and "local" for more.
    seed : int
        Same sound, same request, same seed: same answer.
    select : "strongest" or "significant"
        Which parts are chosen to be heard: at most ten of the strongest, or all whose p-value is small beside their
        weight.
    gains_db : tuple of float
        For what-if: the gain of each part. None of them, and Affetto looks for a change by itself.
    """

    of: str = ""
    by: By = "regions"
    segments: str = ""
    samples: int = 0
    method: Method | Literal[""] = ""
    seed: int = 0
    select: Select = "strongest"
    gains_db: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _one_of("of", self.of, ("", *EMOTIONS, *MID_LEVEL))
        _one_of("by", self.by, get_args(By))
        _one_of("method", self.method, ("", *get_args(Method)))
        _one_of("select", self.select, get_args(Select))
        _one_of("segments", self.segments, ("", *self._known_segments()))
        if self.samples != 0 and not 8 <= self.samples <= MOST_SAMPLES:
            raise ExplainError(f"samples: {self.samples} is not between 8 and {MOST_SAMPLES}")
        if not 0 <= self.seed < 2**32:
            raise ExplainError(f"seed: {self.seed} is not between 0 and {2**32 - 1}")
        if self.gains_db and self.by != "whatif":
            raise ExplainError('gains_db: only for by = "whatif"')
        if not all(LEAST_GAIN_DB <= gain_db <= MOST_GAIN_DB for gain_db in self.gains_db):
            raise ExplainError(f"gains_db: not all are between {LEAST_GAIN_DB:g} and {MOST_GAIN_DB:g} dB")

    def resolved(self, leading: str) -> Request:
        """Return the request with what was left open filled in; `leading` is the emotion that leads."""
        return replace(self, of=self.of or leading, segments=self.segments or _USUAL_SEGMENTS[self.by])

    def method_for(self, parts: int) -> Method:
        """Return the method to use on so many parts."""
        return self.method or ("exact" if parts <= _SOON_EXACT else "local")

    def _known_segments(self) -> tuple[str, ...]:
        known = {"regions": get_args(Segments), "sources": get_args(Sources)}
        return known.get(self.by, (*get_args(Segments), *get_args(Sources)))


def _one_of(key: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        close = difflib.get_close_matches(str(value), filter(None, allowed), 1)
        which = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(filter(None, allowed))}"
        raise ExplainError(f"{key}: {str(value)!r} is unknown; {which}")
