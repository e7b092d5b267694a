"""The emotional guitar data sets: clips that guitarists composed and played to express one emotion.

Turchet & Pauwels, IEEE/ACM Trans. Audio, Speech, Lang. Process. 30, 2022 (acoustic: 391 clips, 30 players). There is
no public download and no stated licence: ask the authors (cimil.disi.unitn.it). The archives
`acoustic-guitar-emotion-dataset-v<version>.zip` and `electric-guitar-…` unpack, as the authors' own reader
github.com/jpauwels/instrument_emotion_datasets expects, to::

    acoustic-guitar/annotations_acoustic-guitar.csv   file_id, file_name, performer, instrument, emotion,
                                                      emotional_intensity and more
    acoustic-guitar/<emotion>/<file_name>.wav

The label is the player's intent, not what listeners heard: a panel of 16 recovers 79 % of it (`guitar_listeners`).
A file is named `<id>_<emotion>_<intensity>_<instrument>_<player>_<technique>_new<n>_<date>.wav`; in the files of the
user study some say "relax" for relaxed, "i2" for intensity 2, or ".wav.wav".
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.types import EMOTIONS
from export.corpora.guitar_listeners import Rating, panel_means
from export.corpora.recording import Recording
from export.corpora.table import number, read_table
from export.notes import CorpusError

SOURCE = "the authors (cimil.disi.unitn.it)"
GUITARS = ("acoustic-guitar", "electric-guitar")

ACOUSTIC_FOLDS = (
    ("DavBen", "LucTur", "MatRig", "SalOli", "TizCam", "TomCan"),
    ("DavRos", "FraBen", "MarPia", "OweWin", "SimArm", "TizBol"),
    ("AngLoi", "CesSam", "FilMel", "MasChi", "SteRom", "ValFui"),
    ("AdoLaV", "AleMar", "AntDel", "FedCer", "GioAcq", "NicLat"),
    ("AntPao", "GiaFer", "GioDic", "LucFra", "NicCon", "SamLor"),
)
"""Players of the authors' five folds of the acoustic clips, by their reader's ranges of file_id."""

_NAME = re.compile(
    r"(?P<id>\d+)_(?P<emotion>aggressive|happy|relax(?:ed)?|sad)_i?(?P<intensity>\d)_(?P<instrument>[a-z-]+)_"
    r"(?P<player>[A-Za-z]+)_.+_\d{8}(\.wav)*"
)


def guitar_emotion(folder: Path, guitar: str = "acoustic-guitar", panel: list[Rating] | None = None) -> list[Recording]:
    """Return the clips with the player's intent, grouped by player.

    Parameters
    ----------
    folder : Path
        Holds acoustic-guitar/ or electric-guitar/.
    guitar : str
        One of `GUITARS`. The two sets share players; groups are in lower case, as one spells AdoLaV and one AdoLav.
    panel : list of Rating, optional
        The user study of the acoustic clips; its mean ratings, -3 to 3, join the clips that it has.
    """
    base = folder / guitar
    path = base / f"annotations_{guitar}.csv"
    means = panel_means(panel) if panel else {}
    recordings = []
    for row in read_table(path, ("file_id", "file_name", "performer", "emotion"), SOURCE):
        if row["emotion"] not in EMOTIONS:
            raise CorpusError(f"{path}: unknown emotion {row['emotion']!r}; get the file anew from {SOURCE}")
        clip = int(number(row, "file_id", path))
        sound = base / row["emotion"] / f"{row['file_name']}.wav"
        if not sound.is_file():
            raise CorpusError(f"{sound}: no such sound; unpack the archive from {SOURCE} into {folder}")
        ratings = dict(zip(EMOTIONS, means[clip].tolist(), strict=True)) if clip in means else {}
        emotion = EMOTIONS.index(row["emotion"])
        recordings.append(Recording(f"{guitar}-{clip}", row["performer"].lower(), sound, emotion, ratings=ratings))
    return recordings


def clip_of(sound: Path) -> Recording:
    """Return what a clip's file name says, for clips that came without their table."""
    match = _NAME.fullmatch(sound.name)
    if match is None:
        raise CorpusError(f"{sound}: no name of the guitar data set, <id>_<emotion>_<intensity>_…; rename it")
    guitar = "electric-guitar" if match["instrument"] == "electric-guitar" else "acoustic-guitar"
    emotion = "relaxed" if match["emotion"] == "relax" else match["emotion"]
    return Recording(f"{guitar}-{match['id']}", match["player"].lower(), sound, EMOTIONS.index(emotion))


def published_folds(recordings: list[Recording]) -> NDArray[np.int_]:
    """Return the authors' fold of each acoustic clip, 0 to 4; no player is in two of them.

    For the electric clips take `export.corpora.folds.grouped_folds` over the players.
    """
    fold_of = {player.lower(): fold for fold, players in enumerate(ACOUSTIC_FOLDS) for player in players}
    unknown = sorted({r.group for r in recordings} - set(fold_of))
    if unknown:
        raise CorpusError(f"player {unknown[0]} is in none of the published acoustic folds; use grouped_folds")
    return np.array([fold_of[r.group] for r in recordings], int)
