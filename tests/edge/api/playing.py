"""Somebody who plays: made-up predictions, published as the analysis would."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from typing import Any

from edge.mailbox import Broadcast
from edge.types import EMOTIONS, MID_LEVEL, Prediction, TrustState

LEDS = ["#ff1a00", "#000000", "#ffc800", "#000000", "#00c83c", "#000000", "#0050ff", "#102030"]

# rows as in EMOTIONS, columns as in MID_LEVEL
WEIGHTS = (
    (-0.5, -0.4, 0.5, -0.2, 0.9, -0.4, 0.5, 0.9, -0.3, 0.7, 0.6),
    (0.4, 0.6, 0.3, 0.5, -0.4, 0.4, -0.9, 0.5, 0.4, 0.5, 0.4),
    (0.6, -0.2, -0.5, 0.3, -0.5, 0.5, -0.4, -0.7, 0.2, -0.6, -0.5),
    (0.2, -0.3, -0.4, -0.4, 0.1, -0.3, 0.9, -0.8, -0.4, -0.7, -0.6),
)


def prediction(label: str = "sad", state: TrustState = TrustState.LIVE, time_s: float = 1.0) -> Prediction:
    """Return a prediction whose values belong together: the effects are weight times value."""
    best = EMOTIONS.index(label)
    mid_level = tuple(
        round(1.4 * WEIGHTS[best][k] + 0.5 * math.sin(1.3 * time_s + 1.7 * k), 4) for k in range(len(MID_LEVEL))
    )
    effects = tuple(tuple(w * v for w, v in zip(row, mid_level, strict=True)) for row in WEIGHTS)
    logits = [sum(row) for row in effects]
    odds = [math.exp(0.6 * (logit - max(logits))) for logit in logits]
    probabilities = tuple(o / sum(odds) for o in odds)
    aggressive, happy, relaxed, sad = probabilities
    best_two = sorted(probabilities)[-2:]
    return Prediction(
        time_s=time_s,
        state=state,
        label=EMOTIONS[probabilities.index(max(probabilities))],
        confidence=best_two[1] - best_two[0],
        probabilities=probabilities,
        valence=happy + relaxed - aggressive - sad,
        arousal=aggressive + happy - relaxed - sad,
        mid_level=mid_level,
        effects=effects,
        level_dbfs=-18 + 9 * math.sin(2 * time_s),
        heard_at=time.monotonic(),
    )


def status() -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "uptime_s": 12.3,
        "source": {
            "kind": "demo",
            "name": "demo take",
            "rate_hz": 44100,
            "open": True,
            "overflows": 0,
            "overruns": 0,
            "note": "",
        },
        "outputs": [
            {"name": "osc", "state": "ok", "note": "", "sent": 123},
            {"name": "midi", "state": "retrying", "note": "no port named Synth; trying again", "sent": 0},
            {"name": "led", "state": "off", "note": "", "sent": 0},
        ],
        "model": {"name": "affetto-guitar", "version": "0.1.0", "licence": "CC BY-NC-SA 4.0"},
        "notes": ["playing the bundled demo take: no sound card was found"],
    }


def mirror() -> list[str]:
    return LEDS


class Player:
    """Publishes predictions, 40 a second unless told otherwise, until stopped. What is played can be changed."""

    def __init__(self, broadcast: Broadcast[Prediction], rate_hz: float = 40.0) -> None:
        self.broadcast = broadcast
        self.label = "sad"
        self.state = TrustState.LIVE
        self.changes: dict[str, Any] = {}
        self.paused = False
        self._interval_s = 1 / rate_hz
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Player:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _play(self) -> None:
        began = time.monotonic()
        while not self._stopping.wait(self._interval_s):
            if not self.paused:
                now = prediction(self.label, self.state, time.monotonic() - began)
                self.broadcast.publish(replace(now, **self.changes))
