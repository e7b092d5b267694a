"""The answer to a question about one moment, and its published form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.explain.effects import Effects
from edge.explain.heard.hearing import Heard
from edge.explain.heard.listening import Version
from edge.explain.heard.whatif import Change
from edge.explain.phrase import NOTHING, Phrase
from edge.explain.request import Method, Request
from edge.explain.sound.parts import Part, Parts
from edge.explain.weights.estimate import Estimate
from edge.types import MID_LEVEL

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Quality:
    """How far to believe the weights.

    Attributes
    ----------
    r2_heldout : float or None
        Share of the variance that the weights explain of mixtures which they were not fitted to.
    elapsed_ms : float
    model_calls : int
        Windows that the network was shown.
    stable : bool
        More calls would hardly change which parts are strongest.
    """

    r2_heldout: float | None
    elapsed_ms: float
    model_calls: int
    stable: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known so far.

    Attributes
    ----------
    request : Request
        With everything filled in that was left open.
    method : str
        How the weights were found; "effects" where none were needed.
    end_s : float
        The moment, in seconds of the recording.
    window_s : (float, float)
        The stretch of sound that the prediction speaks of.
    heard : Heard
        What the network says of the sound as it was played.
    effects : Effects
    quality : Quality
    sentence : Phrase
    parts : Parts, optional
    estimate : Estimate, optional
        The weights of the parts.
    chosen : (n,) int
        The parts that the sentence speaks of and that can be heard, strongest first.
    versions : dict of str to Version
        To listen to, by name; only in the last explanation of a request.
    change : Change, optional
        What would move the sound towards the emotion, and how far it really did.
    done : bool
    progress : float
        0 to 1.
    """

    request: Request
    method: Method | str
    end_s: float
    window_s: tuple[float, float]
    heard: Heard
    effects: Effects
    quality: Quality
    sentence: Phrase = NOTHING
    parts: Parts | None = None
    estimate: Estimate | None = None
    chosen: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    versions: dict[str, Version] = field(default_factory=dict)
    change: Change | None = None
    done: bool = False
    progress: float = 0.0

    @property
    def sounds(self) -> dict[str, NDArray[np.float32]]:
        """The sound of each version at the front end's rate, by name."""
        return {name: version.sound for name, version in self.versions.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON form, schema 1."""
        by_source = self.request.by == "sources" or (self.parts is not None and self.parts.shares is not None)
        return {
            "schema": SCHEMA,
            "time_s": round(self.end_s, 3),
            "window_s": [round(t, 3) for t in self.window_s],
            "of": self.request.of,
            "by": self.request.by,
            "segments": self.request.segments,
            "method": self.method,
            "samples": 0 if self.estimate is None else len(self.estimate.masks),
            "seed": self.request.seed,
            "sentence": str(self.sentence),
            "said": self.sentence.to_dict(),
            "heard": self.heard.to_dict(),
            "regions": [] if by_source else self._parts(),
            "sources": self._parts() if by_source else [],
            "effects": self.effects.to_dict(),
            "whatif": self.change.to_dict() if self.change is not None else None,
            "quality": {
                "r2_heldout": None if self.quality.r2_heldout is None else round(self.quality.r2_heldout, 4),
                "elapsed_ms": round(self.quality.elapsed_ms, 1),
                "model_calls": self.quality.model_calls,
                "stable": self.quality.stable,
            },
            "audio": {},
            "check": {name: version.heard.to_dict() for name, version in self.versions.items()},
            "done": self.done,
            "progress": round(self.progress, 3),
        }

    def _parts(self) -> list[dict[str, Any]]:
        if self.parts is None or self.estimate is None:
            return []
        weights, errors, _ = self.estimate.of(self.request.of)
        chosen = set(self.chosen.tolist())
        through = self.estimate.through(self.request.of)
        return [
            {
                "id": k,
                **_place(part),
                "weight": round(float(weights[k]), 6),
                "se": round(float(errors[k]), 6),
                "chosen": k in chosen,
                "through": {name: round(float(v), 6) for name, v in zip(MID_LEVEL, through[k], strict=True)},
            }
            for k, part in enumerate(self.parts.parts)
        ]


def _place(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "t0_s": round(part.t0_s, 4),
        "t1_s": round(part.t1_s, 4),
        "f0_hz": round(part.f0_hz, 1),
        "f1_hz": round(part.f1_hz, 1),
    }
