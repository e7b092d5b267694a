"""Windows of music for training and measuring: features, augmentation, emotion, mid-level targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.features import Floats, FrontEndSettings, ReferenceLevel, Steps, network_inputs
from edge.types import EMOTIONS, MID_LEVEL
from export import midlevel
from export.dataset import Take
from export.targets import Raw

_MOST_DEVIATIONS = 3.0  # a target further out is an accident of a short window


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows, each preceded by the warm-up steps that the network asks for.

    Attributes
    ----------
    mel : (batch, steps, hops_per_step, mel_bands) float32
    pitch : (batch, steps, pitch_bins) float32
    emotion : (batch, 4) float32
        How likely each emotion is; NaN where nobody said.
    mid_level : (batch, 11) float32
        In standard deviations; NaN where the notes cannot say.
    """

    mel: Floats
    pitch: Floats
    emotion: Floats
    mid_level: Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation of each raw mid-level value over the training music, each (11,)."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, raw: NDArray[np.float64]) -> Scale:
        return cls(np.nanmean(raw, axis=0), np.maximum(np.nanstd(raw, axis=0), 1e-6))

    def __call__(self, raw: NDArray[np.float64]) -> Floats:
        z = (raw - self.mean) / self.deviation
        return np.clip(z, -_MOST_DEVIATIONS, _MOST_DEVIATIONS).astype(np.float32)


class Windows:
    """Cuts windows, starting on whole seconds, from takes.

    Parameters
    ----------
    takes : list of Take
    raw : list of (windows, 11) arrays
        The takes' mid-level values, see `export.targets`.
    settings : FrontEndSettings
    window_s : float
        Only windows of `midlevel.WINDOW_S` have mid-level targets.
    warm_up_steps : int
        Steps before each window.
    scale : Scale, optional
        That of the training music; by default measured on these takes.
    emotions : dict, optional
        Of each piece by its name, (4,) probabilities; by default the piece's label is certain.
    """

    def __init__(
        self,
        takes: list[Take],
        raw: list[Raw],
        settings: FrontEndSettings,
        window_s: float = midlevel.WINDOW_S,
        warm_up_steps: int = 0,
        scale: Scale | None = None,
        emotions: dict[str, Floats] | None = None,
    ) -> None:
        self.takes, self.raw, self.settings, self.window_s = takes, raw, settings, window_s
        self.warm_up, self.length = warm_up_steps, round(window_s * settings.steps_per_second)
        self.scale = scale or Scale.of(np.concatenate(raw))
        self._emotions = emotions or {}
        self._with_targets = window_s == midlevel.WINDOW_S

    @classmethod
    def without_targets(cls, takes: list[Take], window_s: float, warm_up_steps: int) -> Windows:
        """Cut windows of any length of which only the emotion is asked."""
        unknown = [np.full((1, len(MID_LEVEL)), np.nan)] * len(takes)
        scale = Scale(np.zeros(len(MID_LEVEL)), np.ones(len(MID_LEVEL)))
        windows = cls(takes, unknown, FrontEndSettings(), window_s, warm_up_steps, scale)
        windows._with_targets = False
        return windows

    def seconds(self, k: int) -> int:
        """Return how many windows begin on a whole second of take `k`."""
        return max(0, int(self.takes[k].notes.length_s - self.window_s)) + 1

    def tiling(self, k: int) -> NDArray[np.int_]:
        """Return the starts, in whole seconds, of the fewest windows that cover take `k`."""
        last = self.seconds(k) - 1
        return np.unique(np.round(np.linspace(0, last, 1 + int(np.ceil(last / self.window_s)))).astype(int))

    def draw(self, which: NDArray[np.int_], rng: np.random.Generator) -> Batch:
        """Return one augmented window of each of the takes in `which`, from a random second."""
        rows = []
        for k in which.tolist():
            session = self.takes[k].session_dbfs + rng.normal(0.0, 2.0) if rng.random() < 0.5 else None
            rows.append(self._row(k, int(rng.integers(self.seconds(k))), session, rng))
        return _stack(rows)

    def cut(self, which: list[tuple[int, int]], in_session: bool) -> Batch:
        """Return the windows (take, second), as they sound, in a session with that gear or with nothing known."""
        return _stack([self._row(k, s, self.takes[k].session_dbfs if in_session else None) for k, s in which])

    def _row(
        self, k: int, second: int, session_dbfs: float | None, rng: np.random.Generator | None = None
    ) -> tuple[Floats, ...]:
        take = self.takes[k]
        start = round(second * self.settings.steps_per_second)
        before = min(start, self.warm_up)
        steps = take.part(slice(start - before, start + self.length))
        if rng is not None:
            steps = augment(steps, self.settings, rng)
        mel, pitch = inputs(steps, self.settings, session_dbfs)
        pad = (self.warm_up - before, before + self.length - len(steps))  # silence before a take and after it
        raw = self.raw[k][second] if self._with_targets else np.full(len(MID_LEVEL), np.nan)
        return np.pad(mel, (pad, (0, 0), (0, 0))), np.pad(pitch, (pad, (0, 0))), self._emotion(take), self.scale(raw)

    def _emotion(self, take: Take) -> Floats:
        unknown = np.full(len(EMOTIONS), np.nan, np.float32)
        certain = unknown if take.piece.emotion is None else np.eye(len(EMOTIONS), dtype=np.float32)[take.piece.emotion]
        return self._emotions.get(take.piece.name, certain)


