"""Which mixtures of the parts the network is shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.parts import Part

Masks = NDArray[np.bool_]

FIRST_ROUND = 32


def rounds(samples: int) -> Iterator[tuple[int, int]]:
    """Yield the masks of each round, first and behind last: 32, and then as many again each time."""
    first, last = 0, min(FIRST_ROUND, samples)
    while first < samples:
        yield first, last
        first, last = last, min(2 * last, samples)


def random_masks(count: int, parts: int, seed: int) -> Masks:
    """Return (count, parts) masks in which each part sounds with a chance of one half, as LIME draws them."""
    return np.random.default_rng(seed).random((count, parts)) < 0.5


def all_masks(parts: int) -> Masks:
    """Return all 2^parts masks."""
    return (np.arange(2**parts)[:, None] >> np.arange(parts) & 1).astype(bool)


def paired_hadamard(count: int, parts: int, seed: int) -> Masks:
    """Return (count, parts) masks of a Hadamard matrix, each followed by its complement: a fold-over design.

    Once there are twice as many masks as columns, all parts are orthogonal, and no interaction of two parts falsifies
    the weight of one (Plackett & Burman 1946; Box & Wilson 1951). Parts get rows, columns and signs at random.
    """
    rng = np.random.default_rng(seed)
    matrix = hadamard(_power_of_two(parts)) > 0
    blocks: list[Masks] = []
    while sum(len(b) for b in blocks) < count:
        rows, columns = rng.permutation(len(matrix)), rng.permutation(len(matrix))[:parts]
        blocks.append(_with_complements(matrix[rows][:, columns]))
    return np.concatenate(blocks)[:count]


def locally_orthogonal(count: int, parts: tuple[Part, ...], seed: int) -> Masks:
    """Return (count, parts) masks in which parts that sound near each other in time are orthogonal.

    A network that hears a few seconds back never hears parts together that lie further apart. So columns of a Hadamard
    matrix are dealt out in the order of time, and again when they are used up: of 32 columns for fewer than 128 masks,
    else of 64. Each mask is followed by its complement. After the whole matrix, columns and signs are dealt anew.
    """
    rng = np.random.default_rng(seed)
    in_time = sorted(range(len(parts)), key=lambda k: (parts[k].t0_s + parts[k].t1_s, parts[k].f0_hz))
    order = 32 if count < 128 else 64
    matrix = hadamard(order) > 0
    blocks: list[Masks] = []
    while sum(len(b) for b in blocks) < count:
        columns = np.empty(len(parts), np.intp)
        # at random: neighbouring columns of this matrix are products of each other, as interactions are
        columns[in_time] = np.resize(rng.permutation(order), len(parts))
        signs = rng.random(len(parts)) < 0.5
        blocks.append(_with_complements(matrix[:, columns] ^ signs))
    return np.concatenate(blocks)[:count]


def hadamard(order: int) -> NDArray[np.int8]:
    """Return Sylvester's Hadamard matrix of an order that is a power of two."""
    matrix = np.ones((1, 1), np.int8)
    while len(matrix) < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _with_complements(half: Masks) -> Masks:
    return np.stack([half, ~half], axis=1).reshape(-1, half.shape[1])


def _power_of_two(least: int) -> int:
    return 1 << max(0, least - 1).bit_length()
