"""Rooms by number: synthetic impulse responses, some of them kept back from training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

TRAINING_ROOMS = range(0, 192)
HELD_OUT_ROOMS = range(192, 256)
"""Never drawn for training, so that a test can tell whether a room was learned by heart."""

_SPEED_OF_SOUND_M_S = 343.0


@dataclass(frozen=True, slots=True)
class Room:
    """A room and a microphone in it.

    Attributes
    ----------
    rt60_s : float
        Time in which the reverberation falls by 60 dB (Sabine 1900).
    path_m : float
        Mean way between two walls.
    damping_hz : float
        Above this frequency walls and air absorb most.
    seed : int
    """

    rt60_s: float
    path_m: float
    damping_hz: float
    seed: int

    @classmethod
    def numbered(cls, number: int) -> Room:
        rng = np.random.default_rng([7, number])
        rt60_s = float(np.exp(rng.uniform(np.log(0.15), np.log(1.2))))
        path_m = float(rng.uniform(2.0, 4.0) * (1.0 + rt60_s))
        return cls(rt60_s, path_m, float(rng.uniform(2500.0, 8000.0)), number)


@lru_cache(maxsize=256)
def reverberation(room: Room, rate_hz: int) -> NDArray[np.float32]:
    """Return the room's impulse response without the direct sound, of energy 1.

    Six early reflections, then noise that decays exponentially (Schroeder 1962; Moorer 1979).
    """
    rng = np.random.default_rng(room.seed)
    n = round(room.rt60_s * rate_hz)
    first_s = room.path_m / _SPEED_OF_SOUND_M_S
    t = np.arange(n) / rate_hz
    tail = rng.standard_normal(n) * np.exp(-np.log(1000.0) * t / room.rt60_s) * (t > first_s)
    tail *= np.sqrt(np.exp(-2 * np.log(1000.0) * first_s / room.rt60_s) / max(np.square(tail).sum(), 1e-12))
    for late_s in first_s * rng.uniform(0.3, 2.0, 6):
        if late_s * rate_hz < n:
            tail[int(late_s * rate_hz)] += rng.choice((-1.0, 1.0)) * 0.35 * first_s / late_s
    low_pass = signal.butter(1, room.damping_hz, fs=rate_hz, output="sos")
    tail = signal.sosfilt(low_pass, tail)
    return np.asarray(tail / np.sqrt(np.square(tail).sum()), np.float32)
