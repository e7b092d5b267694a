"""A recording in a corpus: sound, and what people said about it. Scores are `export.corpora.piece`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from edge.audio.resample import Resampler
from edge.features import FrontEnd, FrontEndSettings, Steps
from export.notes import CorpusError


@dataclass(frozen=True, slots=True)
class Recording:
    """A clip with the labels that its corpus gives, and no others.

    Attributes
    ----------
    name : str
        Unique over all corpora.
    group : str
        Film, artist or player: clips of one group never stand on both sides of a split.
    path : Path
        Sound file.
    emotion : int or None
        Position in `edge.types.EMOTIONS`; None where nobody has labelled it or the label is a tie.
    mid_level : tuple of 11 floats, or None
        In the order of `edge.types.MID_LEVEL`, rated by people from 1 to 10; NaN for what they were not asked.
        These scales are not those of `export.midlevel`, which computes from notes: standardise each on its own.
    ratings : dict of str to float
        The corpus's own mean ratings by its own names; each loader names the scale.
    """

    name: str
    group: str
    path: Path
    emotion: int | None
    mid_level: tuple[float, ...] | None = None
    ratings: dict[str, float] = field(default_factory=dict, hash=False)


def features_of(recording: Recording, settings: FrontEndSettings | None = None) -> Steps:
    """Return a recording's features as the instrument computes them live: mono, same resampler, same front end.

    Raises
    ------
    CorpusError
        The sound is missing, damaged or shorter than a step. MP3 needs libsndfile 1.1 or newer.
    """
    settings = settings or FrontEndSettings()
    path = recording.path
    if not path.is_file():
        raise CorpusError(f"{path}: no such sound; put {recording.name} where its corpus has it")
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError):
        raise CorpusError(f"{path}: not a sound that can be read; fetch it again") from None
    mono = np.nan_to_num(sound).mean(axis=1, dtype=np.float32)
    steps = FrontEnd(settings).push(Resampler(rate_hz, settings.rate_hz).push(mono, last=True))
    if len(steps) == 0:
        raise CorpusError(f"{path}: holds {len(mono) / rate_hz:.3f} s of sound, less than a step; fetch it again")
    return steps
