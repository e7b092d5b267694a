"""What was heard at each step of a take: records of a fixed size, one after the other, so that a cut loses the last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import TakesError
from edge.types import EMOTIONS, MID_LEVEL, Prediction, TrustState

Steps = NDArray[np.void]

HEADER = b"affetto steps 1\n"
COLUMNS = 60
"""Of a thumbnail."""

STATES = tuple(TrustState)
_PLAYED = [k for k, state in enumerate(STATES) if state.is_playing]

STEP = np.dtype(
    [
        ("time_s", "<f8"),  # of the newest sound it speaks of, in seconds of the take
        ("state", "u1"),  # index in STATES
        ("label", "i1"),  # index in EMOTIONS, or -1
        ("clipped", "u1"),
        ("reserved", "u1"),
        ("window_steps", "<u4"),  # so many newest steps it is the mean of; 0 while nobody plays
        ("reference_dbfs", "<f4"),
        ("level_dbfs", "<f4"),
        ("confidence", "<f4"),
        ("valence", "<f4"),
        ("arousal", "<f4"),
        ("probabilities", "<f4", (len(EMOTIONS),)),
        ("mid_level", "<f4", (len(MID_LEVEL),)),
        ("effects", "<f4", (len(EMOTIONS), len(MID_LEVEL))),
    ]
)
"""One step. The effects are kept, not computed again: another model may be there when somebody looks."""


def put(row: Steps, prediction: Prediction, reference_dbfs: float, window_steps: int) -> None:
    """Write a prediction into one record, a view of shape ()."""
    row[()] = (
        prediction.time_s,
        STATES.index(prediction.state),
        EMOTIONS.index(prediction.label) if prediction.label else -1,
        prediction.clipped,
        0,
        window_steps,
        reference_dbfs,
        prediction.level_dbfs,
        prediction.confidence,
        prediction.valence,
        prediction.arousal,
        prediction.probabilities,
        prediction.mid_level,
        prediction.effects,
    )


def records(predictions: list[Prediction], reference_dbfs: NDArray[np.float32], windows: NDArray[np.int32]) -> Steps:
    """Return predictions as records, (n,)."""
    rows = np.zeros(len(predictions), STEP)
    for k, prediction in enumerate(predictions):
        put(rows[k : k + 1].reshape(()), prediction, float(reference_dbfs[k]), int(windows[k]))
    return rows


def predictions_of(steps: Steps) -> Iterator[Prediction]:
    """Yield the records as predictions."""
    for row in steps:
        yield Prediction(
            time_s=float(row["time_s"]),
            state=STATES[row["state"]],
            label=EMOTIONS[row["label"]] if row["label"] >= 0 else "",
            confidence=float(row["confidence"]),
            probabilities=tuple(row["probabilities"].tolist()),
            valence=float(row["valence"]),
            arousal=float(row["arousal"]),
            mid_level=tuple(row["mid_level"].tolist()),
            effects=tuple(map(tuple, row["effects"].tolist())),
            level_dbfs=float(row["level_dbfs"]),
            clipped=bool(row["clipped"]),
        )


def read_steps(path: Path) -> Steps:
    """Return the records of a file up to the first that is damaged; a missing file holds none.

    Raises
    ------
    TakesError
        It cannot be read, or is none of ours.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return np.empty(0, STEP)
    except OSError as error:
        raise TakesError(f"{path.name}: cannot be read ({error.strerror}); check the disk") from None
    if not content.startswith(HEADER):
        return np.empty(0, STEP)
    whole = (len(content) - len(HEADER)) // STEP.itemsize
    steps = np.frombuffer(content, STEP, whole, len(HEADER))
    return steps[: _sound(steps)]


def _sound(steps: Steps) -> int:
    """Return how many records from the first on are what somebody wrote: a power cut can leave zeros or garbage."""
    effects = steps["effects"].reshape(len(steps), len(EMOTIONS) * len(MID_LEVEL))
    numbers = np.concatenate([steps["probabilities"], steps["mid_level"], effects], 1)
    good = (
        (np.diff(steps["time_s"], prepend=0.0) > 0)
        & (steps["state"] < len(STATES))
        & (steps["label"] >= -1)
        & (steps["label"] < len(EMOTIONS))
        & np.isfinite(numbers).all(1)
    )
    return len(steps) if good.all() else int(good.argmin())


def played(steps: Steps) -> NDArray[np.bool_]:
    """Return at which steps somebody plays, (n,)."""
    return np.asarray(np.isin(steps["state"], _PLAYED))


def timeline(steps: Steps, duration_s: float, columns: int = COLUMNS) -> dict[str, Any]:
    """Return a thumbnail: for columns of equal length the leading emotion and the four mean probabilities.

    Returns
    -------
    dict
        `column_s`; `labels`, an index in `EMOTIONS` for each column or -1 where nobody plays; `percent`, four
        whole numbers for each column, in the order of `EMOTIONS`.
    """
    columns = max(1, min(columns, len(steps)))
    labels, percent = [], []
    at = np.minimum((steps["time_s"] / max(duration_s, 1e-9) * columns).astype(int), columns - 1)
    at = np.where(steps["time_s"] >= duration_s, columns - 1, at)
    heard = played(steps)
    for column in range(columns):
        mine = steps["probabilities"][(at == column) & heard]
        mean = mine.mean(0) if len(mine) else np.zeros(len(EMOTIONS))
        labels.append(int(mean.argmax()) if len(mine) else -1)
        percent.append([round(100 * p) for p in mean.tolist()])
    return {"column_s": round(duration_s / columns, 4), "labels": labels, "percent": percent}
