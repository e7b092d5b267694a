"""Second-order filter sections after the Audio EQ Cookbook (Bristow-Johnson; W3C Note, 2021), as scipy's `sos` rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Section = NDArray[np.float64]  # (6,): b0 b1 b2 a0 a1 a2


def low_pass(hz: float, q: float, rate_hz: int) -> Section:
    """Return a resonant low-pass, as a pickup's coil and its cable make (Jungmann 1994)."""
    cos, alpha = _angle(hz, q, rate_hz)
    return _section([(1 - cos) / 2, 1 - cos, (1 - cos) / 2], [1 + alpha, -2 * cos, 1 - alpha])


def peak(hz: float, q: float, gain_db: float, rate_hz: int) -> Section:
    """Return a bell of `gain_db` at `hz`."""
    cos, alpha = _angle(hz, q, rate_hz)
    a = 10.0 ** (gain_db / 40.0)
    return _section([1 + alpha * a, -2 * cos, 1 - alpha * a], [1 + alpha / a, -2 * cos, 1 - alpha / a])


def high_shelf(hz: float, gain_db: float, rate_hz: int) -> Section:
    """Return a shelf that lifts all above `hz` by `gain_db`, of slope 0.5."""
    cos, sin = np.cos(2 * np.pi * hz / rate_hz), np.sin(2 * np.pi * hz / rate_hz)
    a = 10.0 ** (gain_db / 40.0)
    root = 2 * np.sqrt(a) * sin / 2 * np.sqrt((a + 1 / a) * (1 / 0.5 - 1) + 2)
    b = [a * (a + 1 + (a - 1) * cos + root), -2 * a * (a - 1 + (a + 1) * cos), a * (a + 1 + (a - 1) * cos - root)]
    return _section(b, [a + 1 - (a - 1) * cos + root, 2 * (a - 1 - (a + 1) * cos), a + 1 - (a - 1) * cos - root])


def _angle(hz: float, q: float, rate_hz: int) -> tuple[float, float]:
    angle = 2.0 * np.pi * hz / rate_hz
    return float(np.cos(angle)), float(np.sin(angle) / (2.0 * q))


def _section(b: list[float], a: list[float]) -> Section:
    return np.array([*b, *a]) / a[0]
