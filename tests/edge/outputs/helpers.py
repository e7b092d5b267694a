"""Predictions to send, and waiting for what other threads do."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.types import EMOTIONS, MID_LEVEL, Prediction, TrustState


def prediction(
    label: str = "happy",
    *,
    state: TrustState = TrustState.LIVE,
    probabilities: tuple[float, ...] = (0.125, 0.5, 0.25, 0.125),
    confidence: float = 0.25,
    valence: float = 0.5,
    arousal: float = 0.25,
    time_s: float = 0.0,
) -> Prediction:
    """A prediction whose numbers are exact in 32-bit floats, so that they come back from OSC unchanged."""
    return Prediction(
        time_s=time_s,
        state=state,
        label=label,
        confidence=confidence,
        probabilities=probabilities,
        valence=valence,
        arousal=arousal,
        mid_level=tuple((k - 5) / 4 for k in range(len(MID_LEVEL))),
        effects=((0.0,) * len(MID_LEVEL),) * len(EMOTIONS),
        level_dbfs=-20.0,
    )


def wait_until(condition: Callable[[], object], limit_s: float = 10.0) -> float:
    """Wait until `condition()` holds; return how long it took, in seconds. Fails after `limit_s`."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < limit_s, f"not within {limit_s} s"
        time.sleep(0.005)
    return time.monotonic() - start


def stays(condition: Callable[[], object], for_s: float) -> bool:
    """Whether `condition()` holds all the time."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        if not condition():
            return False
        time.sleep(0.005)
    return True
