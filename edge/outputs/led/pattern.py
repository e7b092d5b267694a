"""What the lights show: a pure function of the prediction and the time.

Colour tells the emotion; brightness tells how sure and how excited; the *pattern in time* tells the trust state, so
that it is recognised without seeing colours, on a strip and on a single LED:

=======  ======================================================  ====================
state    pattern                                                 colour
=======  ======================================================  ====================
live     steady                                                  of the emotions
unsure   slow breathing, 3 s                                     of the emotions
silent   one dim LED walks along the strip; a single LED glows   of the last emotions
         up softly every 4 s and is dark in between
stale    two short blinks, then a pause                          white
lost     on and off, 2.5 times a second                          white
=======  ======================================================  ====================

Nothing flashes more than three times within a second (WCAG 2.3.1), because the lights stand before an audience.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.outputs.led.colour import (
    LIGHT_OF_BYTE,
    Floats,
    blend,
    linear_of_hex,
    oklab_of_linear,
    srgb_of_linear,
)
from edge.types import EMOTIONS, Prediction, TrustState

BREATH_S = 3.0
WALK_STEP_S = 0.5
GLOW_EVERY_S = 4.0
GLOW_S = 1.2
DOUBLE_BLINK_S = 1.5
BLINK_ON_S = 0.12
LOST_S = 0.4

DIMMEST = 0.3
"""Brightness of a live light that is neither sure nor excited, as a part of the brightest."""

SHARPNESS = 2.0
"""Exponent of the probabilities in the blend: at 1 the mixed colours come too close to grey to tell them apart."""

MA_PER_CHANNEL = 20.0
MA_IDLE = 1.0
"""Usual for WS2812 and APA102: 20 mA for a channel at full, 1 mA for the chip of each LED even when it is dark."""

_WHITE = np.ones(3)


def render(prediction: Prediction, now_s: float, count: int, settings: Led) -> NDArray[np.uint8]:
    """Return the picture of a prediction at one moment.

    Parameters
    ----------
    prediction : Prediction
    now_s : float
        Time on any steady clock, in seconds.
    count : int
        LEDs.
    settings : Led
        Palette, brightness and current limit.

    Returns
    -------
    frame : (count, 3) array of uint8
        Red, green, blue as for a screen (sRGB); a driver of LEDs turns them into duty cycles with `duty`.
    """
    level = settings.brightness * _strength(prediction) * _envelope(prediction.state, now_s, count)
    return paint(_colour(prediction, settings), level, settings)


def paint(colour: Floats, level: Floats, settings: Led) -> NDArray[np.uint8]:
    """Return a frame (count, 3) of one colour, linear RGB (3,), as bright, (count,), as the current limit allows."""
    # brightness is set as the eye sees it; light grows with about its 2.2nd power
    light = np.power(level, 2.2)[:, None] * colour
    light *= _within_limit(light, settings.limit_ma)
    # rounding down keeps the current below its limit
    return np.floor(srgb_of_linear(light) * 255 + 1e-6).astype(np.uint8)


def duty(frame: NDArray[np.uint8]) -> Floats:
    """Return the duty cycles (count, 3), 0 to 1, that give a frame's light: an LED is linear, a screen is not."""
    return np.asarray(LIGHT_OF_BYTE[frame])


def duty_bytes(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the duty cycles (count, 3) in steps of 1/255, rounded down: never more current than was allowed."""
    return np.floor(duty(frame) * 255 + 1e-6).astype(np.uint8)


def current_ma(frame: NDArray[np.uint8]) -> float:
    """Estimate what a strip draws while it shows a frame, in milliampere."""
    return float(duty(frame).sum()) * MA_PER_CHANNEL + len(frame) * MA_IDLE


def to_hex(frame: NDArray[np.uint8]) -> list[str]:
    """Return a frame as a list of "#rrggbb"."""
    return ["#" + bytes(led).hex() for led in frame]


def _within_limit(light: Floats, limit_ma: float) -> float:
    """Return the factor that brings a frame's light within the current limit."""
    asked_ma = float(light.sum()) * MA_PER_CHANNEL
    left_ma = max(0.0, limit_ma - len(light) * MA_IDLE)
    return 1.0 if asked_ma <= left_ma else left_ma / asked_ma


def _strength(prediction: Prediction) -> float:
    if prediction.state.is_playing:
        drive = 0.5 * prediction.confidence + 0.25 * (prediction.arousal + 1.0)
        return DIMMEST + (1.0 - DIMMEST) * min(max(drive, 0.0), 1.0)
    return 0.6


def _colour(prediction: Prediction, settings: Led) -> Floats:
    if prediction.state in (TrustState.STALE, TrustState.LOST) or not prediction.label:
        return _WHITE
    palette = _palette(*(getattr(settings, emotion) for emotion in EMOTIONS))
    return blend(palette, np.asarray(prediction.probabilities) ** SHARPNESS)


@lru_cache(maxsize=8)
def _palette(*colours: str) -> Floats:
    return oklab_of_linear(np.array([linear_of_hex(colour) for colour in colours]))


def _envelope(state: TrustState, now_s: float, count: int) -> Floats:
    """Return how bright each LED is, 0 to 1, in the pattern of a state."""
    if state is TrustState.UNSURE:
        return np.full(count, 0.3 + 0.7 * _wave(now_s, BREATH_S))
    if state is TrustState.SILENT:
        if count == 1:
            at = now_s % GLOW_EVERY_S
            return np.array([0.6 * _wave(at, GLOW_S) if at < GLOW_S else 0.0])
        distance = np.abs(np.arange(count) - now_s / WALK_STEP_S % count)
        # the walker fades from one LED to the next, and from the last to the first
        return np.asarray(0.5 * np.maximum(0.0, 1.0 - np.minimum(distance, count - distance)))
    if state is TrustState.STALE:
        at = now_s % DOUBLE_BLINK_S
        return np.full(count, float(at < BLINK_ON_S or 2 * BLINK_ON_S <= at < 3 * BLINK_ON_S))
    if state is TrustState.LOST:
        return np.full(count, float(now_s % LOST_S < LOST_S / 2))
    return np.ones(count)


def _wave(now_s: float, period_s: float) -> float:
    return 0.5 - 0.5 * float(np.cos(2 * np.pi * now_s / period_s))
