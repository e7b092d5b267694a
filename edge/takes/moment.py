"""A moment of a take as the network heard it then: from its sound and its steps, without analysing anything again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from edge.audio.file import mono, open_sound
from edge.audio.resample import Resampler
from edge.errors import AudioError, ExplainError, TakesError
from edge.features import FrontEndSettings
from edge.history import Excerpt
from edge.takes.recording import SOUND, STEPS
from edge.takes.steps import played, read_steps

_MARGIN_S = 0.1  # what a resampler needs before and after


def excerpt_of_take(folder: Path, time_s: float, front_end: FrontEndSettings, receptive_steps: int) -> Excerpt:
    """Return the sound behind the prediction at a moment of a take, as `History.excerpt` does.

    Parameters
    ----------
    folder : Path
        Of the take.
    time_s : float
        Seconds of the take; the nearest step counts.
    front_end : FrontEndSettings
    receptive_steps : int
        Steps that one step's evidence depends on.

    Raises
    ------
    ExplainError
        Nobody plays then, or there is no such moment.
    TakesError
        The take is damaged.
    """
    steps = read_steps(folder / STEPS)
    times = steps["time_s"]
    if not len(steps) or not -_MARGIN_S <= time_s <= times[-1] + 1.0 / front_end.steps_per_second:
        longest_s = times[-1] if len(steps) else 0.0
        raise ExplainError(f"there is no sound at {time_s:g} s; choose a time from 0 to {longest_s:.1f} s")
    newest = int(np.abs(times - time_s).argmin())
    # where the take begins in the middle of a step, or sound is missing, what comes before is another stretch
    step_s = 1.0 / front_end.steps_per_second
    whole = np.flatnonzero(np.abs(np.diff(times[: newest + 1]) - step_s) > step_s / 2)
    begin = int(whole[-1]) + 1 if len(whole) else 0
    if times[begin] < step_s - 1e-6:
        begin += 1
    window = int(steps["window_steps"][newest])
    if window == 0 or begin > newest:
        raise ExplainError(f"nobody plays at {time_s:.1f} s; choose a moment with sound")
    first = max(begin, newest + 1 - window - front_end.context_steps(receptive_steps))
    count = newest + 1 - first
    return Excerpt(
        _sound(folder / SOUND, float(times[newest]), count * front_end.step, front_end.rate_hz),
        np.ascontiguousarray(steps["reference_dbfs"][first : newest + 1]),
        min(window, count),
        float(times[newest]),
        np.ascontiguousarray(steps["mid_level"][played(steps)]),
    )


def _sound(path: Path, end_s: float, samples: int, rate_hz: int) -> NDArray[np.float32]:
    """Return so many samples, mixed to mono, that end at `end_s`; silence where the file has none."""
    begin_s = end_s - samples / rate_hz
    try:
        with open_sound(path) as file:
            first = max(0, round((begin_s - _MARGIN_S) * file.samplerate))
            file.seek(first)
            frames = min(round((end_s + _MARGIN_S) * file.samplerate), file.frames) - first
            sound = mono(file.read(frames, dtype="float32", always_2d=True))
            source_hz = file.samplerate
    except (AudioError, soundfile.LibsndfileError, RuntimeError):
        raise TakesError("the sound of this take is damaged there") from None
    heard = Resampler(source_hz, rate_hz).push(sound, last=True)
    skipped = round((begin_s - first / source_hz) * rate_hz)
    out = np.zeros(samples, np.float32)
    begin = max(0, -skipped)
    piece = heard[max(0, skipped) : max(0, skipped) + samples - begin]
    out[begin : begin + len(piece)] = piece
    return out
