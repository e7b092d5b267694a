"""Recordings through the same chain as live sound, as fast as the machine can."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edge.audio.file import long_blocks, mono, open_sound
from edge.audio.resample import Resampler
from edge.chain import Chain
from edge.config import Decision
from edge.model import Model
from edge.report import Analysis
from edge.types import EMOTIONS, Prediction

SCHEMA = 1


def analyze(
    path: Path,
    model: Model,
    settings: Decision,
    *,
    keep_sound: bool = False,
    progress: Callable[[int], None] = lambda frames: None,
) -> Analysis:
    """Analyse one sound file of any rate and any number of channels, mixed to mono.

    Parameters
    ----------
    progress : callable
        Told the number of frames done since it was last called.

    Raises
    ------
    AudioError
        The file cannot be read, or its end is damaged.
    """
    rate_hz = model.contract.front_end.rate_hz
    predictions: list[Prediction] = []
    sound: list[NDArray[np.float32]] = []
    with open_sound(path) as file:
        chain = Chain(model, settings, file.samplerate)
        resampler = Resampler(file.samplerate, rate_hz)
        for channels in long_blocks(file, path):
            block = mono(channels)
            predictions += chain.push(block)
            if keep_sound:
                sound.append(resampler.push(block))
            progress(len(block))
        predictions += chain.push(np.empty(0, np.float32), last=True)
        if keep_sound:
            sound.append(resampler.push(np.empty(0, np.float32), last=True))
    document = {
        "schema": SCHEMA,
        "file": str(path),
        "duration_s": round(chain.heard_s, 4),
        "model": model.describe(),
        "overall": overall(predictions),
        "predictions": [p.to_dict() for p in predictions],
    }
    return Analysis(document, np.concatenate(sound) if sound else np.empty(0, np.float32), rate_hz)


def overall(predictions: Iterable[Prediction]) -> dict[str, Any]:
    """Return label, probabilities and confidence of a whole recording: the mean over all moments with playing."""
    return mean_of([p.probabilities for p in predictions if p.state.is_playing])


def mean_of(played: ArrayLike) -> dict[str, Any]:
    """As `overall`, of the probabilities at the moments with playing, (n, 4)."""
    played = np.asarray(played, np.float64)
    if not len(played):
        even = round(1 / len(EMOTIONS), 6)
        return {"label": "", "probabilities": dict.fromkeys(EMOTIONS, even), "confidence": 0.0}
    mean = np.mean(played, axis=0)
    second, first = np.sort(mean)[-2:]
    return {
        "label": EMOTIONS[int(mean.argmax())],
        "probabilities": {e: round(float(p), 6) for e, p in zip(EMOTIONS, mean, strict=True)},
        "confidence": round(float(first - second), 6),
    }
