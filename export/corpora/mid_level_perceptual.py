"""Mid-level Perceptual Features: 5,000 clips of 15 s, each rated by musicians (Aljanaki & Soleymani, ISMIR 2018).

Get it from osf.io/5aupt (audio.zip, metadata_annotations.zip), unpacked to::

    metadata_annotations/annotations.csv   song_id, melody, articulation, rhythm_complexity, rhythm_stability,
                                           dissonance, atonality, mode
    metadata_annotations/metadata.csv      separated by semicolons: song id, Artist, Source and more
    audio/<song id>.mp3                    1 to 3575; the others come from other corpora

A value is the mean over a few musicians, 1 to 10. Two columns do not mean what they seem to say: `atonality` is high
where the key is clear (it falls as dissonance rises), and `mode` is high where the clip sounds minor.

Its README states no licence: ask the authors; the clips come from Jamendo and from other corpora, each with its own.
Clips 3576 to 3935 are the Soundtracks corpus, 001 to 360, whose loader gives them.
"""

from __future__ import annotations

from math import nan
from pathlib import Path

from edge.types import PERCEPTUAL_FEATURES, PERFORMER_CUES
from export.corpora.recording import Recording
from export.corpora.table import number, read_table
from export.notes import CorpusError

SOURCE = "osf.io/5aupt"
COLUMNS = ("melody", "articulation", "rhythm_complexity", "rhythm_stability", "dissonance", "atonality", "mode")
"""The published names, in the order of `PERCEPTUAL_FEATURES`."""

PROVIDED = range(1, 3576)
"""Clips whose sound comes with the corpus."""
SOUNDTRACKS = range(3576, 3936)
"""Clips 001 to 360 of Soundtracks, in its order."""

assert len(COLUMNS) == len(PERCEPTUAL_FEATURES)


def mid_level_perceptual(folder: Path) -> list[Recording]:
    """Return the rated clips, grouped by artist, without an emotion; those from Soundtracks are left to its loader.

    Clips above 3935 are returned where their sound was added to audio/.
    """
    rated = mid_level_ratings(folder)
    path = folder / "metadata_annotations" / "metadata.csv"
    artist = {
        int(number(r, "song id", path)): r["artist"] for r in read_table(path, ("song id", "artist"), SOURCE, ";")
    }
    recordings = []
    for song, values in rated.items():
        sound = folder / "audio" / f"{song}.mp3"
        if song in SOUNDTRACKS or (song not in PROVIDED and not sound.is_file()):
            continue
        if not sound.is_file():
            raise CorpusError(f"{sound}: no such sound; unpack audio.zip from {SOURCE} into {folder}")
        # an artist whom nobody named is nobody else either
        group = artist.get(song, "").casefold() or f"unknown artist of clip {song}"
        recordings.append(Recording(f"mid-level-{song}", group, sound, None, values))
    return recordings


def mid_level_ratings(folder: Path) -> dict[int, tuple[float, ...]]:
    """Return each clip's values in the order of `MID_LEVEL`, 1 to 10; the performer's cues were not asked: NaN."""
    path = folder / "metadata_annotations" / "annotations.csv"
    return {
        int(number(row, "song_id", path)): (*(number(row, c, path) for c in COLUMNS), *(nan,) * len(PERFORMER_CUES))
        for row in read_table(path, ("song_id", *COLUMNS), SOURCE)
    }
