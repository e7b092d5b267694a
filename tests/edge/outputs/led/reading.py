"""Reading the code that the lights show, as a person would who knows how it goes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WHITE = "white"


def read_round(frames: Iterable[tuple[float, NDArray[np.uint8]]]) -> tuple[str, ...] | None:
    """Return the first whole sequence between two white flashes, None if there is none.

    Parameters
    ----------
    frames
        Times in seconds and pictures (count, 3), red, green and blue.
    """
    lights = [name for name in _runs(_name(frame) for _, frame in frames) if name]
    flashes = [k for k, name in enumerate(lights) if name == WHITE]
    if len(flashes) < 2:
        return None
    return tuple(lights[flashes[0] + 1 : flashes[1]])


def _runs(names: Iterable[str]) -> list[str]:
    runs: list[str] = []
    for name in names:
        if not runs or runs[-1] != name:
            runs.append(name)
    return runs


def _name(frame: NDArray[np.uint8]) -> str:
    """Return what the first LED looks like, "" where it is dark."""
    red, green, blue = (int(value) for value in frame[0])
    if max(red, green, blue) == 0:
        return ""
    if min(red, green, blue) > 0.8 * max(red, green, blue):
        return WHITE
    if red >= max(green, blue):
        return "yellow" if green > 0.3 * red else "red"
    return "green" if green >= blue else "blue"
