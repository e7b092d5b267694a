"""What is answered in JSON, as types for the OpenAPI document; the answers themselves are plain dicts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from edge.explain.process.jobs import JobState
from edge.takes.take import Take
from edge.types import OutputStatus, SourceStatus, TrustState

Emotion = Literal["aggressive", "happy", "relaxed", "sad"]
Share = Annotated[float, Meta(ge=0, le=1)]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{12}$", description="Twelve hexadecimal digits.")]


class _Answer(Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class ProblemDetails(_Answer):
    """What went wrong (RFC 9457): `detail` says what happened and what to do."""

    type: str
    title: str
    status: int
    detail: str


class ByEmotion(_Answer):
    """A number for each emotion."""

    aggressive: float
    happy: float
    relaxed: float
    sad: float


# -- live


class MidLevelNow(_Answer):
    """The value of a mid-level feature, and weight times value for each emotion."""

    value: float
    effects: ByEmotion


class Told(_Answer):
    """A prediction (schema 1)."""

    time_s: float
    state: TrustState
    label: Emotion | Literal[""]
    confidence: float
    probabilities: ByEmotion
    valence: float
    arousal: float
    mid_level: dict[str, MidLevelNow]


class ToldLive(Told):
    """A prediction as the page gets it, with the input's level and the colours of the lights."""

    level_dbfs: float | None
    clipped: bool
    leds: list[str]


class StreamsNow(_Answer):
    """How many pages follow live, and how many may."""

    open: int
    limit: int


class ExplanationsNow(_Answer):
    """How the process that explains is doing."""

    state: Literal["off", "starting", "ready", "busy", "failed"]
    note: str
    waiting: int
    over: dict[str, int]
    resident_mb: float
    keep_s: float
    span_s: tuple[float, float] | None


class UploadsNow(_Answer):
    """Which take is analysed, how far that is, and how many wait."""

    analysing: str
    progress: Share
    waiting: int


class RecorderNow(_Answer):
    """How the part that records is doing."""

    state: Literal["starting", "ready", "recording", "full", "failed"]
    note: str
    take: str
    recorded_s: float
    lost_s: float
    in_memory_s: float
    free_mb: float
    changes: int
    uploads: UploadsNow


class Priorities(_Answer):
    """Of the threads on the way of the sound: "ordinary", or "real time" with a number from 1 to 99."""

    audio: str
    analysis: str


class Status(Struct, kw_only=True):
    """What the service says of itself."""

    version: str
    uptime_s: float
    source: SourceStatus
    outputs: list[OutputStatus]
    model: dict[str, str]
    notes: list[str]
    streams: StreamsNow
    priorities: Priorities | UnsetType = UNSET
    explanations: ExplanationsNow | UnsetType = UNSET
    takes: RecorderNow | UnsetType = UNSET
    stage: bool | UnsetType = UNSET
    first_run: bool | UnsetType = UNSET


# -- explanations


class Moments(_Answer):
    """A letter for each `every_s` since `from_s`: the emotion's first, a capital where it was certain, - for nobody.

    And `way`: valence and arousal of the last seconds.
    """

    from_s: float
    every_s: float
    told: Annotated[str, Meta(pattern="^[AHRSahrs-]*$")]
    way: list[Annotated[list[float], Meta(min_length=2, max_length=2)]]


class Place(_Answer):
    """The edges of the spectrogram."""

    t0_s: float
    t1_s: float
    f0_hz: float
    f1_hz: float


class Asked(_Answer):
    """The question as it was understood."""

    of: str
    by: str
    segments: str
    samples: int
    method: str
    seed: int
    select: str
    gains_db: list[float]


class Quality(_Answer):
    """How far to believe the weights."""

    r2_heldout: float | None
    elapsed_ms: float
    model_calls: int
    stable: bool


class Heard(_Answer):
    """What the model says of a sound."""

    label: str
    probabilities: ByEmotion
    mid_level: dict[str, float]


class Part(_Answer):
    """A region of the spectrogram, or a source: what it adds to what is explained, with its standard error."""

    id: int
    name: str
    t0_s: float
    t1_s: float
    f0_hz: float
    f1_hz: float
    weight: float
    se: float
    chosen: bool
    through: dict[str, float]


class Explanation(Struct, kw_only=True):
    """The best answer so far (schema 1)."""

    schema: int
    time_s: float
    window_s: tuple[float, float]
    of: str
    by: str
    segments: str
    method: str
    samples: int
    seed: int
    sentence: str
    said: Annotated[dict[str, Any], Meta(description="The parts of the sentence, to say it in another language.")]
    heard: Heard
    regions: list[Part]
    sources: list[Part]
    effects: dict[str, Any]
    whatif: dict[str, Any] | None
    quality: Quality
    audio: dict[str, str]
    check: dict[str, Heard]
    done: bool
    progress: Share


class Answer(_Answer):
    """A question, how far its answer is, and the best answer so far."""

    id: Id
    state: JobState
    progress: Share
    note: str
    time_s: float
    request: Asked
    spectrogram: Place | None
    explanation: Explanation | None


# -- takes


class TakeShown(Take, frozen=True, kw_only=True):
    """A take, and where its sound lies."""

    sound: str


class TakeLimits(_Answer):
    """What may be recorded, sent and kept; `keep_minutes` is 0 without a limit."""

    most_minutes: float
    upload_mb: float
    keep_minutes: float
    delete_oldest: bool
    min_free_mb: float
    undo_s: float


class TakesListed(RecorderNow):
    """All takes, newest first, and how the part that records is doing."""

    takes: list[TakeShown]
    limits: TakeLimits


class TakeColumns(_Answer):
    """What was heard in a take: a value in each column for each moment."""

    emotions: list[str]
    mid_level_names: list[str]
    time_s: list[float]
    state: list[TrustState]
    label: list[Emotion | Literal[""]]
    probabilities: list[list[float]]
    valence: list[float]
    arousal: list[float]
    mid_level: list[list[float]]
    level_dbfs: list[float | None]
