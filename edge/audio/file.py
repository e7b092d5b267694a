"""A sound file played in real time, once or in a loop; the bundled demo take is one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from edge.audio.source import Source
from edge.errors import AudioError

BLOCK_S = 0.04
BLOCKS_AT_ONCE = 25

LONG_BLOCK_S = 6.0
"""What is read at a time when nobody waits for the clock: long enough to be fast, short enough to keep memory small."""

Samples = NDArray[np.float32]


class FileSource(Source):
    """Plays a file that soundfile can read at the pace of a clock."""

    kind = "file"

    def __init__(self, path: Path, *, loop: bool = False, channel: int = 0, name: str = "") -> None:
        super().__init__(name or path.name, channel)
        self._path = path
        self._loop = loop
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def _open(self) -> None:
        file = open_sound(self._path)
        check_channel(self._channel, file.channels, self.name)
        block = max(1, round(BLOCK_S * file.samplerate))
        self._new_ring(file.samplerate, block)
        self.ended = False
        self._stopping.clear()
        self._thread = threading.Thread(target=self._play, args=(file, block), name="audio-file", daemon=True)
        self._thread.start()

    def _play(self, file: soundfile.SoundFile, block: int) -> None:
        started, frames = time.monotonic(), 0
        with file:
            while not self._stopping.is_set():
                # decoding in long pieces costs a fraction of decoding each block
                sound = file.read(BLOCKS_AT_ONCE * block, dtype="float32", always_2d=True)
                if len(sound) == 0 and not self._loop:
                    self.ended = True
                    return
                if len(sound) == 0:
                    file.seek(0)
                for start in range(0, len(sound), block):
                    piece = sound[start : start + block]
                    frames += len(piece)
                    # a block is there when its last sample has been played, as from a sound card
                    if self._stopping.wait(max(0.0, started + frames / file.samplerate - time.monotonic())):
                        return
                    self._deliver(piece)

    def _close(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join(timeout=2.0)


class DemoSource(FileSource):
    """The bundled demo take, again and again."""

    kind = "demo"

    def __init__(self) -> None:
        with resources.as_file(resources.files("edge") / "assets" / "demo.flac") as path:
            super().__init__(path, loop=True, name="demo take")


def open_sound(path: Path) -> soundfile.SoundFile:
    """Open a sound file for reading.

    Raises
    ------
    AudioError
        It does not exist, is no sound file, or holds no sound.
    """
    if not path.exists():
        raise AudioError(f"{path}: no such file; check the name")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, OSError, RuntimeError):
        raise AudioError(f"{path}: not a sound file that can be read; use WAV, FLAC, OGG, MP3 or AIFF") from None
    if file.frames == 0:
        file.close()
        raise AudioError(f"{path}: the file holds no sound; record it again")
    return file


def long_blocks(file: soundfile.SoundFile, path: Path) -> Iterator[Samples]:
    """Yield the rest of a file, as fast as it is asked for, in pieces of `LONG_BLOCK_S`, (frames, channels) float32.

    Raises
    ------
    AudioError
        The file is damaged from some point on.
    """
    frames = max(1, round(LONG_BLOCK_S * file.samplerate))
    while True:
        try:
            block = file.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            raise AudioError(f"{path}: damaged after {file.tell() / file.samplerate:.1f} s; save it again") from None
        if len(block) == 0:
            return
        yield block


def mono(block: Samples) -> Samples:
    """Mix (frames, channels) to (frames,); what is not a number counts as silence."""
    return np.asarray(np.nan_to_num(block).mean(axis=1, dtype=np.float32))


def check_channel(channel: int, channels: int, name: str) -> None:
    """Raise AudioError when `channel`, counted from 1, is not among a source's `channels`; 0 stands for all."""
    if channel > channels:
        raise AudioError(
            f"{name}: has {channels} channel{'s' * (channels > 1)}, not {channel}; set audio.channel to 0..{channels}"
        )
