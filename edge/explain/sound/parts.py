"""A division of the window's spectrogram into parts that together are the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from edge.explain.sound.spectrogram import Spectrogram

Floats = NDArray[np.float32]

QUIET_DB = -25.0
"""What turning a part off means. Not silence: the network never heard music with holes in it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part lies: the smallest rectangle around what matters of it.

    Attributes
    ----------
    name : str
        In plain words; "" for a region that has none.
    t0_s, t1_s : float
        Seconds of the recording.
    f0_hz, f1_hz : float
    """

    name: str
    t0_s: float
    t1_s: float
    f0_hz: float
    f1_hz: float


class Parts:
    """The parts and how much of each bin of the spectrogram belongs to each; in every bin the shares sum to one.

    Parameters
    ----------
    parts : sequence of Part
    labels : (frames, bins) int, optional
        Number of the part that has the whole bin.
    shares : (parts, frames, bins) float32, optional
        Given instead of `labels` where parts overlap.
    """

    def __init__(
        self, parts: Sequence[Part], labels: NDArray[np.integer] | None = None, shares: Floats | None = None
    ) -> None:
        if (labels is None) == (shares is None):
            raise ValueError("either labels or shares")
        self.parts = tuple(parts)
        self.labels = None if labels is None else np.ascontiguousarray(labels, np.int32)
        self.shares = shares

    @classmethod
    def of_labels(cls, labels: NDArray[np.integer], spectrogram: Spectrogram, names: Sequence[str] = ()) -> Parts:
        """Number the labels that occur from 0, and find where each lies."""
        count = np.bincount(labels.ravel())
        found = np.flatnonzero(count)
        number = np.zeros(len(count), np.int32)
        number[found] = np.arange(len(found))
        numbers = number[labels]
        parts = [
            _part(names[k] if names else "", spectrogram, *place)
            for k, place in enumerate(ndimage.find_objects(numbers + 1))
        ]
        return cls(parts, labels=numbers)

    @classmethod
    def of_shares(cls, shares: Floats, spectrogram: Spectrogram, names: Sequence[str]) -> Parts:
        """Take soft masks; a part lies where most (90 %) of its energy is, by time and by frequency.

        More would be the whole spectrogram for nearly all parts: a little of every bin belongs to each.
        """
        power = spectrogram.power
        parts = []
        for share, name in zip(shares, names, strict=True):
            energy = share * power
            parts.append(_part(name, spectrogram, _bulk(energy.sum(axis=1)), _bulk(energy.sum(axis=0))))
        return cls(parts, shares=np.asarray(shares, np.float32))

    def __len__(self) -> int:
        return len(self.parts)

    def gain(self, gains: NDArray[np.floating]) -> Floats:
        """Return the gain of each bin, (frames, bins), when part k is multiplied by `gains[k]`."""
        if self.labels is not None:
            return np.asarray(gains, np.float32)[self.labels]
        assert self.shares is not None
        # the power of what is kept is linear in the shares, as in `Perturbation`
        return np.asarray(np.sqrt(np.tensordot(np.square(np.asarray(gains, np.float32)), self.shares, axes=1)))


def _bulk(energy: Floats) -> slice:
    """Return the positions between which all but 5 % of the energy at either end lies; all, where there is none."""
    total = np.cumsum(energy, dtype=np.float64)
    if total[-1] == 0.0:
        return slice(0, len(energy))
    first, last = np.searchsorted(total, [0.05 * total[-1], 0.95 * total[-1]])
    return slice(int(first), min(int(last), len(energy) - 1) + 1)


def _part(name: str, spectrogram: Spectrogram, frames: slice, bins: slice) -> Part:
    highest_hz = float(spectrogram.bins_hz[-1])
    bin_hz = float(spectrogram.bins_hz[1])
    return Part(
        name,
        float(spectrogram.edges_s[frames.start]),
        float(spectrogram.edges_s[frames.stop]),
        max(0.0, (bins.start - 0.5) * bin_hz),
        min(highest_hz, (bins.stop - 0.5) * bin_hz),
    )
