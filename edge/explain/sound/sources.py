"""Ways to divide one guitar's sound into sources: soft masks on the spectrogram that sum to one in every bin.

The shares are of power. Power is what the filterbanks sum, so the shares' features sum exactly to those of the whole
(but for the logarithm). Amplitudes are multiplied by the square root of a share: heard one by one, sources have the
power of their share, and their powers add up to that of the whole, within 2 % on real guitar; added up as sounds they
are louder where they overlap, by √n at most where n do so evenly, 2 to 3 dB in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain.request import Sources
from edge.explain.sound.notes import note_groups
from edge.explain.sound.parts import Parts
from edge.explain.sound.percussive import percussive_share
from edge.explain.sound.segments import onset_edges
from edge.explain.sound.spectrogram import Spectrogram

Floats = NDArray[np.float32]

ATTACK = "attack and fret noise"
REGISTERS = ("low strings, below 200 Hz", "middle register, 200 to 800 Hz", "high register, above 800 Hz")
CROSSOVERS_HZ = (200.0, 800.0)
STRINGS = ("low E string", "A string", "D string", "G string", "B string", "high E string")

_ORDER = 8  # of the crossovers, as Butterworth filters have: 48 dB per octave
_LEAST_BLOCKS, _MOST_BLOCKS = 4, 8  # times four: 16 to 32 components, 45 MB of masks at most in eight seconds
_FADE_FRAMES = 4  # from one time block to the next; as many short frames overlap


def sources(name: Sources | str, spectrogram: Spectrogram, excerpt_channels: Floats | None = None) -> Parts:
    """Return the sources.

    Parameters
    ----------
    name : str
        "parts" (the usual one, also ""): attack and fret noise, and three registers of the rest.
        "notes": attack and fret noise, and up to seven groups of notes.
        "blocks": those of "parts", each from onset to onset.
        "strings": the channels of a hexaphonic pickup.
    spectrogram : Spectrogram
    excerpt_channels : (6, samples) float32, optional
        What each string played while `spectrogram.excerpt.sound` did, the lowest string first. Needed by "strings".

    Raises
    ------
    ExplainError
        "strings" without six channels.
    """
    if name == "strings":
        return Parts.of_shares(_strings(spectrogram, excerpt_channels), spectrogram, STRINGS)
    attack = percussive_share(np.abs(spectrogram.stft))
    if name == "notes":
        groups, names = note_groups(spectrogram, 1.0 - attack)
        return _of([attack, *((1.0 - attack) * group for group in groups)], (ATTACK, *names), spectrogram)
    parts = [attack, *((1.0 - attack) * register for register in _registers(spectrogram))]
    if name == "blocks":
        return _blocks(parts, spectrogram)
    if name in ("", "parts"):
        return _of(parts, (ATTACK, *REGISTERS), spectrogram)
    raise ExplainError(f"sources: {name!r} is unknown; choose one of parts, notes, blocks, strings")


def _of(shares: Sequence[Floats], names: Sequence[str], spectrogram: Spectrogram) -> Parts:
    return Parts.of_shares(np.stack(shares), spectrogram, names)


def _registers(spectrogram: Spectrogram) -> Floats:
    """Return the shares of three registers, (3, bins), by the power responses of crossovers."""
    low_hz, high_hz = CROSSOVERS_HZ
    low = 1.0 / (1.0 + (spectrogram.bins_hz / low_hz) ** (2 * _ORDER))
    not_high = 1.0 / (1.0 + (spectrogram.bins_hz / high_hz) ** (2 * _ORDER))
    return np.asarray([low, not_high - low, 1.0 - not_high], np.float32)


def _blocks(parts: Sequence[Floats], spectrogram: Spectrogram) -> Parts:
    edges = onset_edges(spectrogram, _LEAST_BLOCKS, _MOST_BLOCKS)
    frame = np.arange(len(spectrogram)) + 0.5
    # how much of each frame lies after each edge; before the first and after the last there is nothing to fade to
    after = np.clip((frame - edges[:, None]) / _FADE_FRAMES + 0.5, 0.0, 1.0)
    after[0], after[-1] = 1.0, 0.0
    inside = (after[:-1] - after[1:]).astype(np.float32)
    shares = (inside[:, None, :, None] * np.stack(parts)).reshape(-1, *spectrogram.stft.shape)
    edges_s = spectrogram.edges_s[edges]
    times = [f"{a:.1f} to {b:.1f} s" for a, b in pairwise(edges_s)]
    return Parts.of_shares(shares, spectrogram, [f"{part}, {time}" for time in times for part in (ATTACK, *REGISTERS)])


def _strings(spectrogram: Spectrogram, channels: Floats | None) -> Floats:
    """Return each channel's share of the power of all, (6, frames, bins)."""
    if channels is None:
        raise ExplainError(
            'sources "strings" need a hexaphonic pickup: a recording with a channel for each of 6 strings'
        )
    shape = (len(STRINGS), len(spectrogram.excerpt.sound))
    if channels.shape != shape:
        raise ExplainError(f'sources "strings" need {shape[0]} channels of {shape[1]} samples, not {channels.shape}')
    shares = np.stack(
        [Spectrogram(replace(spectrogram.excerpt, sound=c), spectrogram.settings).power for c in channels]
    )
    total = shares.sum(axis=0)
    # where no string sounds at all, each has as much of nothing as the others
    return np.asarray(np.divide(shares, total, out=np.full_like(shares, 1.0 / len(shares)), where=total > 0.0))
