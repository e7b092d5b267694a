"""Arrays that take long to compute and are kept: each is computed once for each version of the code behind it."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm


def kept(
    folder: Path | None,
    what: str,
    items: Mapping[str, Any],
    compute: Callable[[Any], NDArray[np.float64]],
    behind: tuple[ModuleType, ...],
    workers: int = 1,
) -> dict[str, NDArray[np.float64]]:
    """Return `compute(item)` for each item by its name, from `folder` where it has it.

    Parameters
    ----------
    folder : Path or None
        None keeps nothing.
    what : str
        Begins the file's name.
    behind : modules
        Whose source text decides: other text, other file.
    """
    text = "".join(inspect.getsource(module) for module in behind)
    path = folder and folder / f"{what}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.npz"
    known: dict[str, NDArray[np.float64]] = {}
    if path and path.is_file():
        with np.load(path) as z:
            known = {name: z[name] for name in z.files if name in items}
    missing = [name for name in items if name not in known]
    if not missing:
        return known
    with ProcessPoolExecutor(workers) as pool:
        computed = pool.map(compute, (items[name] for name in missing), chunksize=16)
        known |= dict(zip(missing, tqdm(computed, what, len(missing)), strict=True))
    if path:
        _add(path, {name: known[name] for name in missing})
    return known


def _add(path: Path, found: dict[str, NDArray[np.float64]]) -> None:
    held: dict[str, NDArray[np.float64]] = {}
    if path.is_file():
        with np.load(path) as z:
            held = dict(z)
    unfinished = path.with_name(f"{path.stem}.{np.random.default_rng().integers(1 << 32)}.npz")
    np.savez(unfinished, **(held | found))  # type: ignore[arg-type]
    unfinished.replace(path)
