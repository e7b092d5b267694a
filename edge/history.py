"""The last minutes of sound and what was heard in them, so that any moment of them can be explained afterwards.

One writer, the analysis thread, into memory that is there; readers copy and look afterwards whether the writer has
come past them meanwhile. Nobody waits.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.features import FrontEndSettings
from edge.types import MID_LEVEL

Floats = NDArray[np.float32]

NOBODY = "-"
"""What `History.told` says of a time when nobody played."""

_MARGIN_STEPS = 10
_SLACK_S = 0.1  # half a step, and how people round


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The sound behind one prediction, and what came before it as far as the network can remember.

    Attributes
    ----------
    sound : (steps * step,) float32
        Whole steps at the front end's rate, full scale ±1; the last sample is the newest that the prediction heard.
    reference_dbfs : (steps,) float32
        The reference level at each step.
    window_steps : int
        So many newest steps are what the prediction is the mean of; those before are context.
    end_s : float
        Time of the last sample in the recording, in seconds.
    usual : (n, 11) float32
        The mid-level values at all moments of the same playing that are still known, this one's included.
    """

    sound: Floats
    reference_dbfs: Floats
    window_steps: int
    end_s: float
    usual: Floats

    @property
    def context_steps(self) -> int:
        return len(self.reference_dbfs) - self.window_steps

    def window_s(self, front_end: FrontEndSettings) -> tuple[float, float]:
        """Return when the prediction's window begins and ends, in seconds of the recording."""
        return self.end_s - self.window_steps / front_end.steps_per_second, self.end_s


