"""A group against the others: what differs that is not the music, and how surely, song by song.

Takes of one song are not independent, so the bootstrap draws whole songs (the cluster bootstrap of Davison & Hinkley,
"Bootstrap Methods and their Application", 1997, section 3.8). Where the others play the same pieces, only these
are compared, and in the same numbers: then every difference is the group's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.dataset import Take

_RESAMPLES = 10_000
_LEVEL = 0.95
FEWEST_SONGS = 5
"""Of a group with fewer nothing is said: resampling so few songs gives no interval worth the name."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which takes are compared with which.

    Attributes
    ----------
    inside, outside : (n,) float
        Weights of the takes in the group and of the others.
    song : (n,) int
    matched : bool
        Both sides play the same pieces.
    """

    inside: Values
    outside: Values
    song: NDArray[np.int_]
    matched: bool

    @classmethod
    def of(cls, takes: list[Take], inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> Pairing:
        """Pair the takes of a group with the others, piece by piece where at least half of its takes allow it."""
        song = np.unique([t.piece.song for t in takes], return_inverse=True)[1]
        piece = np.unique([t.piece.name for t in takes], return_inverse=True)[1]
        ours, theirs = np.bincount(piece, inside), np.bincount(piece, outside)
        both = (ours > 0) & (theirs > 0)
        if ours[both].sum() < 0.5 * ours.sum():
            return cls(inside.astype(float), outside.astype(float), song, matched=False)
        # each of the group's takes of a piece is set against the mean of the others' takes of it
        share = np.divide(ours, theirs, out=np.zeros_like(ours), where=both)
        return cls((inside & both[piece]).astype(float), outside.astype(float) * share[piece], song, matched=True)

    @property
    def songs(self) -> int:
        """How many songs the group's side has."""
        return len(np.unique(self.song[self.inside > 0]))

    def contrast(self, values: Values, seed: int = 0) -> Contrast:
        """Return the mean of `values`, (n, k), in the group less that of the others, with its bootstrap."""
        of_song = np.zeros((self.song.max() + 1, 2 * values.shape[1] + 2))
        columns = [*(w[:, None] * values for w in (self.inside, self.outside)), self.inside, self.outside]
        np.add.at(of_song, self.song, np.column_stack(columns))
        of_song = of_song[of_song[:, -2:].any(axis=1)]
        n = len(of_song)
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), _RESAMPLES).astype(float)
        return Contrast(_difference(of_song.sum(axis=0)), _difference(drawn @ of_song))


def _difference(sums: Values) -> Values:
    """Return the difference of two weighted means from (…, 2 k + 2): k sums of each side, then its weights."""
    k = sums.shape[-1] // 2 - 1
    with np.errstate(invalid="ignore"):  # a resample may lack one side altogether; it is left out of the quantiles
        return np.asarray(sums[..., :k] / sums[..., -2:-1] - sums[..., k : 2 * k] / sums[..., -1:])


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference of means, (k,), and how it comes out when songs are drawn anew, (resamples, k)."""

    value: Values
    resampled: Values

    def rows(self, comparisons: int = 1) -> list[dict[str, Any]]:
        """Return each difference with its 95 % interval.

        It is `clear` if 0 lies outside of the interval that is as wide as so many comparisons ask (Bonferroni): of
        twenty models without bias, one at most has any clear difference by chance.
        """
        tail = (1.0 - _LEVEL) / 2
        low, high = np.nanquantile(self.resampled, (tail, 1.0 - tail), axis=0)
        sure_low, sure_high = np.nanquantile(self.resampled, (tail / comparisons, 1.0 - tail / comparisons), axis=0)
        return [
            {
                "value": round(float(v), 4),
                "low": round(float(a), 4),
                "high": round(float(b), 4),
                "clear": bool(c > 0.0 or d < 0.0),
            }
            for v, a, b, c, d in zip(self.value, low, high, sure_low, sure_high, strict=True)
        ]
