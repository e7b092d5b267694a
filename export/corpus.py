"""Which pieces there are, what their emotion is, and who may be trained on."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np

from edge.types import EMOTIONS
from export.notes import CorpusError, Notes, for_guitar, read_jams, read_midi

QUADRANTS = {"Q1": "happy", "Q2": "aggressive", "Q3": "sad", "Q4": "relaxed"}
"""EMOPIA's quadrants of Russell's plane of valence and arousal, in our four names (Hung et al., ISMIR 2021)."""

LONGEST_S = 90.0  # of an unlabelled score


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip or score as a guitar plays it.

    Attributes
    ----------
    name : str
        Unique; file name without its ending.
    song : str
        Pieces of one song never stand on both sides of a split.
    split : str
        "train", "validation" or "test".
    emotion : int or None
        Position in `edge.types.EMOTIONS`; None where nobody has labelled it.
    notes : Notes
    """

    name: str
    song: str
    split: str
    emotion: int | None
    notes: Notes


def emopia(data: Path) -> list[Piece]:
    """Return the 1,078 clips with EMOPIA's official split; the clips in none of its lists join the training set.

    Such a clip joins only where its song is not held out, else it is dropped.
    """
    archive = data / "emopia" / "midis.zip"
    if not archive.is_file():
        raise CorpusError(f"{archive}: EMOPIA's MIDI files are missing; see the data folder's README")
    listed = {}
    for split, file in (("train", "train"), ("validation", "val"), ("test", "test")):
        with open(data / "emopia" / f"{file}.csv", newline="") as f:
            listed |= {row["fname"]: split for row in csv.DictReader(f)}
    held_out = {_song(name): split for name, split in listed.items() if split != "train"}
    pieces = []
    with zipfile.ZipFile(archive) as z:
        for member in sorted(m for m in z.namelist() if m.endswith(".mid")):
            name = Path(member).stem
            song = _song(name)
            split = listed.get(name, "train")
            if held_out.get(song, split) != split:
                continue
            emotion = EMOTIONS.index(QUADRANTS[name[:2]])
            pieces.append(Piece(name, song, split, emotion, for_guitar(read_midi(z.read(member)))))
    return pieces


def _song(name: str) -> str:
    return name[3 : name.rindex("_")]


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


def all_pieces(data: Path) -> Iterator[Piece]:
    yield from emopia(data)
    yield from unlabelled(data)
