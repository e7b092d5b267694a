from __future__ import annotations

import numpy as np
import pytest
import torch

from edge.features import FrontEndSettings
from export.networks.beat import Beat

F = FrontEndSettings()
HOPS_PER_S = F.hops_per_step * F.steps_per_second


class Lags(torch.nn.Module):
    """Lets the shares through that `Beat` would mix."""

    def forward(self, shares: torch.Tensor) -> torch.Tensor:
        return shares


def shares(times_s: np.ndarray) -> torch.Tensor:
    """Return what reaches the mix in the last step of 12 s: each lag from the longest to the shortest, most, mean."""
    flux = torch.zeros(1, 16, 4 * round(12 * F.steps_per_second))
    flux[..., (times_s * HOPS_PER_S).astype(int)] = 1.0
    beat = Beat(4, F)
    beat.mix, beat.norm = Lags(), Lags()  # type: ignore[assignment]
    with torch.inference_mode():
        states = {name: torch.zeros(1, *shape) for name, shape in beat.states().items()}
        found: torch.Tensor = beat(flux, states)[0][0, :, -1]
    return found


@pytest.mark.parametrize("gap_s", [0.25, 0.5, 1.0])
def test_one_beat_kept_is_told_from_chance_at_any_tempo(gap_s: float) -> None:
    even = np.arange(0.1, 12, gap_s)
    gaps = np.diff(even) * np.exp(np.random.default_rng(0).normal(0, 0.6, len(even) - 1))
    uneven = 0.1 + np.cumsum(gaps) * 11.5 / gaps.sum()
    kept, chance = shares(even), shares(uneven)
    assert kept[-2] > 0.7 > 0.6 > chance[-2]
    lag_s = (Beat.longest - int(kept[:-2].argmax())) / HOPS_PER_S
    assert lag_s / gap_s == pytest.approx(max(1, round(lag_s / gap_s)), abs=0.1)


def test_silence_is_no_beat() -> None:
    assert shares(np.array([])).abs().max() == 0.0
