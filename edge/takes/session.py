"""A recording while it runs: sound and steps go from the feed onto the disk, until something ends it."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from edge.errors import TakesError
from edge.takes.folders import CUT_OFF
from edge.takes.library import Library
from edge.takes.recording import Recording
from edge.takes.repair import repair
from edge.takes.steps import STEP, Steps
from edge.takes.take import FullError, Take
from edge.takes.tap import Tap

log = logging.getLogger(__name__)

WRITE_S = 0.25
LOOK_S = 1.0
"""How often the room on the disk and the length are looked at while recording."""


class Session:
    """One recording, from its first sample to its end. For one thread.

    Parameters
    ----------
    take : Take
        New and empty.
    tap : Tap
        What it records.
    library : Library

    Raises
    ------
    TakesError
    """

    def __init__(self, take: Take, tap: Tap, library: Library) -> None:
        self.take = take
        self._tap, self._library = tap, library
        self._recording = Recording(library.folder_of(take), take.rate_hz)
        self.free_mb = library.free_mb()
        """On the disk, when it was last looked at."""
        self._lost = 0
        self._look_at = time.monotonic() + LOOK_S
        self._feed = tap.attach(take.rate_hz)

    @property
    def seconds(self) -> float:
        """How long it is so far."""
        return self._recording.seconds

    @property
    def lost_s(self) -> float:
        """Seconds that the disk was too slow for."""
        return round(self._lost / self._feed.rate_hz, 2)

    @property
    def ended(self) -> str:
        """Why nothing more will come, or ""."""
        return self._feed.ended

    def advance(self) -> None:
        """Wait a moment for sound, and write what has come.

        Raises
        ------
        FullError
            It must end: there is no more room, or it is as long as a take may be.
        TakesError
            The disk refuses.
        """
        self._feed.ring.wait(WRITE_S, round(WRITE_S * self._feed.rate_hz))
        self.write()
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            self._within_limits()

    def write(self) -> None:
        """Write what has come."""
        lost_before = self._feed.ring.lost
        samples = self._feed.ring.read()
        lost = self._feed.ring.lost - lost_before
        if lost:
            log.warning("the disk was too slow: %.1f s of the take are lost", lost / self._feed.rate_hz)
            self._lost += lost
            self._recording.write_silence(lost)
        self._recording.write(samples)
        rows = [self._feed.steps.popleft() for _ in range(len(self._feed.steps))]
        if rows and self._feed.begin_s is not None:
            self._recording.write_steps(of_the_take(np.array(rows, STEP), self._feed.begin_s))

    def end(self, model: dict[str, Any], note: str, *, broken: bool = False) -> Take:
        """Finish the file, whatever state it is in, and note what has become of the take.

        Parameters
        ----------
        model : dict
            What the model says of itself.
        note : str
            Why it ends, or "".
        broken : bool
            Nothing more can be written; what is there is repaired.

        Raises
        ------
        TakesError, OSError
            That cannot be noted; the take lies in its folder as it is, and is finished at the next start.
        """
        self._tap.detach()
        try:
            if not broken:
                self._recording.finish()
        except TakesError as error:
            broken, note = True, note or str(error)
        if broken:
            self._recording.abandon()
            repair(self._library.folder_of(self.take))
        return self._library.finish(self.take.id, model, note or (CUT_OFF if broken else ""), self.lost_s)

    def _within_limits(self) -> None:
        settings, minutes = self._library.settings, self.seconds / 60
        self._library.make_room(minutes)
        self.free_mb = self._library.free_mb()
        if minutes >= settings.most_minutes:
            raise FullError(
                f"a take may be {settings.most_minutes:g} minutes long; set takes.most_minutes higher for longer ones"
            )


def of_the_take(steps: Steps, begin_s: float) -> Steps:
    """Return the steps that end within a take, in its own time."""
    steps["time_s"] -= begin_s
    return steps[steps["time_s"] > 0]
