"""The network: evidence for eleven musical qualities at every step, their mean, one linear layer to four emotions.

Everything before the mean is causal in time and local, so that one set of weights serves as a window form (states of
zeros, all steps at once) and as a streaming form (states carried over, a few steps at a time): they agree, whatever the
split. A state of zeros is what left zero-padding would be.

    mel    ─ 16 bands + 16 fluxes ─ causal convolutions over hops ─ 4 hops to a step ─ dilated convolutions ─┐
    pitch  ─ whitened ─ semitones ─ 12 pitch classes ─ circular convolutions ─ max and mean over the twelve ─┼─ evidence
    fluxes ─ one onset strength ─ autocorrelation of some seconds, at the lags of a beat (`Beat`) ───────────┘

The pitch branch treats all twelve transpositions alike by construction, as in the transposition-equivariant networks of
Lattner et al. (ISMIR 2019): which intervals sound together matters, not in which key.

All qualities are told of the beat but the performer's cues: these are what they are at any pace, and note density, told
of the beat, learned what mostly goes with one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.features import FrontEndSettings
from edge.types import EMOTIONS, MID_LEVEL, PERFORMER_CUES
from export.networks.base import Judgement, Network
from export.networks.beat import Beat


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Sizes of the layers.

    Attributes
    ----------
    layer : tuple of str
        The units between music and emotions, names of `MID_LEVEL`; empty: evidence for the emotions themselves.
    beat_channels : int
        Of `Beat`; 0 leaves it out.
    """

    layer: tuple[str, ...] = MID_LEVEL

    rhythm_channels: int = 48
    rhythm_dilations: tuple[int, ...] = (1, 3, 9)
    octave_maps: int = 4
    pitch_channels: tuple[int, int] = (32, 48)
    harmony_dilations: tuple[int, int, int] = (1, 3, 7)  # 39 steps, 3.6 s: a change of chord and what it came from
    harmony_channels: int = 64
    beat_channels: int = 24
    joint_channels: int = 96
    dropout: float = 0.2


