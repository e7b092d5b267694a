"""Guitar music without an emotion label: Mutopia's scores and GuitarSet's annotated playing."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np

from export.corpora.piece import Piece
from export.notes import Notes, for_guitar, read_jams, read_midi

LONGEST_S = 90.0  # of an unlabelled score


def unlabelled(data: Path) -> list[Piece]:
    """Return guitar scores (Mutopia) and annotated playing (GuitarSet): music without an emotion label."""
    pieces = [_performed(path.stem, read_midi(path)) for path in sorted((data / "scores").glob("*.mid"))]
    with zipfile.ZipFile(data / "real" / "guitarset" / "jams.zip") as z:
        members = [m for m in sorted(z.namelist()) if ".jams" in m]
        return pieces + [_performed(Path(m).name.split(".jams")[0], read_jams(z.read(m))) for m in members]


def _performed(name: str, notes: Notes) -> Piece:
    """Give a score its own tempo, loudness and swell, seeded by its name: engraved music has none."""
    rng = np.random.default_rng(crc32(name.encode()))
    tempo, loudness = rng.uniform(0.75, 1.3), rng.uniform(45, 105)
    start, end = notes.start_s / tempo, notes.end_s / tempo
    swell = rng.uniform(0, 12) * np.sin(2 * np.pi * start / rng.uniform(8, 20))
    velocity = np.clip(loudness + swell + rng.normal(0, 6, len(notes)), 20, 127).astype(int)
    played = replace(notes, start_s=start, end_s=end, velocity=velocity).window(0.0, LONGEST_S)
    return Piece(name, name, "train", None, for_guitar(played))
