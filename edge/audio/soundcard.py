"""The sound card, through PortAudio: ALSA or JACK."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge import priority
from edge.audio.devices import Device, find, list_devices
from edge.audio.file import check_channel
from edge.audio.jack_feed import JackFeed
from edge.audio.source import Source
from edge.errors import AudioError, StuckError

CLOSE_S = 0.5
MOST_MIXED = 8  # channels; software devices offer a hundred that hold nothing


def portaudio() -> Any:
    """Return the sounddevice module; importing it starts PortAudio.

    Raises
    ------
    AudioError
        PortAudio is not installed.
    """
    try:
        import sounddevice
    except OSError:
        raise AudioError("PortAudio is not installed; run `sudo apt install libportaudio2`") from None
    return sounddevice


def rescan() -> Any:
    """Return the sounddevice module after it has looked at the devices afresh. No stream may be open."""
    sounddevice = portaudio()
    sounddevice._terminate()
    sounddevice._initialize()
    return sounddevice


def input_devices() -> list[Device]:
    """Return the devices that can record now."""
    return list_devices(rescan())


class SoundCard(Source):
    """A PortAudio input stream whose callback fills the ring.

    Parameters
    ----------
    wanted : str
        Identity, name or part of a name, or "auto".
    rate_hz, block : int
        What to ask for; 0 takes the device's own.
    """

    kind = "device"

    def __init__(self, wanted: str, *, channel: int = 0, rate_hz: int = 0, block: int = 256) -> None:
        super().__init__(wanted, channel)
        self._wanted = wanted
        self._wanted_rate_hz = rate_hz
        self._block = block
        self._stream: Any = None
        self._jack: JackFeed | None = None

    def has_left(self) -> bool:
        return self._jack is not None and self._jack.has_left()

    def _open(self) -> None:
        sounddevice = rescan()
        device = find(self._wanted, list_devices(sounddevice))
        check_channel(self._channel, device.channels, device.name)
        self.name, self.device = device.name, device
        if self._wanted == "auto":
            self._wanted = device.identity  # the same one again when it comes back, not any other
        rate_hz = self._wanted_rate_hz or device.rate_hz
        self._new_ring(rate_hz, max(self._block, 8192))
        try:
            self._stream = sounddevice.InputStream(
                device=device.index,
                samplerate=rate_hz,
                blocksize=self._block,
                channels=self._channel or min(device.channels, MOST_MIXED),
                dtype="float32",
                latency="low",
                callback=self._callback,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self._stream = None
            raise AudioError(
                f"{device.name}: will not record at {rate_hz} Hz ({_short(error)}); "
                "another program may hold it, or set audio.rate_hz to what `affetto devices` shows"
            ) from None
        if device.host_api.startswith("JACK"):
            self._jack = JackFeed(device.name)

    def _callback(self, block: NDArray[np.float32], _frames: int, _when: Any, status: Any) -> None:
        """PortAudio's thread: copy and count, nothing else. No allocation of note, no file, no lock, no logging."""
        if not self.ring.written:
            self.priority = priority.rise("audio", priority.AUDIO)
        if status.input_overflow and self.ring.written:  # before the first block, there was nothing to lose
            self.overflows += 1
        self._deliver(block)

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        jack, self._jack = self._jack, None
        if stream is None:
            return
        # when jackd has died, PortAudio never returns from here, or aborts the process
        closing = threading.Thread(target=_close_quietly, args=(stream, jack), name="audio-close", daemon=True)
        closing.start()
        closing.join(CLOSE_S)
        if closing.is_alive():
            raise StuckError(f"{self.name}: the sound system no longer answers; Affetto starts again by itself")


def _close_quietly(*parts: Any) -> None:
    # a device that is gone may refuse to close; there is nothing left to do about it then
    for part in filter(None, parts):
        with contextlib.suppress(Exception):
            part.close()


def _short(error: Exception) -> str:
    return str(error).split(" [")[0].removeprefix("Error opening InputStream: ")
