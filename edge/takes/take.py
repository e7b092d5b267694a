"""A take as everybody sees it, and the errors that tell what kind of trouble there is."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from edge.errors import TakesError

MOST_NAME = 120
MOST_TAGS = 16
MOST_TAG = 40


class NoSuchTakeError(TakesError):
    """There is no take of that id, or not any more."""


class BusyError(TakesError):
    """It cannot be done in the present state: nothing is recorded, something is recorded already."""


class FullError(TakesError):
    """There is no room: on the disk, or within what may be kept."""


class TakeState(StrEnum):
    """What has become of a take."""

    RECORDING = "recording"
    ANALYSING = "analysing"
    READY = "ready"
    FAILED = "failed"


class Take(Struct, frozen=True, kw_only=True):
    """What is known about a take; also the form in which it is stored beside its sound.

    Attributes
    ----------
    id : str
        Twelve hexadecimal digits.
    number : int
        Counts up; the clock of a guitar may be wrong.
    origin : str
        "recorded", "kept" (saved afterwards from memory) or "uploaded".
    created_at : float
        Seconds since 1970.
    lost_s : float
        Seconds of silence that stand for sound which the disk was too slow for.
    meant : str
        The emotion that the player says was meant, or "".
    deleted_at : float
        When it was deleted; 0 while it is not. Until it is cleaned up, it can be restored.
    label, probabilities
        Of the whole take, as `edge.analysis.overall`.
    timeline : dict
        As `edge.takes.steps.timeline`.
    model : dict
        What the model said of itself.
    """

    id: str
    number: int
    name: str
    origin: str
    created_at: float
    state: TakeState
    note: str = ""
    rate_hz: int = 0
    channels: int = 1
    duration_s: float = 0.0
    bytes: int = 0
    lost_s: float = 0.0
    tags: tuple[str, ...] = ()
    meant: str = ""
    deleted_at: float = 0.0
    label: str = ""
    probabilities: dict[str, float] = {}
    timeline: dict[str, Any] = {}
    model: dict[str, Any] = {}


def clean_name(text: str) -> str:
    """Return a name on one line, without what does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_NAME].strip()


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as `clean_name` returns names, each once; raises a TakesError when there are too many."""
    cleaned = tuple(dict.fromkeys(filter(None, (clean_name(tag)[:MOST_TAG].strip() for tag in tags))))
    if len(cleaned) > MOST_TAGS:
        raise TakesError(f"tags: {MOST_TAGS} at most")
    return cleaned
