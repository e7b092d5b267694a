"""Takes made of sines, for tests that need some and no corpus."""

from __future__ import annotations

import numpy as np

from edge.features import FrontEnd, FrontEndSettings
from export.corpora import Piece
from export.dataset import Take
from export.notes import Notes

RATE_HZ = FrontEndSettings().rate_hz


def sine(hz: float, seconds: float, amplitude: float = 0.1) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def piece(name: str = "a", song: str = "s", emotion: int | None = 1, split: str = "train", seconds: int = 15) -> Piece:
    """Return a run of quarter-second notes, growing louder."""
    rows = [(0.25 * k, 0.25 * k + 0.2, 60 + k % 7, 40 + k) for k in range(4 * seconds)]
    return Piece(name, song, split, emotion, Notes.of(rows))


def take(of: Piece, sound: np.ndarray, guitar: str = "nylon", session_dbfs: float = -20.0) -> Take:
    return Take(of, guitar, of.notes, FrontEnd().push(sound), session_dbfs)
