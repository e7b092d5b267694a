"""The windows that explanations are measured on: of real recordings, and of scores played on sampled guitars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge.chain import Chain
from edge.config import Decision
from edge.explain.from_file import excerpt_of_file
from edge.history import Excerpt, History
from edge.model import Model
from edge.types import EMOTIONS
from export.corpora import emopia
from export.corpora.folder import data_folder

SETTINGS = Decision(change=1.0)
"""Windows of full length, 8 s, whatever changes in them: about a hundred regions, of which the aims speak."""

REAL = {
    "solo": "real/guitarset/00_BN1-129-Eb_solo_mic.flac",
    "comp": "real/guitarset/00_BN1-129-Eb_comp_mic.flac",
}
GUITARS = ("steel", "spanish", "jazz", "emily")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of one recording of GuitarSet, or of one clip of EMOPIA's test split, played on a guitar.

    Attributes
    ----------
    of : str
        "solo" or "comp"; else an emotion, of whose clips the `clip`-th is played.
    time_s : float
    clip : int
    """

    of: str
    time_s: float
    clip: int = 0

    @property
    def name(self) -> str:
        return f"{self.of}{self.clip or ''}-{self.time_s:g}s"

    @property
    def is_real(self) -> bool:
        return self.of in REAL

    def excerpt(self, model: Model) -> Excerpt:
        if self.is_real:
            return excerpt_of_file(data_folder() / REAL[self.of], self.time_s, model, SETTINGS)[0]
        settings = model.contract.front_end
        return excerpt_of_sound(_rendered(self.of, self.clip), self.time_s, model, settings.rate_hz)


MAIN = (Moment("solo", 10.0), Moment("sad", 12.0), Moment("comp", 15.0), Moment("happy", 12.0), Moment("solo", 20.0))
"""Those that are compared with many random mixtures; real and rendered in turn."""

TO_HEAR = (
    *(Moment(of, float(t)) for t in (9, 13, 17, 21) for of in REAL),
    *(Moment(of, 12.0, clip) for clip in range(2) for of in EMOTIONS),
)
"""Those whose sounds are heard. Windows of one recording overlap by half."""


def excerpt_of_sound(sound: NDArray[np.float32], time_s: float, model: Model, rate_hz: int) -> Excerpt:
    """Return the sound behind the prediction at `time_s` of a sound, played from its beginning."""
    heard = sound[: round((time_s + 0.2) * rate_hz)]
    history = History(time_s + 1.0, model.contract.front_end, model.contract.receptive_steps)
    Chain(model, SETTINGS, rate_hz, history).push(heard)
    return history.excerpt(time_s)


@cache
def _rendered(emotion: str, clip: int) -> NDArray[np.float32]:
    from export.rendering.render import render_take

    pieces = [p for p in emopia(data_folder()) if p.split == "test" and p.emotion == EMOTIONS.index(emotion)]
    songs = {p.song: p for p in pieces if p.notes.length_s > 14.0}
    piece = list(songs.values())[clip]
    guitar = GUITARS[(EMOTIONS.index(emotion) + clip) % len(GUITARS)]
    return render_take(piece.notes, guitar, seed=clip)[1]
