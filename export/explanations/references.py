"""What very many random mixtures say: the yardstick for estimates from few."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import OUTPUTS, outputs
from edge.explain.weights.masks import all_masks, random_masks
from edge.explain.weights.perturbation import Perturbation
from edge.model import Model
from export.explanations.metrics import r2

_CHUNK = 2500  # mixtures between two savings
_SEED = 1_000_000  # far from those of the estimates

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reference:
    """Least-squares weights of random mixtures in which every second part sounds.

    Attributes
    ----------
    weights : (parts, 15) float64
        Of `OUTPUTS`.
    halves : (2, parts, 15) float64
        Of every other mixture: how far they agree bounds how far anything can agree with `weights`.
    r2 : (15,) float64
        What the weights of one half explain of the variance of the other.
    calls : int
    """

    weights: Matrix
    halves: Matrix
    r2: Matrix
    calls: int


def reference(
    model: Model, spectrogram: Spectrogram, parts: Parts, perturbation: Perturbation, calls: int, folder: Path
) -> Reference:
    """Run the mixtures, or those that an interrupted run left, and fit; what was said is kept in `folder`.

    Where there are no more mixtures than `calls`, as of twelve parts, all are run.
    """
    if 2 ** len(parts) <= calls:
        masks = all_masks(len(parts))
        # in no order: of halves of all in order, one would lack the first part
        masks = np.random.default_rng(_SEED).permutation(masks)
        return fitted(masks, outputs(perturbation, masks).mean(axis=1))
    path = folder / f"{_key(model, spectrogram, parts)}.npz"
    said = _kept(path)[:calls]
    while len(said) < calls:
        masks = _masks(len(said) // _CHUNK, len(parts))
        new = outputs(perturbation, masks).mean(axis=1).astype(np.float32)
        said = np.concatenate([said, new])
        _keep(path, said)
        said = said[:calls]
    masks = np.concatenate([_masks(k, len(parts)) for k in range(-(-calls // _CHUNK))])[:calls]
    return fitted(masks, said)


def fitted(masks: NDArray[np.bool_], said: NDArray[np.floating]) -> Reference:
    """Return the least-squares fit of what was said, (n, 15), of mixtures, (n, parts)."""
    halves = np.stack([least_squares(masks[k::2], said[k::2]) for k in range(2)])
    return Reference(least_squares(masks, said), halves, r2(halves[0], masks[1::2], said[1::2]), len(masks))


def least_squares(masks: NDArray[np.bool_], said: NDArray[np.floating]) -> Matrix:
    """Return the weights, (parts, outputs), of a linear model with a constant."""
    x = masks - masks.mean(axis=0)
    y = np.asarray(said, np.float64) - said.mean(axis=0, dtype=np.float64)
    return np.asarray(np.linalg.lstsq(x, y, rcond=None)[0])


def _masks(chunk: int, parts: int) -> NDArray[np.bool_]:
    return random_masks(_CHUNK, parts, _SEED + chunk)


def _key(model: Model, spectrogram: Spectrogram, parts: Parts) -> str:
    """Return a name that changes with anything that the mixtures' answers depend on."""
    excerpt = spectrogram.excerpt
    division = parts.labels if parts.labels is not None else parts.shares
    assert division is not None
    said = hashlib.sha256(model.path.read_bytes())
    for array in (excerpt.sound, excerpt.reference_dbfs, division, np.array([QUIET_DB, excerpt.window_steps])):
        said.update(np.ascontiguousarray(array).tobytes())
    return said.hexdigest()[:20]


def _kept(path: Path) -> NDArray[np.float32]:
    if not path.is_file():
        return np.empty((0, len(OUTPUTS)), np.float32)
    with np.load(path) as z:
        return np.asarray(z["said"])


def _keep(path: Path, said: NDArray[np.float32]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, said=said)
    unfinished.replace(path)
