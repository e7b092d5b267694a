"""Soundtracks, set 1: 360 clips of film music with mean emotion ratings (Eerola & Vuoskoski 2011, Psychol. Music 39).

Get it from osf.io/p6vkg, given as CC BY 4.0 for the corpus; the clips are taken from commercial film music, so never
pass the sound on. Put into one folder::

    mean_ratings_set1.csv   number, valence, energy, tension, anger, fear, happy, sad, tender, TARGET
    set1_tracklist.csv      Nro, Emotion, Album name, Track, Min:Sec
    Set1/001.mp3 to 360.mp3

The older release (University of Jyväskylä) holds the sound in mp3/Soundtrack360_mp3 and the ratings as .xls.

The ratings are means over few listeners (set 1 was the pilot), 1 least to 9 most by its readme; none exceeds 7.83, and
none of valence, energy and tension 7. They are what Chowdhury et al. (ISMIR 2019) learn and report on.
"""

from __future__ import annotations

from pathlib import Path

from edge.types import EMOTIONS
from export.corpora.mid_level_perceptual import SOUNDTRACKS, mid_level_ratings
from export.corpora.recording import Recording
from export.corpora.table import number, read_table
from export.notes import CorpusError

SOURCE = "osf.io/p6vkg"
RATINGS = ("valence", "energy", "tension", "anger", "fear", "happy", "sad", "tender")
OURS = {"anger": "aggressive", "fear": "aggressive", "happy": "happy", "sad": "sad", "tender": "relaxed"}
"""The five rated emotions in our four names, by quadrant: fear is no aggression, but as unpleasant and energetic.

It makes 143 clips aggressive (92 of them highest in fear), 76 relaxed, 72 sad, 62 happy; 7 tie. For anger alone, take
`Recording.ratings`.
"""

AUDIO = ("Set1", "Set1/Set1", "mp3/Soundtrack360_mp3", "set1/mp3/Soundtrack360_mp3", "set1/set1/mp3/Soundtrack360_mp3")
"""Where the archives of both releases put the sound."""

_MISPRINTS = {"the portait of a lady": "the portrait of a lady"}  # clip 256


def soundtracks(folder: Path, mid_level: Path | None = None) -> list[Recording]:
    """Return the 360 clips, grouped by film.

    Parameters
    ----------
    folder : Path
        Of this corpus.
    mid_level : Path, optional
        Folder of `mid_level_perceptual`, which has rated the same clips: the only music with both kinds of label.
    """
    path = folder / "mean_ratings_set1.csv"
    rows = read_table(path, ("number", *RATINGS), f"{SOURCE}, or save mean_ratings_set1.xls as CSV")
    tracks = folder / "set1_tracklist.csv"
    album = {int(number(r, "nro", tracks)): r["album name"] for r in read_table(tracks, ("nro", "album name"), SOURCE)}
    audio = next((folder / a for a in AUDIO if (folder / a / "001.mp3").is_file()), None)
    if audio is None:
        raise CorpusError(f"{folder / AUDIO[0]}/001.mp3: no such sound; unpack Set1.zip from {SOURCE} there")
    rated = mid_level_ratings(mid_level) if mid_level else {}
    recordings = []
    for row in rows:
        clip = int(number(row, "number", path))
        if clip not in album:
            raise CorpusError(f"{tracks}: no row for clip {clip:03d}; get the file anew from {SOURCE}")
        film = album[clip].casefold()
        ratings = {name: number(row, name, path) for name in RATINGS}
        recordings.append(
            Recording(
                f"soundtracks-{clip:03d}",
                _MISPRINTS.get(film, film),
                audio / f"{clip:03d}.mp3",
                emotion_of(ratings),
                rated.get(SOUNDTRACKS[clip - 1]) if mid_level else None,
                ratings,
            )
        )
    return recordings


def emotion_of(ratings: dict[str, float]) -> int | None:
    """Return the highest-rated of anger, fear, happy, sad and tender as one of our four; None where two of ours tie."""
    highest = max(ratings[name] for name in OURS)
    best = {ours for name, ours in OURS.items() if ratings[name] == highest}
    return EMOTIONS.index(best.pop()) if len(best) == 1 else None
