"""The stretch of playing that a prediction speaks of: long while the playing goes on alike, short after a change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class EvidenceWindow:
    """The mean of the newest rows of evidence, over a window that forgets what came before a change.

    A long window is right more often, a short one reacts sooner. So the window grows up to `longest` rows; but when
    what its `recent` newest rows say differs from what the others say by more than `change`, the others are dropped.
    The difference is the total variation distance of the two vectors of probabilities, 0 to 1.

    Parameters
    ----------
    longest, recent : int
        Rows.
    change : float
        1 keeps the window at its length whatever is played.
    probabilities : callable
        From a (width,) mean of evidence to probabilities.
    """

    def __init__(
        self, longest: int, recent: int, change: float, width: int, probabilities: Callable[[Vector], Vector]
    ) -> None:
        self._longest = max(1, longest)
        self._recent = max(1, recent)
        self._change = change
        self._probabilities = probabilities
        # running sums, so that the mean of any stretch is one subtraction; sums[k] is that of the first k rows
        self._sums = np.zeros((2 * self._longest + 1, width))
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._start = self._end = 0

    def __len__(self) -> int:
        """Rows that the mean is over now."""
        return self._end - self._start

    def push(self, row: NDArray[np.float32]) -> Vector:
        """Take the newest row, (width,), and return the mean over the window, (width,)."""
        if self._end == len(self._sums) - 1:
            self._make_room()
        np.add(self._sums[self._end], row, out=self._sums[self._end + 1])
        self._end += 1
        self._start = max(self._start, self._end - self._longest)
        if self._has_changed():
            self._start = self._end - self._recent
        return self._mean(self._start, self._end)

    def take_over(self, other: EvidenceWindow) -> None:
        """Go on with the rows of another window, or with the newest of them that fit."""
        kept = min(len(other), self._longest)
        first = other._end - kept
        self._sums[: kept + 1] = other._sums[first : other._end + 1] - other._sums[first]
        self._start, self._end = 0, kept

    def _mean(self, start: int, end: int) -> Vector:
        return np.asarray((self._sums[end] - self._sums[start]) / (end - start))

    def _make_room(self) -> None:
        kept = len(self)
        self._sums[: kept + 1] = self._sums[self._start : self._end + 1] - self._sums[self._start]
        self._start, self._end = 0, kept

    def _has_changed(self) -> bool:
        # the older part must be worth comparing with: half as long as the newer at least
        if self._change >= 1.0 or len(self) < self._recent + max(1, self._recent // 2):
            return False
        split = self._end - self._recent
        newer = self._probabilities(self._mean(split, self._end))
        older = self._probabilities(self._mean(self._start, split))
        return float(np.abs(newer - older).sum()) / 2.0 > self._change
