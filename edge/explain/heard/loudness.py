"""How loud a sound is to a listener, so that versions of it can be compared by what they are, not by how loud."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SILENT_LUFS = -70.0
PEAK_DBFS = -1.0
"""Highest sample of what is given to a listener."""
MOST_UP_DB = 12.0
"""More would make a whisper as loud as playing, and its noise with it."""

_BLOCK_S = 0.4
_OVERLAP = 4
_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691


def loudness_lufs(sound: Floats, rate_hz: int) -> float:
    """Return the gated loudness of mono sound (ITU-R BS.1770-4); `SILENT_LUFS` for what is below that.

    The K-weighting is applied to the spectrum of the whole sound. The gates leave out pauses, so that sound with a
    long rest is compared by what is played in it.
    """
    hop = round(_BLOCK_S / _OVERLAP * rate_hz)
    # the rest of the last hop, and of the first block, is silence; a hop's small factors make the transform fast
    size = hop * max(_OVERLAP, -(-len(sound) // hop))
    weighted = np.fft.irfft(np.fft.rfft(sound, size) * _k_weighting(size, rate_hz), size)
    of_hops = np.square(weighted).reshape(-1, hop).mean(axis=1, dtype=np.float64)
    power = np.lib.stride_tricks.sliding_window_view(of_hops, _OVERLAP).mean(axis=1)
    heard = power[_lufs(power) > SILENT_LUFS]
    if len(heard) == 0:
        return SILENT_LUFS
    return float(_lufs(heard[_lufs(heard) > _lufs(heard.mean()) + _RELATIVE_GATE_LU].mean()))


def matched(sounds: Mapping[str, Floats], rate_hz: int, like: str) -> dict[str, Floats]:
    """Return the sounds, each as loud as `like`, for listening only.

    A sound is raised by `MOST_UP_DB` at most. Where a peak would go beyond `PEAK_DBFS`, all are lowered together.
    """
    loudness = {name: loudness_lufs(sound, rate_hz) for name, sound in sounds.items()}
    out = {}
    for name, sound in sounds.items():
        gain_db = min(MOST_UP_DB, loudness[like] - loudness[name])
        out[name] = sound * np.float32(10.0 ** (gain_db / 20.0))
    highest = max((float(np.abs(sound).max(initial=0.0)) for sound in out.values()), default=0.0)
    limit = 10.0 ** (PEAK_DBFS / 20.0)
    if highest > limit:
        out = {name: sound * np.float32(limit / highest) for name, sound in out.items()}
    return out


def _lufs(power: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(_OFFSET_DB + 10.0 * np.log10(np.maximum(power, 1e-12)))


@lru_cache(maxsize=4)
def _k_weighting(size: int, rate_hz: int) -> Floats:
    """Return the gain of BS.1770's two filters as analogue prototypes: a shelf of +4 dB and a high-pass.

    Corner frequencies and qualities are those that give the coefficients of the recommendation at 48 kHz.

    Returns
    -------
    (size // 2 + 1,) float32
        For the amplitudes of a spectrum of `size` samples.
    """
    hz = np.fft.rfftfreq(size, 1.0 / rate_hz)
    s = 1j * hz / 1681.9744509555319
    top, q = 10.0 ** (3.99984385397 / 20.0), 0.7071752369554193
    shelf = (top * s**2 + np.sqrt(top) * s / q + 1.0) / (s**2 + s / q + 1.0)
    p = 1j * hz / 38.13547087613982
    high_pass = p**2 / (p**2 + p / 0.5003270373253953 + 1.0)
    return np.asarray(np.abs(shelf * high_pass), np.float32)