class CausalConv(nn.Module):
    """Convolution over the last axis that sees the past alone; what it will need again is its state.

    Input (batch, channels, [pitch,] time); the kernel covers `kernel` values of time, `dilation` apart.
    """

    def __init__(self, channels: int, out: int, kernel: int, dilation: int = 1, pitch_kernel: int = 0) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation
        self.pitch_kernel = pitch_kernel
        if pitch_kernel:
            self.conv: nn.Module = nn.Conv2d(channels, out, (pitch_kernel, kernel), dilation=(1, dilation), bias=False)
            self.norm: nn.Module = nn.BatchNorm2d(out)
            self.state_shape: tuple[int, ...] = (channels, 12, self.past)
        else:
            self.conv = nn.Conv1d(channels, out, kernel, dilation=dilation, bias=False)
            self.norm = nn.BatchNorm1d(out)
            self.state_shape = (channels, self.past)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the output, as long as `x`, and the next state."""
        seen = torch.cat([state.to(x.dtype), x], dim=-1)  # x may be of lower precision in training
        following = seen[..., seen.shape[-1] - self.past :]
        if self.pitch_kernel:  # pitch classes are a circle
            seen = torch.cat([seen, seen[:, :, : self.pitch_kernel - 1]], dim=2)
        return torch.relu(self.norm(self.conv(seen))), following


class Rhythm(nn.Module):
    """When things happen, how loud and how bright."""

    bands = 16

    def __init__(self, s: NetworkSettings, front_end: FrontEndSettings) -> None:
        super().__init__()
        self.hops, self.out = front_end.hops_per_step, s.rhythm_channels
        self.pool = front_end.mel_bands // self.bands
        self.onset = CausalConv(2 * self.bands, s.rhythm_channels, 8)
        self.to_steps = nn.Conv1d(s.rhythm_channels, self.out, self.hops, self.hops)
        self.layers = nn.ModuleList(CausalConv(self.out, self.out, 5, d) for d in s.rhythm_dilations)

    def states(self) -> dict[str, tuple[int, ...]]:
        shapes = {"level": (self.bands, 1), "onset": self.onset.state_shape}
        return shapes | {f"rhythm{k}": layer.state_shape for k, layer in enumerate(self.layers)}

    def flux(self, mel: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Take mel (batch, steps, hops, bands); return level and flux, (batch, bands, hops), and the next states."""
        level = mel.flatten(1, 2).unflatten(2, (self.bands, self.pool)).mean(dim=3).transpose(1, 2)
        with_past = torch.cat([states["level"], level], dim=2)
        return level, torch.relu(with_past[..., 1:] - with_past[..., :-1]), {"level": with_past[..., -1:]}

    def forward(self, level: Tensor, flux: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Take level and flux; return (batch, channels, steps) and the next states."""
        following = {}
        x, following["onset"] = self.onset(torch.cat([level, 5.0 * flux], dim=1), states["onset"])
        x = torch.relu(self.to_steps(x))
        for k, layer in enumerate(self.layers):
            y, following[f"rhythm{k}"] = layer(x, states[f"rhythm{k}"])
            x = x + y
        return x, following


class Harmony(nn.Module):
    """Which intervals sound, in any key."""

    def __init__(self, s: NetworkSettings, front_end: FrontEndSettings) -> None:
        super().__init__()
        if front_end.pitch_bins_per_octave != 36:
            raise ValueError("the pitch branch is built for three bins a semitone")
        self.octaves = front_end.pitch_octaves
        first, second = s.pitch_channels
        near, middle, far = s.harmony_dilations
        self.semitone = nn.Parameter(torch.tensor([0.25, 0.5, 0.25]))
        self.fold = nn.Parameter(self._first_fold(s.octave_maps))
        self.norm = nn.BatchNorm2d(s.octave_maps)
        self.intervals = CausalConv(s.octave_maps, first, 5, near, pitch_kernel=12)
        self.chords = CausalConv(first, second, 3, middle, pitch_kernel=12)
        self.progression = CausalConv(2 * second, s.harmony_channels, 5, far)
        self.layers = {"intervals": self.intervals, "chords": self.chords, "progression": self.progression}

    def _first_fold(self, maps: int) -> Tensor:
        """Return the first weights of the octaves, (maps, octaves): all, low, middle, high, then at random."""
        fold = torch.rand(maps, self.octaves)
        for k, octaves in enumerate((slice(None), slice(0, 2), slice(1, 4), slice(3, None))[:maps]):
            fold[k] = 0.0
            fold[k, octaves] = 1.0
        return fold / fold.sum(dim=1, keepdim=True)

    def states(self) -> dict[str, tuple[int, ...]]:
        return {name: layer.state_shape for name, layer in self.layers.items()}

    def forward(self, pitch: Tensor, states: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Take pitch (batch, steps, bins); return (batch, channels, steps) and the next states."""
        following = {}
        half_octave = 18
        around = functional.avg_pool1d(pitch, 2 * half_octave + 1, 1, half_octave, count_include_pad=False)
        white = 5.0 * torch.relu(pitch - around)
        # the three bins of a semitone lie around its own: one below, itself, one above
        semitones = functional.pad(white[..., :-1], (1, 0)).unflatten(2, (self.octaves, 12, 3)) @ self.semitone
        x = torch.einsum("btop,mo->bmpt", semitones, self.fold)
        x = self.norm(x)
        for name in ("intervals", "chords"):
            x, following[name] = self.layers[name](x, states[name])
        x = torch.cat([x.amax(dim=2), x.mean(dim=2)], dim=1)
        x, following["progression"] = self.progression(x, states["progression"])
        return x, following


class AffettoNet(Network):
    """Local evidence for the mid-level qualities, and the linear layer from their mean to the emotions."""

    warm_up_steps = 28

    def __init__(self, settings: NetworkSettings | None = None, front_end: FrontEndSettings | None = None) -> None:
        super().__init__()
        self.settings = s = settings or NetworkSettings()
        self.front_end = front_end or FrontEndSettings()
        self.rhythm = Rhythm(s, self.front_end)
        self.harmony = Harmony(s, self.front_end)
        self.beat = Beat(s.beat_channels, self.front_end) if s.beat_channels else None
        self.joint = nn.Conv1d(s.rhythm_channels + s.harmony_channels, s.joint_channels, 1)
        if self.beat:
            self.told = nn.Conv1d(s.beat_channels, s.joint_channels, 1, bias=False)
            is_told = torch.tensor([name not in PERFORMER_CUES for name in s.layer or EMOTIONS])
            self.register_buffer("is_told", is_told[:, None], persistent=False)
        self.dropout = nn.Dropout(s.dropout)
        self.evidence = nn.Conv1d(s.joint_channels, len(s.layer or EMOTIONS), 1)
        self.emotion = nn.Linear(len(s.layer), len(EMOTIONS)) if s.layer else nn.Identity()

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each state without its batch axis, by name."""
        return self.rhythm.states() | self.harmony.states() | (self.beat.states() if self.beat else {})

    def zero_states(self, batch: int) -> dict[str, Tensor]:
        device = self.evidence.weight.device
        return {name: torch.zeros(batch, *shape, device=device) for name, shape in self.state_shapes().items()}

    @property
    def receptive_steps(self) -> int:
        """Steps of sound that one value of evidence can depend on, its own included."""
        hops = self.rhythm.onset.past + 1 + 1  # and one for the flux
        rhythm = -(-hops // self.front_end.hops_per_step) + sum(layer.past for layer in self.rhythm.layers)
        beat = -(-(self.beat.receptive_hops + 1) // self.front_end.hops_per_step) if self.beat else 0
        return max(rhythm + 1, 1 + sum(layer.past for layer in self.harmony.layers.values()), beat)

    def forward(
        self, mel: Tensor, pitch: Tensor, states: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the evidence, (batch, steps, units), and the next states.

        Parameters
        ----------
        mel : (batch, steps, hops_per_step, mel_bands)
        pitch : (batch, steps, pitch_bins)
        states : dict, optional
            As returned by the call on the steps before; zeros at the beginning.
        """
        states = self.zero_states(len(mel)) if states is None else states
        level, flux, following = self.rhythm.flux(mel, states)
        rhythm, after_rhythm = self.rhythm(level, flux, states)
        harmony, after_harmony = self.harmony(pitch, states)
        following |= after_rhythm | after_harmony
        x = self.joint(self.dropout(torch.cat([rhythm, harmony], dim=1)))
        evidence = self.evidence(torch.relu(x))
        if self.beat:
            beat, after_beat = self.beat(flux, states)
            following |= after_beat
            with_beat = self.evidence(torch.relu(x + self.told(self.dropout(beat))))
            evidence = torch.where(self.is_told, with_beat, evidence)
        return evidence.transpose(1, 2), following

    def judge(self, mel: Tensor, pitch: Tensor) -> Judgement:
        return self.classify(self(mel, pitch)[0])

    def judge_window(self, mel: Tensor, pitch: Tensor) -> Judgement:
        return self.classify(self(mel, pitch)[0][:, self.warm_up_steps :])

    def classify(self, evidence: Tensor) -> Judgement:
        """Return what the plain mean of the evidence, (batch, steps, units), says."""
        mean = evidence.float().mean(dim=1)
        if not self.settings.layer:
            return Judgement(mean, None)
        units = [MID_LEVEL.index(name) for name in self.settings.layer]
        mid_level = mean.new_full((len(mean), len(MID_LEVEL)), torch.nan).index_copy(
            1, mean.new_tensor(units).long(), mean
        )
        return Judgement(self.emotion(mean), mid_level)
