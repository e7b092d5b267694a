"""The mid-level targets of every window of every take."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings
from edge.types import MID_LEVEL
from export import midlevel
from export.dataset import Take
from export.kept import kept

_BRIGHTNESS = MID_LEVEL.index("brightness")

Raw = NDArray[np.float64]


def targets_of(takes: list[Take], settings: FrontEndSettings, cache: Path | None = None, workers: int = 1) -> list[Raw]:
    """Return the raw values of each take's windows, (windows, 11) each: `midlevel.WINDOW_S` from every whole second."""
    by_name = {take.name: take for take in takes}
    raw = kept(cache, "targets", by_name, partial(_of_take, settings=settings), (midlevel,), workers)
    return [raw[take.name] for take in takes]


def _of_take(take: Take, settings: FrontEndSettings) -> Raw:
    last = int(take.notes.length_s - midlevel.WINDOW_S)
    raw = np.array([midlevel.of_notes(take.notes, s, s + midlevel.WINDOW_S) for s in range(max(0, last) + 1)])
    length = round(midlevel.WINDOW_S * settings.steps_per_second)
    for second, values in enumerate(raw):
        start = round(second * settings.steps_per_second)
        values[_BRIGHTNESS] = midlevel.brightness(take.part(slice(start, start + length)), settings)
    return raw
