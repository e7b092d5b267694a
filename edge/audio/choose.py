"""From the setting `audio.input` to the source that it means."""

from __future__ import annotations

from pathlib import Path

from edge.audio.devices import is_hardware
from edge.audio.file import DemoSource, FileSource, open_sound
from edge.audio.soundcard import SoundCard, input_devices
from edge.audio.source import Source
from edge.audio.udp import UdpSource, parse_udp_url
from edge.config import Audio
from edge.errors import AudioError

ALSA_DEVICES = Path("/proc/asound/pcm")
"""The kernel's list of sound devices, a line each, which says whether it can record ("capture")."""


def choose_source(audio: Audio) -> tuple[Source, str]:
    """Return the source, not opened yet, and a line for the person, such as why it is the demo take; "" if none.

    Raises
    ------
    AudioError
        The input names a file that cannot be played or an address that is not understood. A device that is not
        there is no error: it may be plugged in later.
    """
    wanted = audio.input
    if wanted == "demo":
        return DemoSource(), "playing the bundled demo take in a loop"
    if wanted == "auto":
        try:
            devices = input_devices()
        except AudioError as error:
            return DemoSource(), f"playing the bundled demo take: {error}"
        if not any(is_hardware(d) for d in devices):
            return DemoSource(), "playing the bundled demo take until a sound card is plugged in: none was found"
    check_input(audio)
    if wanted.startswith("udp:"):
        return UdpSource(wanted, audio.channel), ""
    if _looks_like_a_file(wanted):
        return FileSource(Path(wanted).expanduser(), loop=audio.loop, channel=audio.channel), ""
    return SoundCard(wanted, channel=audio.channel, rate_hz=audio.rate_hz, block=audio.block), ""


def check_input(audio: Audio) -> None:
    """Raise an AudioError if the input can never be heard: a damaged file, an address that is not understood."""
    if audio.input.startswith("udp:"):
        parse_udp_url(audio.input)
    elif _looks_like_a_file(audio.input):
        open_sound(Path(audio.input).expanduser()).close()


def plugged_in(audio: Audio, alsa_devices: Path = ALSA_DEVICES) -> Source | None:
    """Return the sound card to listen to instead of the demo take once one is there, else None.

    Asking the kernel costs nothing; asking PortAudio would take tens of milliseconds each time.
    """
    try:
        there = "capture" in alsa_devices.read_text("ascii", "replace")
    except OSError:
        return None
    if not there or not any(is_hardware(d) for d in input_devices()):
        return None
    return SoundCard("auto", channel=audio.channel, rate_hz=audio.rate_hz, block=audio.block)


def _looks_like_a_file(wanted: str) -> bool:
    path = Path(wanted).expanduser()
    return path.exists() or "/" in wanted or path.suffix.lower() in {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif"}
