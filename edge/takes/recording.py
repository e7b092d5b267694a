"""One take while it is written: FLAC as it comes, its steps beside it, both safe on the disk every second."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from edge.errors import TakesError
from edge.takes.steps import HEADER, Steps

Floats = NDArray[np.float32]

SOUND = "sound.flac"
PART = "sound.flac.part"
"""The name of a sound that is being written, or whose writing was cut off."""

STEPS = "steps"

SYNC_S = 1.0
"""Sound that a power cut can cost at most, beside what the encoder holds (a tenth of a second)."""

_WRITE_SAMPLES = 8192
_TROUBLES = (OSError, soundfile.LibsndfileError, RuntimeError, AssertionError)


class Recording:
    """Writes sound and steps into a folder that is there and empty.

    Raises
    ------
    TakesError
        From every method: the disk refuses. What was written until then stays.
    """

    def __init__(self, folder: Path, rate_hz: int, channels: int = 1) -> None:
        self._folder = folder
        self._rate_hz = rate_hz
        self.frames = 0
        self._synced = 0
        self._closing = contextlib.ExitStack()
        try:
            with contextlib.ExitStack() as stack:
                self._descriptor = os.open(folder / PART, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
                stack.callback(os.close, self._descriptor)
                self._steps = stack.enter_context(open(folder / STEPS, "xb", buffering=0))
                self._steps.write(HEADER)
                # 24 bits: a sound card's own where it has them; the unused bits of one with 16 take no room
                self._sound = stack.enter_context(
                    soundfile.SoundFile(
                        self._descriptor, "w", rate_hz, channels, "PCM_24", format="FLAC", closefd=False
                    )
                )
                sync_folder(folder)
                self._closing = stack.pop_all()
        except _TROUBLES as error:
            raise refused(error) from None

    @property
    def seconds(self) -> float:
        return self.frames / self._rate_hz

    def write(self, samples: Floats) -> None:
        """Append sound, (frames,) or (frames, channels), full scale ±1."""
        try:
            for start in range(0, len(samples), _WRITE_SAMPLES):
                self._sound.write(np.nan_to_num(samples[start : start + _WRITE_SAMPLES]))
            self.frames += len(samples)
            if self.frames - self._synced >= SYNC_S * self._rate_hz:
                self._sync()
        except _TROUBLES as error:
            raise refused(error) from None

    def write_silence(self, frames: int) -> None:
        """Let silence stand for sound that was lost, so that what comes after keeps its time."""
        while frames > 0:
            piece = min(frames, self._rate_hz)
            self.write(np.zeros(piece, np.float32))
            frames -= piece

    def write_steps(self, steps: Steps) -> None:
        """Append records, (n,), whose times are those of the take."""
        try:
            content = memoryview(np.ascontiguousarray(steps).tobytes())
            while content:
                content = content[self._steps.write(content) :]
        except OSError as error:
            raise refused(error) from None

    def finish(self) -> None:
        """Write the end of the file, and give it the name of a whole take once it is safe."""
        try:
            with self._closing:
                self._sound.close()
                os.fsync(self._descriptor)
                os.fsync(self._steps.fileno())
            os.rename(self._folder / PART, self._folder / SOUND)
            sync_folder(self._folder)
        except _TROUBLES as error:
            raise refused(error) from None

    def abandon(self) -> None:
        """Give up after an error; `edge.takes.repair` makes a take of what is there."""
        with contextlib.suppress(*_TROUBLES):
            self._closing.close()

    def _sync(self) -> None:
        self._sound.flush()
        os.fsync(self._descriptor)
        os.fsync(self._steps.fileno())
        self._synced = self.frames


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refused(error: BaseException) -> TakesError:
    """Return in words that the disk does not do what it should."""
    reason = getattr(error, "strerror", None) or str(error).strip() or "nothing more could be written"
    return TakesError(f"the disk refuses ({reason}); check it and the folder of the takes")
