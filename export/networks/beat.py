"""How regularly things happen: the autocorrelation of the onsets, which convolutions hardly learn.

Lags from the shortest to the longest beat that a foot can tap, as in the tempograms of Grosche, Müller & Kurth (ICASSP
2010), summed over some seconds of the past and divided by lag zero: one beat kept gives 1 at its lag at any tempo, and
onsets at chance times give little at all lags. Nothing in it is learned but the mix of the lags.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.features import FrontEndSettings

_SMOOTH_HOPS = 3  # onsets a hop apart are at the same time, as far as an ear can tell
_LEAST = 1e-6


class Beat(nn.Module):
    """Channels that say how periodic the onsets were.

    Parameters
    ----------
    out : int
        Channels.
    front_end : FrontEndSettings
    """

    shortest, longest = 10, 57  # hops, 0.23 and 1.32 s
    window = 43  # steps, 4 s

    def __init__(self, out: int, front_end: FrontEndSettings) -> None:
        super().__init__()
        self.hops, self.out = front_end.hops_per_step, out
        self.lags = self.longest - self.shortest + 1
        self.past_hops = self.longest + _SMOOTH_HOPS - 1
        self.mix = nn.Conv1d(self.lags + 2, out, 1, bias=False)
        self.norm = nn.BatchNorm1d(out)

    def states(self) -> dict[str, tuple[int, ...]]:
        return {"onsets": (self.past_hops,), "products": (self.lags + 1, self.window - 1)}

    @property
    def receptive_hops(self) -> int:
        """Hops of flux that one step of the output can depend on."""
        return self.window * self.hops + self.past_hops

    def forward(self, flux: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Take flux (batch, bands, hops); return (batch, channels, steps) and the next states."""
        following = {}
        onsets = torch.cat([states["onsets"], flux.float().mean(dim=1)], dim=1)
        following["onsets"] = onsets[:, onsets.shape[1] - self.past_hops :]
        smooth = functional.avg_pool1d(onsets, _SMOOTH_HOPS, 1)
        now = smooth[:, None, self.longest :]
        longest_first = torch.arange(self.lags)[:, None] + torch.arange(flux.shape[2])
        products = torch.cat([smooth[:, longest_first] * now, now * now], dim=1)
        seen = torch.cat([states["products"], functional.avg_pool1d(products, self.hops, self.hops)], dim=2)
        following["products"] = seen[..., seen.shape[2] - self.window + 1 :]
        summed = functional.avg_pool1d(seen, self.window, 1)
        share = summed[:, :-1] / (summed[:, -1:] + _LEAST)
        every = torch.cat([share, share.amax(dim=1, keepdim=True), share.mean(dim=1, keepdim=True)], dim=1)
        return torch.relu(self.norm(self.mix(every))), following
