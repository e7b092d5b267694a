"""What the strings themselves add to a sampled note: the pick's attack, and open strings that ring along."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from export.rendering.fretboard import OPEN_STRINGS

Sound = NDArray[np.float32]

_BLOCK = 64  # samples, 3 ms at 22,050 Hz
_SLOW_S = 0.05
_RISE_DB = 6.0  # of the level above its mean for the whole of the pick's attack


def pick(sound: Sound, rate_hz: int, attack_db: float) -> Sound:
    """Return the sound with its attacks lifted by `attack_db`: samples that are looped or soft begin too gently.

    The gain follows how far the level of 3 ms stands above that of the last 50 ms.
    """
    if not len(sound):
        return sound
    blocks = -(-len(sound) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK, np.float32)
    padded[: len(sound)] = sound
    power = np.square(padded.reshape(blocks, _BLOCK)).mean(axis=1).astype(float) + 1e-9
    # two blocks hold the longest half period of a low string's wave in part: even it out
    power = np.maximum(power, np.append(power[1:], power[-1]))
    keep = np.exp(-_BLOCK / (_SLOW_S * rate_hz))
    slow = signal.lfilter([1 - keep], [1, -keep], power, zi=[keep * power[0]])[0]
    above_db = 10.0 * np.log10(power / slow)
    gain = 10.0 ** (attack_db / 20.0 * np.clip(above_db / _RISE_DB, 0.0, 1.0))
    return sound * np.interp(np.arange(len(sound)), (np.arange(blocks) + 0.5) * _BLOCK, gain).astype(np.float32)


@lru_cache(maxsize=64)
def sympathetic(rate_hz: int, seed: int) -> NDArray[np.float32]:
    """Return the response, of energy 1, of six open strings to what the bridge passes on to them.

    Ten partials each, the higher ones shorter (Fletcher & Rossing 1998, section 9.5: strings coupled by the bridge).
    """
    rng = np.random.default_rng([11, seed])
    t = np.arange(round(1.5 * rate_hz)) / rate_hz
    out = np.zeros(len(t))
    for pitch in OPEN_STRINGS:
        f0_hz = 440.0 * 2.0 ** ((pitch - 69 + rng.normal(0.0, 0.04)) / 12.0)
        for h in range(1, 11):
            rt60_s = rng.uniform(1.0, 3.0) / np.sqrt(h)
            out += np.exp(-np.log(1000.0) * t / rt60_s) * np.sin(2 * np.pi * h * f0_hz * t) / h * rng.uniform(0.3, 1.0)
    out *= np.minimum(1.0, (t[-1] - t) / 0.1)
    return np.asarray(out / np.sqrt(np.square(out).sum()), np.float32)
