"""Tells whoever watches the service when it is ready, what it hears, and that the analysis gets on."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.mailbox import Broadcast
from edge.notify import Notifier
from edge.types import Prediction

BEAT_S = 0.25
"""How often `beat` is to be called. `edge.supervisor` waits for a few beats before it thinks that the service hangs."""

SAY_S = 1.0


class Heartbeat:
    """For one thread, which is not the analysis: it must be able to notice that the analysis stands still.

    Parameters
    ----------
    notifier : Notifier
    predictions : Broadcast of Prediction
        The analysis publishes one with each step, and with each turn of the loop that looks for lost sound. While none
        comes there is no sign of progress.
    is_opening : callable
        Whether a sound source is being opened, during which none can come.
    answers : callable
        Whether the page answers, with fresh predictions. Not asked again once it did.
    hears : callable
        Returns in one line what is listened to.
    """

    def __init__(
        self,
        notifier: Notifier,
        predictions: Broadcast[Prediction],
        is_opening: Callable[[], bool],
        answers: Callable[[], bool],
        hears: Callable[[], str],
    ) -> None:
        self._notifier, self._predictions = notifier, predictions
        self._is_opening, self._answers, self._hears = is_opening, answers, hears
        self._ready = False
        self._counted = 0
        self._said, self._say_at = "", 0.0

    def beat(self) -> None:
        """Tell what has come up since the last time."""
        counted, self._counted = self._counted, self._predictions.count
        if not self._ready:
            # the first step, or that no sound can be had: before that, nobody knows whether this service is any good
            if not self._counted or not self._answers():
                return
            self._ready = True
            self._notifier.tell("READY=1")
        if self._counted != counted or self._is_opening():
            self._notifier.tell("WATCHDOG=1")
        if time.monotonic() >= self._say_at and (line := self._hears()) != self._said:
            self._said, self._say_at = line, time.monotonic() + SAY_S
            self._notifier.tell(f"STATUS={line}")

    def stop(self) -> None:
        """Tell that the service ends."""
        self._notifier.tell("STOPPING=1", "STATUS=stopping")
