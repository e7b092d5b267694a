"""How much each part adds: a linear model of what the network says, fitted to mixtures of the parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain.request import EXACT_PARTS, Method
from edge.explain.sound.parts import Parts
from edge.explain.weights import masks as designs
from edge.explain.weights.estimate import OUTPUTS, Estimate, Masks, Matrix, outputs
from edge.explain.weights.fit import Prior, fit
from edge.explain.weights.perturbation import Perturbation

Floats = NDArray[np.float32]

# Chosen on real guitar for agreement with what 12,000 mixtures say.
_DECAY_S = 1.0
_ALIKE, _ALIKE_S = 0.6, 1.0  # correlation of the weights in one band, and how soon it fades
_NOISE = 0.3
_NO_NOISE = 1e-9
_HELD_OUT = (16, 24)  # mixtures at least and at most; else a quarter of those that are fitted
_AT_ONCE = 256
_POOL = 2  # steps that are fitted as one, for speed: nothing changes within 0.2 s


def estimates(perturbation: Perturbation, method: Method, samples: int, seed: int) -> Iterator[Estimate]:
    """Yield better and better estimates until `samples` mixtures were run; the last is the best.

    Raises
    ------
    ExplainError
        For the method "exact", when there are too many parts for all mixtures.
    """
    if method == "lime":
        from edge.explain.weights.lime_reference import lime_estimate

        yield lime_estimate(perturbation, samples, seed)
        return
    count = len(perturbation.parts)
    masks = _masks(perturbation.parts, method, samples, seed)
    if method == "local":
        pool, expected = _POOL, prior(perturbation)
        expected = replace(expected, variance=_pooled(expected.variance, pool, axis=0))
    else:
        pool, expected = perturbation.steps, Prior.flat(count, _NO_NOISE if method == "exact" else _NOISE)
    said: list[Floats] = []
    check = None
    for first, last in designs.rounds(len(masks)):
        said += _said(perturbation, masks[first:last], pool)
        done = np.concatenate(said)
        found = fit(masks[:last], done, expected)
        errors = found.errors
        if method == "exact":
            check = masks[:last], done[:, 0]
            if last == len(masks):
                errors = np.zeros_like(errors)  # nothing is left to chance: all there is was run
        elif check is None and (first > 0 or last == len(masks)):  # the first answer does not wait for it
            unseen = designs.random_masks(int(np.clip(len(masks) // 4, *_HELD_OUT)), count, seed + 1)
            check = unseen, np.concatenate(_said(perturbation, unseen, perturbation.steps))[:, 0]
        r2 = found.r2(*check) if check else np.full(len(OUTPUTS), np.nan)
        yield Estimate(found.weights, errors, r2, masks[:last], perturbation.emotion_weights)


def _masks(parts: Parts, method: Method, samples: int, seed: int) -> Masks:
    if method == "local":
        return designs.locally_orthogonal(samples, parts.parts, seed)
    if method == "hadamard":
        return designs.paired_hadamard(samples, len(parts), seed)
    if len(parts) > EXACT_PARTS:
        raise ExplainError(
            f"method exact: {len(parts)} parts are too many to run all mixtures; at most {EXACT_PARTS}, as in the "
            "musical segments or the sources by parts"
        )
    return np.random.default_rng(seed).permutation(designs.all_masks(len(parts)))


def _said(perturbation: Perturbation, masks: Masks, pool: int) -> list[Floats]:
    """Return `outputs` of a few mixtures at a time, every `pool` steps made one: all of them would fill the memory."""
    few = [masks[k : k + _AT_ONCE] for k in range(0, len(masks), _AT_ONCE)]
    return [_pooled(outputs(perturbation, some), pool, axis=1).astype(np.float32) for some in few]


def _pooled(of_steps: Matrix, pool: int, axis: int) -> Matrix:
    """Return `of_steps` with every `pool` steps along `axis` made one, such that the mean over all stays the same."""
    steps = of_steps.shape[axis]
    starts = np.arange(0, steps, pool)
    return np.asarray(np.add.reduceat(of_steps, starts, axis) * (len(starts) / steps))


def prior(perturbation: Perturbation) -> Prior:
    """Return what is expected of the weights of a perturbation's parts.

    A step hears a part the better the more of it has sounded, and it matters the less the longer ago it was. What a
    part does is likely to be done by the sound in the same band shortly before and after it, too.
    """
    parts = perturbation.parts.parts
    begin_s, end_s = np.array([(p.t0_s, p.t1_s) for p in parts]).T
    step_ends_s = perturbation.step_ends_s[:, None]
    ago_s = np.maximum(0.0, step_ends_s - end_s)
    sounded = np.clip((step_ends_s - begin_s) / np.minimum(end_s - begin_s, _DECAY_S), 0.0, 1.0)
    variance = np.where(ago_s < perturbation.memory_s, np.square(sounded) * np.exp(-ago_s / _DECAY_S), 0.0)
    low, high = _mel(np.array([(p.f0_hz, p.f1_hz) for p in parts])).T
    shared = np.maximum(0.0, np.minimum(high[:, None], high) - np.maximum(low[:, None], low))
    overlap = shared / (np.maximum(high[:, None], high) - np.minimum(low[:, None], low))
    middle_s = (begin_s + end_s) / 2
    correlation = _ALIKE * overlap * np.exp(-np.abs(middle_s[:, None] - middle_s) / _ALIKE_S)
    np.fill_diagonal(correlation, 1.0)
    return Prior(variance, correlation, _NOISE)


def _mel(hz: Matrix) -> Matrix:
    """Return O'Shaughnessy's mel scale (1987)."""
    return np.asarray(1127.0 * np.log1p(hz / 700.0))
