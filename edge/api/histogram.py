"""How often values of which size came, cheaply enough for the live stream."""

from __future__ import annotations

import bisect
import itertools
import math
import threading


class Histogram:
    """Counts values by size.

    Parameters
    ----------
    bounds : tuple of float
        Upper bound of each bucket, increasing; one without a bound is added.
    """

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        with self._lock:
            self._counts[bisect.bisect_left(self._bounds, value)] += 1
            self._sum += value

    def snapshot(self) -> tuple[list[tuple[float, int]], float]:
        """Return (bound, how many values up to it) of each bucket, and the sum of all values."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        return list(zip((*self._bounds, math.inf), itertools.accumulate(counts), strict=True)), total
