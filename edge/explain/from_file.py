"""A moment of a recording, heard exactly as `affetto analyze` and the live service hear it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.audio.file import LONG_BLOCK_S, long_blocks, mono, open_sound
from edge.audio.resample import Resampler
from edge.chain import Chain
from edge.config import Decision
from edge.errors import AudioError, ExplainError
from edge.explain.effects import Boxes, effects_of_takes
from edge.history import Excerpt, History
from edge.model import Model
from edge.types import MID_LEVEL, Prediction

Floats = NDArray[np.float32]

STRINGS = 6
"""Channels of a hexaphonic pickup's recording."""


def excerpt_of_file(
    path: Path,
    time_s: float,
    model: Model,
    settings: Decision,
    progress: Callable[[int], None] = lambda frames: None,
) -> tuple[Excerpt, Floats | None]:
    """Play a file through the chain, and return the sound behind the prediction at `time_s`.

    The whole file is played, since what is usual for the player is that of the whole take.

    Parameters
    ----------
    path : Path
    time_s : float
        Seconds of the recording.
    model : Model
    settings : Decision
    progress : callable
        Told the number of frames done since it was last called.

    Returns
    -------
    excerpt : Excerpt
    channels : (6, samples) float32 or None
        Those of a file with six channels, beside the excerpt's sound.

    Raises
    ------
    AudioError
        The file cannot be read, is damaged, or holds what is not a number.
    ExplainError
        The moment is outside the file, or nobody plays then.
    """
    front_end = model.contract.front_end
    with open_sound(path) as file:
        length_s = file.frames / file.samplerate
        if not 0.0 <= time_s <= length_s:
            raise _outside(path, time_s, length_s)
        # an excerpt is cut when the block that holds its end has been played
        kept_s = settings.window_s + 2 * LONG_BLOCK_S
        history = History(kept_s, front_end, model.contract.receptive_steps)
        chain = Chain(model, settings, file.samplerate, history)
        strings = None
        if file.channels == STRINGS:
            context_s = (model.contract.receptive_steps * front_end.step + front_end.pitch_frame) / front_end.rate_hz
            strings = _Strings(file.samplerate, front_end.rate_hz, round((kept_s + context_s) * front_end.rate_hz))
        usual: list[tuple[float, ...]] = []
        found: Excerpt | None = None
        for block in long_blocks(file, path):
            _check(block, chain.heard_s, file.samplerate, path)
            usual += _played(chain.push(mono(block)))
            if found is None:
                if strings:
                    strings.push(block)
                # once a later step is known, the nearest one is
                if history.span_s[1] >= time_s:
                    found = _moment(history, time_s, path)
            progress(len(block))
        usual += _played(chain.push(np.empty(0, np.float32), last=True))
        if found is None:
            if strings:
                strings.push(np.empty((0, STRINGS), np.float32), last=True)
            found = _moment(history, time_s, path)
    excerpt = replace(found, usual=_rows(usual))
    return excerpt, strings.beside(excerpt) if strings else None


def usual_of_file(
    path: Path, model: Model, settings: Decision, progress: Callable[[int], None] = lambda frames: None
) -> Floats:
    """Return the mid-level values at all moments of a file at which somebody plays, (n, 11)."""
    usual: list[tuple[float, ...]] = []
    with open_sound(path) as file:
        chain = Chain(model, settings, file.samplerate)
        for block in long_blocks(file, path):
            usual += _played(chain.push(mono(block)))
            progress(len(block))
        usual += _played(chain.push(np.empty(0, np.float32), last=True))
    return _rows(usual)


def effects_of_files(paths: Iterable[Path], model: Model, settings: Decision) -> Boxes:
    """Return how the effects are distributed over a corpus of recordings, each by its mean."""
    return effects_of_takes(model, [usual_of_file(path, model, settings) for path in paths])


class _Strings:
    """Six channels at the front end's rate, as far back as an excerpt can reach."""

    def __init__(self, rate_in_hz: int, rate_out_hz: int, keep: int) -> None:
        self._resamplers = [Resampler(rate_in_hz, rate_out_hz) for _ in range(STRINGS)]
        self._rate_hz = rate_out_hz
        self._keep = keep
        self._end = 0
        self._kept = np.empty((STRINGS, 0), np.float32)

    def push(self, block: Floats, *, last: bool = False) -> None:
        channels = np.ascontiguousarray(block.T)
        new = np.stack([r.push(c, last=last) for r, c in zip(self._resamplers, channels, strict=True)])
        self._end += new.shape[1]
        self._kept = np.concatenate([self._kept, new], axis=1)[:, -self._keep :]

    def beside(self, excerpt: Excerpt) -> Floats:
        newest = self._kept.shape[1] - self._end + round(excerpt.end_s * self._rate_hz)
        return np.ascontiguousarray(self._kept[:, newest - len(excerpt.sound) : newest])


def _moment(history: History, time_s: float, path: Path) -> Excerpt:
    newest_s = history.span_s[1]
    if newest_s == 0.0:
        raise ExplainError(f"{path}: too short to hear anything in; record a second at least")
    try:
        return history.excerpt(min(time_s, newest_s))  # the end may not fill a step
    except ExplainError as error:
        raise ExplainError(f"{path}: {error}") from None


def _outside(path: Path, time_s: float, length_s: float) -> ExplainError:
    # rounded down, so that the time it names can be taken
    return ExplainError(
        f"{path}: there is no sound at {time_s:g} s; choose a time from 0 to {np.floor(length_s * 100) / 100:g} s"
    )


def _check(block: Floats, begin_s: float, rate_hz: int, path: Path) -> None:
    wrong = ~np.isfinite(block).all(axis=1)
    if wrong.any():
        at_s = begin_s + wrong.argmax() / rate_hz
        raise AudioError(f"{path}: holds what is not a number at {at_s:.2f} s; save it again from where it was made")


def _played(predictions: list[Prediction]) -> list[tuple[float, ...]]:
    return [p.mid_level for p in predictions if p.state.is_playing]


def _rows(values: list[tuple[float, ...]]) -> Floats:
    return np.array(values, np.float32).reshape(-1, len(MID_LEVEL))
