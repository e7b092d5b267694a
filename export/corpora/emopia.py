"""EMOPIA: pop piano clips with an emotion each (Hung et al., ISMIR 2021)."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

from edge.types import EMOTIONS
from export.corpora.piece import Piece
from export.notes import CorpusError, for_guitar, read_midi

QUADRANTS = {"Q1": "happy", "Q2": "aggressive", "Q3": "sad", "Q4": "relaxed"}
"""EMOPIA's quadrants of Russell's plane of valence and arousal, in our four names (Hung et al., ISMIR 2021)."""


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
