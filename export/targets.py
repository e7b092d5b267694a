"""The mid-level targets of every window of every take, computed once for each definition and kept."""

from __future__ import annotations

import hashlib
import inspect
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.features import FrontEndSettings, Steps
from edge.types import MID_LEVEL
from export import midlevel
from export.dataset import Take

_BRIGHTNESS = MID_LEVEL.index("brightness")

Raw = NDArray[np.float64]


def targets_of(takes: list[Take], settings: FrontEndSettings, cache: Path | None = None, workers: int = 1) -> list[Raw]:
    """Return the raw values of each take's windows, (windows, 11) each: `midlevel.WINDOW_S` from every whole second.

    What `cache` holds of the same definitions is not computed again.
    """
    version = hashlib.sha256(inspect.getsource(midlevel).encode()).hexdigest()[:8]
    path = cache and cache / f"targets-{version}.npz"
    known: dict[str, Raw] = {}
    if path and path.is_file():
        with np.load(path) as z:
            known = dict(z)
    missing = [t for t in takes if t.name not in known]
    if missing:
        with ProcessPoolExecutor(workers) as pool:
            found = pool.map(_of_take, missing, [settings] * len(missing), chunksize=16)
            known |= dict(
                zip((t.name for t in missing), tqdm(found, "targets", len(missing), leave=False), strict=True)
            )
    if path and missing:
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **known)
        unfinished.replace(path)
    return [known[t.name] for t in takes]


def _of_take(take: Take, settings: FrontEndSettings) -> Raw:
    last = int(take.notes.length_s - midlevel.WINDOW_S)
    raw = np.array([midlevel.of_notes(take.notes, s, s + midlevel.WINDOW_S) for s in range(max(0, last) + 1)])
    length = round(midlevel.WINDOW_S * settings.steps_per_second)
    for second, values in enumerate(raw):
        start = round(second * settings.steps_per_second)
        values[_BRIGHTNESS] = midlevel.brightness(_part(take.steps, slice(start, start + length)), settings)
    return raw


def _part(steps: Steps, part: slice) -> Steps:
    return Steps(steps.mel_db[part].astype(np.float32), steps.pitch_db[part], steps.level_dbfs[part])
