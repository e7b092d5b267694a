"""Colours that are shown for some seconds over what the lights show otherwise: a test, or a sequence to read off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.outputs.led.colour import linear_of_hex
from edge.outputs.led.pattern import paint

FADE_S = 0.05
"""Dark between two steps, so that two of the same colour are told apart."""


class OverLights(Protocol):
    """Anything that can be shown over the lights."""

    def frame(self, now_s: float, count: int, settings: Led) -> NDArray[np.uint8] | None:
        """Return the picture (count, 3) of this moment as `pattern.render` does, or None when it is over."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A sequence of colours on all LEDs, or with `walk` one LED after the other.

    Attributes
    ----------
    colours : tuple of str
        Each "#rrggbb"; after the last one comes the first again.
    step_s : float
        How long each is shown, in seconds.
    begin_s, end_s : float
        On the clock of the lights (monotonic), in seconds.
    walk : bool
        Light the first LED only in the first step, the second in the second, and so on.
    """

    colours: tuple[str, ...]
    step_s: float
    begin_s: float
    end_s: float
    walk: bool = False

    def frame(self, now_s: float, count: int, settings: Led) -> NDArray[np.uint8] | None:
        """Return the picture (count, 3) of this moment as `pattern.render` does, or None when it is over."""
        if not self.begin_s <= now_s < self.end_s:
            return None
        step, within_s = divmod(now_s - self.begin_s, self.step_s)
        lit = np.ones(count) if within_s >= FADE_S or step == 0 else np.zeros(count)
        if self.walk:
            lit *= np.arange(count) == int(step) % count
        return paint(linear_of_hex(self.colours[int(step) % len(self.colours)]), settings.brightness * lit, settings)
