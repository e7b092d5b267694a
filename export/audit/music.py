"""The music of an audit: labelled takes that the models never learned from, and the groups that each belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from edge.audio.resample import Resampler
from edge.features import FrontEndSettings
from export.corpora import Piece
from export.corpora.guitar_emotion import GUITARS, guitar_emotion
from export.corpora.recording import Recording, features_of
from export.corpora.table import read_table
from export.dataset import Take, gear_of, load, sound_of
from export.notes import CorpusError, Notes
from export.rendering.recording import Sound
from export.rendering.room import Room
from export.split import split

Groupings = dict[str, list[str]]
"""Of each way of grouping, such as "guitar", the group of every take."""

UNKNOWN = ""
"""The group of a take of which a grouping says nothing; it is among nobody's others."""

_SHORT_S, _LONG_S = 0.3, 0.6
"""Reverberation times that part the drawn rooms into three groups of like size."""


@dataclass(frozen=True, slots=True)
class Music:
    """What is heard in an audit.

    Attributes
    ----------
    takes : list of Take
        All with an emotion.
    groupings : Groupings
    sound_of : callable
        Gives the sound of a take at the front end's rate.
    """

    takes: list[Take]
    groupings: Groupings
    sound_of: Callable[[Take], Sound]


def rendered(pieces: list[Piece], cache: Path, fold: int | None, passes: int, table: Path | None = None) -> Music:
    """Return the rendered takes of the test songs, grouped by guitar, room, amplifier and the columns of `table`.

    Parameters
    ----------
    fold : int or None
        As of `export.split.split`.
    passes : int
        Guitars that play each piece.
    table : Path, optional
        Comma-separated, with a column `piece`; every other column (player, style, corpus) is a grouping.
    """
    takes = load(split(pieces, fold).test, cache, passes)
    groupings = {"guitar": [t.guitar for t in takes], "room": [], "amplifier": []}
    for take in takes:
        rig = gear_of(take.piece, take.guitar)
        groupings["room"].append(_room(rig.room))
        groupings["amplifier"].append("no amplifier" if rig.drive_db is None else "amplifier")
    return Music(takes, groupings | (of_table(table, takes) if table else {}), sound_of)


def _room(number: int | None) -> str:
    if number is None:
        return "no room"
    rt60_s = Room.numbered(number).rt60_s
    return f"RT60 < {_SHORT_S} s" if rt60_s < _SHORT_S else f"RT60 > {_LONG_S} s" if rt60_s > _LONG_S else "between"


def of_table(path: Path, takes: list[Take]) -> Groupings:
    """Return the groupings in the columns of a table with one row for each piece.

    Raises
    ------
    CorpusError
        The table is missing, or names none of the pieces.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: no such table; give one with a column `piece` and one for each grouping")
    rows = {row["piece"]: row for row in read_table(path, ("piece",), "whoever made the groups")}
    if not any(take.piece.name in rows for take in takes):
        raise CorpusError(f"{path}: names none of the {len(takes)} takes that are heard; name pieces as in the cache")
    names = [name for name in next(iter(rows.values())) if name != "piece"]
    return {name: [rows.get(t.piece.name, {}).get(name, UNKNOWN) for t in takes] for name in names}


def recorded(folder: Path) -> Music:
    """Return the clips of the emotional guitar data sets below `folder`, grouped by player and guitar.

    What is true is the player's intent. Each clip counts as a song of its own.
    """
    clips = {r.name: r for guitar in GUITARS if (folder / guitar).is_dir() for r in guitar_emotion(folder, guitar)}
    if not clips:
        raise CorpusError(f"{folder}: holds neither {' nor '.join(GUITARS)}; unpack the guitar data sets there")
    takes = [_take(r) for r in clips.values() if r.emotion is not None]
    players = [clips[t.piece.name].group for t in takes]
    return Music(
        takes, {"player": players, "guitar": [t.guitar for t in takes]}, lambda take: _read(clips[take.piece.name])
    )


def _take(recording: Recording) -> Take:
    steps = features_of(recording)
    length_s = len(steps) / FrontEndSettings().steps_per_second
    unknown = Notes.of([(0.0, length_s, 60, 64)])  # only its length is asked: nobody wrote the notes down
    piece = Piece(recording.name, recording.name, "test", recording.emotion, unknown)
    guitar = next(g for g in GUITARS if recording.name.startswith(g))
    return Take(piece, guitar, unknown, steps, float(np.max(steps.level_dbfs)))


def _read(recording: Recording) -> Sound:
    sound, rate_hz = soundfile.read(recording.path, dtype="float32", always_2d=True)
    mono = np.nan_to_num(sound).mean(axis=1, dtype=np.float32)
    return Resampler(rate_hz, FrontEndSettings().rate_hz).push(mono, last=True)
