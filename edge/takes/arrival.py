"""Whether a file that somebody sent can become a take: looked at by its content, in a process of its own."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from edge.audio.file import open_sound
from edge.errors import AudioError

MOST_CHANNELS = 8
LEAST_RATE_HZ, MOST_RATE_HZ = 4000, 192000


class Arrival(Struct, frozen=True):
    """A file that came, what its sender calls it, and how long, in seconds, it may be."""

    path: str
    name: str
    most_s: float


class Sound(Struct, frozen=True):
    """What a file says that it holds."""

    frames: int
    rate_hz: int
    channels: int


def check(arrival: Arrival) -> Sound:
    """Look whether a file can become a take.

    Raises
    ------
    AudioError
        It is no sound that can be read, too long, or of a kind that no guitar makes.
    """
    name, most_s = arrival.name, arrival.most_s
    try:
        with open_sound(Path(arrival.path)) as file:
            sound = Sound(file.frames, file.samplerate, file.channels)
    except AudioError as error:
        raise AudioError(str(error).replace(arrival.path, name)) from None
    if not LEAST_RATE_HZ <= sound.rate_hz <= MOST_RATE_HZ:
        raise AudioError(f"{name}: has {sound.rate_hz} Hz; {LEAST_RATE_HZ} to {MOST_RATE_HZ} can be read")
    if sound.channels > MOST_CHANNELS:
        raise AudioError(f"{name}: has {sound.channels} channels; up to {MOST_CHANNELS} can be kept")
    if sound.frames > most_s * sound.rate_hz:
        raise AudioError(f"{name}: longer than {most_s / 60:g} minutes; cut it, or set takes.most_minutes higher")
    return sound
