"""Where the analysis thread hands over what it hears. It copies into memory that is there, and waits for nobody."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from edge.audio.ring import Ring
from edge.history import History
from edge.takes.steps import STEP, Steps, put
from edge.types import Prediction

Floats = NDArray[np.float32]

SLACK_S = 8.0
"""How long a disk may stand still before sound of a recording is lost."""

_WAITING_STEPS = 2000


class Feed:
    """What flows into one recording.

    Attributes
    ----------
    rate_hz : int
    ring : Ring
        The sound.
    begin_s : float or None
        When the first sample was played, in seconds of sound as in `Prediction`; None until there is one.
    steps : deque of records
    ended : str
        Why nothing more will come, or "".
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.ring = Ring(round(SLACK_S * rate_hz))
        self.begin_s: float | None = None
        self.steps: deque[Steps] = deque(maxlen=_WAITING_STEPS)
        self.ended = ""


class Tap:
    """Keeps the steps of the last minutes, and feeds the recording that runs, if there is one.

    Parameters
    ----------
    history : History
        Keeps the sound of the last minutes, and knows what each step's evidence was measured against.
    steps : int
        How many steps are kept.
    """

    def __init__(self, history: History, steps: int) -> None:
        self.history = history
        self.rate_hz = 0
        """Of the source that is open now, or was last; 0 before."""
        self._steps = np.zeros(steps, STEP)
        self._written = 0
        self._feed: Feed | None = None

    # -- for the analysis thread

    def begin(self, rate_hz: int) -> None:
        """A source has been opened; the history has just forgotten what came before."""
        self.rate_hz = rate_hz
        self._written = 0
        feed = self._feed
        if feed is not None and feed.rate_hz != rate_hz:
            self._leave(feed)

    def hear(self, samples: Floats, end_s: float, predictions: list[Prediction]) -> None:
        """Take new sound at the source's rate, when it ends, and the predictions that it completed."""
        feed = self._feed
        if feed is not None:
            if feed.begin_s is None and len(samples):
                feed.begin_s = end_s - len(samples) / feed.rate_hz
            feed.ring.write(samples)
        if not predictions:
            return
        references, windows = self.history.newest(len(predictions))
        for prediction, reference, window in zip(predictions, references.tolist(), windows.tolist(), strict=True):
            row = self._steps[self._written % len(self._steps) :][:1].reshape(())
            put(row, prediction, reference, window)
            self._written += 1
            if feed is not None:
                feed.steps.append(row.copy())

    # -- for the thread that writes takes

    def attach(self, rate_hz: int) -> Feed:
        """Let sound of this rate flow into a new recording from now on."""
        self._feed = feed = Feed(rate_hz)
        if rate_hz != self.rate_hz:
            self._leave(feed)
        return feed

    def detach(self) -> None:
        self._feed = None

    def steps_between(self, begin_s: float, end_s: float) -> Steps:
        """Return a copy of the kept steps of a stretch of time."""
        written = self._written
        rows = np.arange(max(0, written - len(self._steps)), written) % len(self._steps)
        steps = self._steps[rows]
        # in order, whatever was written over while they were copied
        steps = steps[(steps["time_s"] > begin_s) & (steps["time_s"] <= end_s)]
        return steps[np.argsort(steps["time_s"], kind="stable")]

    def _leave(self, feed: Feed) -> None:
        feed.ended = f"the sound source changed from {feed.rate_hz} to {self.rate_hz} Hz"
        self._feed = None