class History:
    """Keeps sound at the front end's rate, with the reference level, window and mid-level values of each step.

    Samples of 16 bits would halve its 88 kB a second, but what they round off in quiet sound is heard: it moved a
    mid-level value by 0.01.

    Parameters
    ----------
    seconds : float
        How much is kept.
    front_end : FrontEndSettings
    receptive_steps : int
        Steps that one step's evidence depends on: so much context an excerpt gets before its window.
    """

    def __init__(self, seconds: float, front_end: FrontEndSettings, receptive_steps: int) -> None:
        self._front_end = front_end
        self._context = front_end.context_steps(receptive_steps)
        steps = max(1, round(seconds * front_end.steps_per_second)) + self._context
        # touched here, so that no block that is written later waits for the system to find memory
        self._sound = np.full(steps * front_end.step, 0.0, np.float32)
        self._reference = np.zeros(steps, np.float32)
        self._window = np.zeros(steps, np.int32)
        self._mid_level = np.zeros((steps, len(MID_LEVEL)), np.float32)
        self._told = np.zeros(steps, np.uint8)
        self._evidence = np.zeros((steps, len(MID_LEVEL)), np.float32)
        self._level = np.zeros(steps, np.float32)
        self._place = np.zeros((steps, 2), np.float32)
        self._times_begun = 0
        self.begin(0.0)

    def begin(self, at_s: float) -> None:
        """Forget everything; what is written next begins at `at_s` of the recording."""
        self._times_begun += 1
        self._begin_s = at_s
        self._samples = self._steps = 0

    def write_sound(self, samples: Floats) -> None:
        """Append samples at the front end's rate."""
        size = len(self._sound)
        for piece in np.split(samples, range(size, len(samples), size)) if len(samples) > size else (samples,):
            start = self._samples % size
            first = min(len(piece), size - start)
            self._sound[start : start + first] = piece[:first]
            self._sound[: len(piece) - first] = piece[first:]
            self._samples += len(piece)

    def write_step(
        self,
        reference_dbfs: float,
        window_steps: int,
        mid_level: tuple[float, ...],
        label: str = "",
        sure: bool = True,
        evidence: Floats | float = 0.0,
        level_dbfs: float = -100.0,
        place: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Note what was heard at the next step; `window_steps` is 0 while nobody plays, `place` valence and arousal."""
        row = self._steps % len(self._window)
        self._reference[row] = reference_dbfs
        self._window[row] = window_steps
        self._mid_level[row] = mid_level
        self._evidence[row] = evidence
        self._level[row] = level_dbfs
        self._place[row] = place
        letter = label[:1] if window_steps else ""
        self._told[row] = ord((letter.upper() if sure else letter) or NOBODY)
        self._steps += 1

    @property
    def steps(self) -> int:
        """How many are kept at most."""
        return len(self._window)

    @property
    def rate_hz(self) -> int:
        """Of the sound that is kept."""
        return self._front_end.rate_hz

    @property
    def span_s(self) -> tuple[float, float]:
        """The oldest and the newest moment that can be explained, in seconds of the recording."""
        per_second = self._front_end.steps_per_second
        return self._begin_s + self._oldest() / per_second, self._begin_s + self._steps / per_second

    def told(self, every_s: float) -> tuple[float, str]:
        """Return when what is kept begins, a multiple of `every_s`, and one letter for each `every_s` since then.

        It is the first of the emotion that was told at its end, a capital where it was told without doubt, and
        `NOBODY` where nobody played.
        """
        steps = np.arange(self._oldest(), self._steps)
        if len(steps) == 0:
            return self.span_s[0], ""
        stretch = np.floor((self._begin_s + (steps + 1) / self._front_end.steps_per_second) / every_s).astype(int)
        newest = np.flatnonzero(np.diff(stretch, append=stretch[-1] + 1))
        return float(stretch[0] * every_s), self._told[steps[newest] % len(self._told)].tobytes().decode()

    def way(self, steps: int) -> list[tuple[float, float]]:
        """Return valence and arousal at the newest steps, oldest first; those at which nobody played are left out."""
        rows = np.arange(max(self._oldest(), self._steps - steps), self._steps) % len(self._window)
        return [(round(v, 3), round(a, 3)) for v, a in self._place[rows[self._window[rows] > 0]].tolist()]

    def excerpt(self, time_s: float) -> Excerpt:
        """Return the sound behind the prediction of the step that ends at `time_s`, or nearest to it.

        Raises
        ------
        ExplainError
            The moment is not kept, or nobody played then.
        """
        times_begun, oldest, per_step = self._times_begun, self._oldest(), self._front_end.step
        oldest_s, newest_s = self.span_s
        if self._steps == 0 or not oldest_s - _SLACK_S <= time_s <= newest_s + _SLACK_S:
            raise ExplainError(
                f"there is no sound at {time_s:g} s; choose a time from {oldest_s:.1f} to {newest_s:.1f} s"
            )
        step = round((time_s - self._begin_s) * self._front_end.steps_per_second)
        step = min(max(step, oldest + 1), self._steps)
        window = int(self._window[(step - 1) % len(self._window)])
        if window == 0:
            raise ExplainError(f"nobody plays at {time_s:.1f} s; choose a moment with sound")
        first = max(oldest, step - window - self._context)
        sound = self._sound[np.arange(first * per_step, step * per_step) % len(self._sound)]
        reference = self._reference[np.arange(first, step) % len(self._window)]
        heard = np.arange(oldest, self._steps) % len(self._window)
        usual = self._mid_level[heard[self._window[heard] > 0]]
        if self._oldest() > first or self._times_begun != times_begun:  # the writer has come past while we copied
            raise ExplainError(f"the sound at {time_s:.1f} s is no longer kept; choose a later moment")
        return Excerpt(
            sound,
            reference,
            min(window, step - first),
            self._begin_s + step / self._front_end.steps_per_second,
            usual,
        )

    def newest(self, steps: int) -> tuple[Floats, NDArray[np.int32]]:
        """Return reference level and window length of the newest steps, (steps,) each; for the thread that writes."""
        rows = np.arange(self._steps - steps, self._steps) % len(self._window)
        return self._reference[rows], self._window[rows]

    def evidence(self) -> tuple[Floats, Floats, float]:
        """Return a copy of all evidence that is kept, (steps, 11), the levels in dBFS, (steps,), and when it begins.

        The time is in seconds of the recording, as of a step's beginning.
        """
        times_begun, begin_s, written = self._times_begun, self._begin_s, self._steps
        size = len(self._window)
        # the writer goes on while we copy
        rows = np.arange(max(0, written - size + _MARGIN_STEPS), written)
        evidence, level = self._evidence[rows % size], self._level[rows % size]
        if self._times_begun != times_begun or not len(rows):
            return evidence[:0], level[:0], begin_s
        return evidence, level, begin_s + float(rows[0]) / self._front_end.steps_per_second

    def recent(self, seconds: float) -> tuple[Floats, float, float]:
        """Return a copy of the newest sound, at most `seconds` of it, and when it begins and ends in the recording.

        Raises
        ------
        ExplainError
            The writer came past meanwhile, or nothing has been heard yet.
        """
        times_begun, begin_s, samples, per_step = self._times_begun, self._begin_s, self._samples, self._front_end.step
        # the writer goes on while we copy
        oldest = self._oldest() + (_MARGIN_STEPS if samples > len(self._sound) else 0)
        first = max(oldest, self._steps - round(seconds * self._front_end.steps_per_second)) * per_step
        if samples == first:
            raise ExplainError("no sound is kept at this moment; try again")
        # memory of its own, which goes back to the system with it; malloc would keep the ten megabytes
        sound = np.frombuffer(mmap.mmap(-1, (samples - first) * self._sound.itemsize), np.float32)
        start = first % len(self._sound)
        straight = min(len(sound), len(self._sound) - start)
        sound[:straight] = self._sound[start : start + straight]
        sound[straight:] = self._sound[: len(sound) - straight]
        if self._oldest() * per_step > first or self._times_begun != times_begun:
            raise ExplainError("no sound is kept at this moment; try again")
        rate_hz = self._front_end.rate_hz
        return sound, begin_s + first / rate_hz, begin_s + samples / rate_hz

    def _oldest(self) -> int:
        # sound runs ahead of the steps by less than a step
        return max(0, -(-(self._samples - len(self._sound)) // self._front_end.step))
