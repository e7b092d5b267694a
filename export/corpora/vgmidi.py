"""VGMIDI: piano arrangements of video game music with an emotion each (Ferreira & Whitehead, ISMIR 2019).

Get it from github.com/lucasnfe/vgmidi, tag 0.2 or newer; the repository states no licence, and the music is commercial.
Needed are::

    vgmidi_labelled.csv    id, series, console, game, piece, midi, valence, arousal
    labelled/phrases.zip   phrases/<name>.mid, where column midi says labelled/phrases/<name>.mid

200 pieces were followed by 30 listeners each; a piece was cut where their median changes sides, which gives 204
phrases with valence and arousal of +1 or -1. Tag 0.1 has valence only and cannot be read.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from edge.types import EMOTIONS
from export.corpora.piece import Piece
from export.corpora.table import number, read_table
from export.notes import CorpusError, for_guitar, read_midi

SOURCE = "github.com/lucasnfe/vgmidi"
QUADRANTS = {(1.0, 1.0): "happy", (-1.0, 1.0): "aggressive", (-1.0, -1.0): "sad", (1.0, -1.0): "relaxed"}
"""Signs of valence and arousal in our four names, as EMOPIA's quadrants."""


def vgmidi(folder: Path) -> list[Piece]:
    """Return the 204 phrases as a guitar plays them; there is no official split, so all stand in "train"."""
    path = folder / "vgmidi_labelled.csv"
    rows = read_table(path, ("id", "midi", "valence", "arousal"), f"{SOURCE}, tag 0.2 or newer")
    archive = folder / "labelled" / "phrases.zip"
    if not archive.is_file():
        raise CorpusError(f"{archive}: no such file; get the corpus from {SOURCE}")
    if not zipfile.is_zipfile(archive):
        raise CorpusError(f"{archive}: damaged or not a zip archive; get it anew from {SOURCE}")
    pieces = []
    with zipfile.ZipFile(archive) as z:
        members = set(z.namelist())
        for row in rows:
            name = PurePosixPath(row["midi"]).name
            if f"phrases/{name}" not in members:
                raise CorpusError(f"{archive}: no phrases/{name}, which {path.name} lists; get both anew from {SOURCE}")
            signs = number(row, "valence", path), number(row, "arousal", path)
            if signs not in QUADRANTS:
                raise CorpusError(f"{path}: {name} has valence, arousal {signs}, not ±1; get the file from {SOURCE}")
            notes = for_guitar(read_midi(z.read(f"phrases/{name}")))
            # phrases of one piece share its id
            song = f"vgmidi-{row['id']}"
            pieces.append(Piece(name.removesuffix(".mid"), song, "train", EMOTIONS.index(QUADRANTS[signs]), notes))
    return pieces
