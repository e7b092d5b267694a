"""The spectrogram as a small picture for a page that draws parts over it: only numpy and zlib."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.spectrogram import Spectrogram
from edge.features import MEL_FLOOR, to_db

LOWEST_HZ, HIGHEST_HZ = 60.0, 8000.0

_ROWS = 168  # two a semitone
_RANGE_DB = 70.0
_LEVELS = 48  # 1.5 dB apart, which nobody sees in what is grained like this; more would only take more bytes
_BITS, _GREY, _NO_FILTER = 8, 0, 0


@dataclass(frozen=True, slots=True)
class SpectrogramPng:
    """A picture and where it lies.

    Attributes
    ----------
    png : bytes
        Grey, what is loud is black; low frequencies at the bottom, rows evenly spaced in log frequency.
    t0_s, t1_s : float
        Seconds of the recording at the left and the right edge.
    f0_hz, f1_hz : float
        At the lower and the upper edge.
    """

    png: bytes
    t0_s: float
    t1_s: float
    f0_hz: float = LOWEST_HZ
    f1_hz: float = HIGHEST_HZ

    def where(self) -> dict[str, float]:
        """Return the edges, ready for JSON."""
        return {
            "t0_s": round(self.t0_s, 4),
            "t1_s": round(self.t1_s, 4),
            "f0_hz": self.f0_hz,
            "f1_hz": self.f1_hz,
        }


def spectrogram_png(spectrogram: Spectrogram) -> SpectrogramPng:
    """Draw the window's frames, one column each; eight seconds take about 20 kB."""
    edges_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, _ROWS + 1)
    bins = np.searchsorted(spectrogram.bins_hz, np.sqrt(edges_hz[:-1] * edges_hz[1:]))
    level_db = to_db(spectrogram.power, MEL_FLOOR)[:, bins.clip(max=len(spectrogram.bins_hz) - 1)].T[::-1]
    quietness = np.clip((level_db.max() - level_db) / _RANGE_DB, 0.0, 1.0)
    begin_s, end_s = spectrogram.edges_s[[0, -1]].tolist()
    grey = np.round(quietness * (_LEVELS - 1)) * (255.0 / (_LEVELS - 1))
    return SpectrogramPng(_png(grey.astype(np.uint8)), begin_s, end_s)


def _png(grey: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG (third edition, sections 5 and 11.2)."""
    height, width = grey.shape
    rows = np.pad(grey, ((0, 0), (1, 0)), constant_values=_NO_FILTER)
    header = struct.pack(">IIBBBBB", width, height, _BITS, _GREY, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