def _stack(rows: list[tuple[Floats, ...]]) -> Batch:
    return Batch(*(np.stack(column) for column in zip(*rows, strict=True)))


def inputs(steps: Steps, settings: FrontEndSettings, session_dbfs: float | None) -> tuple[Floats, Floats]:
    """Return the network's inputs with the reference level begun at `session_dbfs`, or from nothing known."""
    reference = ReferenceLevel(settings.steps_per_second, session_dbfs)
    return network_inputs(steps, reference.follow(steps.level_dbfs), settings)


def augment(steps: Steps, s: FrontEndSettings, rng: np.random.Generator) -> Steps:
    """Return the steps transposed, with another tone control and noise floor."""
    shift = 3 * int(rng.integers(-6, 7))
    pitch = np.roll(steps.pitch_db, shift, axis=1)
    if shift > 0:
        pitch[:, :shift] = -100.0
    elif shift < 0:
        pitch[:, shift:] = -100.0
    octaves = np.linspace(-1.0, 1.0, s.mel_bands, dtype=np.float32)
    tilt = rng.normal(0.0, 3.0) * octaves + rng.normal(0.0, 1.5) * np.cos(np.pi * octaves * rng.uniform(0.5, 2.0))
    mel = steps.mel_db + tilt.astype(np.float32)
    bins = np.linspace(-1.0, 1.0, s.pitch_bins, dtype=np.float32)
    pitch = pitch + np.float32(rng.normal(0.0, 2.0)) * bins
    floor_dbfs = float(steps.level_dbfs.max()) - rng.uniform(45.0, 90.0)
    mel = _add_power(mel, floor_dbfs + _NOISE_MEL_DB)
    pitch = _add_power(pitch, floor_dbfs + np.linspace(*_NOISE_PITCH_DB, s.pitch_bins))
    return Steps(mel, pitch, steps.level_dbfs)


_NOISE_MEL_DB = 18.0  # measured: what white noise of 0 dBFS gives in every mel band,
_NOISE_PITCH_DB = (-33.0, -16.0)  # and in the lowest and the highest pitch bin


def _add_power(db: Floats, other_db: float | NDArray[np.float64]) -> Floats:
    return np.asarray(10.0 * np.log10(10.0 ** (db / 10.0) + np.power(10.0, np.divide(other_db, 10.0))), np.float32)
