"""What training and evaluation ask of a network, whichever it is."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from torch import Tensor, nn


class Judgement(NamedTuple):
    """What a network says of windows.

    Attributes
    ----------
    logits : (batch, 4) Tensor
        Of the emotions, in the order of `edge.types.EMOTIONS`.
    mid_level : (batch, 11) Tensor or None
        In standard deviations, in the order of `edge.types.MID_LEVEL`; NaN where the network has no such unit; None
        where it has none at all.
    """

    logits: Tensor
    mid_level: Tensor | None


class Network(nn.Module):
    """A network that hears windows of the front end's features.

    Attributes
    ----------
    window_s : float
        Length of the windows it is trained on, in seconds.
    warm_up_steps : int
        Steps before a window that it may look at without judging them.
    """

    window_s: ClassVar[float] = 8.0
    warm_up_steps: ClassVar[int] = 0

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        """Judge music of any length, at least `window_s` and the warm-up: longer music by the mean of its windows.

        Parameters
        ----------
        mel : (batch, steps, hops_per_step, mel_bands)
        pitch : (batch, steps, pitch_bins)
        """
        raise NotImplementedError

    def judge_window(self, mel: Tensor, pitch: Tensor) -> Judgement:
        """Judge windows that `warm_up_steps` precede."""
        return self.judge(mel, pitch)
