"""The small immutable values that travel between the parts, and the names they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

EMOTIONS = ("aggressive", "happy", "relaxed", "sad")
"""The four emotions, in the order of every probability vector."""

PERCEPTUAL_FEATURES = (
    "melodiousness",
    "articulation",
    "rhythmic_complexity",
    "rhythmic_stability",
    "dissonance",
    "tonal_stability",
    "minorness",
)
"""The seven mid-level perceptual features of Aljanaki & Soleymani (2018)."""

PERFORMER_CUES = ("sound_level", "register", "note_density", "brightness")
"""Four cues that a player controls directly (after Juslin & Laukka 2003)."""

MID_LEVEL = PERCEPTUAL_FEATURES + PERFORMER_CUES
"""Every unit of the interpretable layer, in the order of every mid-level vector."""


class TrustState(StrEnum):
    """How far a shown prediction may be believed. Every output and page shows it."""

    LIVE = "live"  # sound is coming in and the label is clear
    SILENT = "silent"  # the source works, nobody plays
    UNSURE = "unsure"  # two emotions are too close to call, or one is giving way to another
    STALE = "stale"  # the analysis has stopped keeping up with the sound
    LOST = "lost"  # the sound source is gone

    @property
    def is_playing(self) -> bool:
        """Whether somebody plays now: what is shown beside it is of what they play."""
        return self in (TrustState.LIVE, TrustState.UNSURE)


STALE_AFTER_S = 1.0
"""Of sound that is older than this nobody says any more that it is being played."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is known about the playing at one moment.

    Attributes
    ----------
    time_s : float
        Time of the newest sound it speaks of, in seconds of sound since the source was opened.
    state : TrustState
        How far to believe it. In `silent`, `stale` and `lost` the values are those of the last sound heard.
    label : str
        One of `EMOTIONS`, or "" before anything was heard.
    confidence : float
        Probability of the label minus that of the best other emotion, 0 to 1.
    probabilities : tuple of 4 floats
        In the order of `EMOTIONS`; they sum to 1.
    valence, arousal : float
        From the probabilities, -1 to 1.
    mid_level : tuple of 11 floats
        In the order of `MID_LEVEL`, in standard deviations from the mean of the training music.
    effects : tuple of 4 tuples of 11 floats
        Weight times value of each mid-level feature on the logit of each emotion (Chowdhury et al. 2019).
    level_dbfs : float
        Input level of the newest step, in dB relative to full scale.
    clipped : bool
        The input reached full scale a moment ago.
    heard_at : float
        Monotonic clock when the newest sample it speaks of came in, in seconds; for measuring latency.
    """

    time_s: float
    state: TrustState
    label: str
    confidence: float
    probabilities: tuple[float, ...]
    valence: float
    arousal: float
    mid_level: tuple[float, ...]
    effects: tuple[tuple[float, ...], ...]
    level_dbfs: float
    clipped: bool = False
    heard_at: float = 0.0

    def stale_at(self, came_at: float) -> float:
        """Return from when on, by the monotonic clock, it must not be shown as live; `came_at` is when it was told.

        It ages from its sound on, however long that took to be told of. Where the sound's time is unknown, or the state
        says already that nobody may take it for live, from when it was told.
        """
        heard_at = self.heard_at if self.heard_at and self.state.is_playing else came_at
        return min(heard_at, came_at) + STALE_AFTER_S

    def outdated(self) -> Prediction:
        """Return it as of sound that is long gone; a lost source stays lost, which says more."""
        return self if self.state is TrustState.LOST else replace(self, state=TrustState.STALE)

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON form (schema 1): names instead of positions, no clock of this machine."""
        return {
            "time_s": round(self.time_s, 4),
            "state": str(self.state),
            "label": self.label,
            "confidence": _short(self.confidence),
            "probabilities": {e: _short(p) for e, p in zip(EMOTIONS, self.probabilities, strict=True)},
            "valence": _short(self.valence),
            "arousal": _short(self.arousal),
            "mid_level": {
                name: {
                    "value": _short(self.mid_level[k]),
                    "effects": {e: _short(row[k]) for e, row in zip(EMOTIONS, self.effects, strict=True)},
                }
                for k, name in enumerate(MID_LEVEL)
            },
        }


NOTHING_HEARD = Prediction(
    time_s=0.0,
    state=TrustState.SILENT,
    label="",
    confidence=0.0,
    probabilities=(1 / len(EMOTIONS),) * len(EMOTIONS),
    valence=0.0,
    arousal=0.0,
    mid_level=(0.0,) * len(MID_LEVEL),
    effects=((0.0,) * len(MID_LEVEL),) * len(EMOTIONS),
    level_dbfs=-100.0,
)
"""What is shown before the first sound."""


def _short(value: float) -> float:
    return round(value, 6)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the sound source says of itself.

    Attributes
    ----------
    kind : str
        "demo", "device", "file" or "udp".
    name : str
        What a person calls it: the device's or the file's name, an address.
    rate_hz : int
        The source's own sampling rate; 0 while it is closed.
    open : bool
    frames : int
        Frames received since it was opened.
    overflows : int
        Blocks that the driver lost before we saw them.
    overruns : int
        Times that the analysis fell so far behind that unread sound was overwritten.
    note : str
        One line for the person, such as why it is closed; "" when all is well.
    """

    kind: str
    name: str
    rate_hz: int
    open: bool
    frames: int = 0
    overflows: int = 0
    overruns: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """What an output says of itself.

    Attributes
    ----------
    name : str
    state : str
        "off", "ok" or "retrying".
    note : str
        One line for the person.
    sent, errors : int
        How often something was sent, and how often that or opening failed.
    """

    name: str
    state: str
    note: str = ""
    sent: int = 0
    errors: int = 0
