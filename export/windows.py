"""Windows of music for training: features with augmentation, emotion, mid-level targets."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.features import Floats, FrontEndSettings, ReferenceLevel, Steps, network_inputs
from edge.types import MID_LEVEL
from export import midlevel
from export.dataset import Take, session_levels

_BRIGHTNESS = MID_LEVEL.index("brightness")
_MOST_DEVIATIONS = 3.0  # a target further out is an accident of a short window


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows, each preceded by warm-up steps that the mean over time leaves out.

    Attributes
    ----------
    mel : (batch, steps, hops_per_step, mel_bands) float32
    pitch : (batch, steps, pitch_bins) float32
    emotion : (batch,) int64
        -1 where there is no label.
    mid_level : (batch, 11) float32
        In standard deviations; NaN where the notes cannot say.
    """

    mel: Floats
    pitch: Floats
    emotion: NDArray[np.int64]
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
    """Draws windows of `midlevel.WINDOW_S` seconds, starting on whole seconds, from takes."""

    def __init__(
        self,
        takes: list[Take],
        settings: FrontEndSettings,
        warm_up_steps: int,
        levels: dict[str, float] | None = None,
        scale: Scale | None = None,
        cache: Path | None = None,
    ) -> None:
        self.takes, self.settings, self.warm_up = takes, settings, warm_up_steps
        self.length = round(midlevel.WINDOW_S * settings.steps_per_second)
        self.levels = levels or session_levels(takes)
        self.raw = self._all_targets(cache)
        self.scale = scale or Scale.of(np.concatenate(self.raw))

    def _all_targets(self, cache: Path | None) -> list[NDArray[np.float64]]:
        """Return the raw values of every take's windows, (windows, 11) each, from the cache where it has them."""
        version = hashlib.sha256(inspect.getsource(midlevel).encode()).hexdigest()[:8]
        path = cache and cache / f"targets-{version}.npz"
        known: dict[str, NDArray[np.float64]] = {}
        if path and path.is_file():
            with np.load(path) as z:
                known = dict(z)
        missing = [t for t in self.takes if f"{t.piece.name}.{t.guitar}" not in known]
        by_piece: dict[str, NDArray[np.float64]] = {}
        for take in tqdm(missing, desc="targets", disable=not missing, leave=False):
            known[f"{take.piece.name}.{take.guitar}"] = self._targets(take, by_piece)
        if path and missing:
            np.savez(path, **known)
        return [known[f"{t.piece.name}.{t.guitar}"] for t in self.takes]

    def _targets(self, take: Take, by_piece: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return (windows, 11) raw values of the windows of a take; those of the notes are the same on every guitar."""
        starts = np.arange(max(1, int(take.piece.notes.length_s - midlevel.WINDOW_S) + 1))
        if take.piece.name not in by_piece:
            by_piece[take.piece.name] = np.array(
                [midlevel.of_notes(take.piece.notes, s, s + midlevel.WINDOW_S) for s in starts]
            )
        raw = by_piece[take.piece.name].copy()
        for k, s in enumerate(starts):
            raw[k, _BRIGHTNESS] = midlevel.brightness(self._cut(take.steps, self._step_at(s), 0), self.settings)
        return raw

    def _step_at(self, second: int) -> int:
        return round(float(second) * self.settings.steps_per_second)

    def _cut(self, steps: Steps, start: int, before: int) -> Steps:
        part = slice(max(0, start - before), start + self.length)
        return Steps(
            steps.mel_db[part].astype(np.float32), steps.pitch_db[part].astype(np.float32), steps.level_dbfs[part]
        )

    def draw(self, which: NDArray[np.int_], rng: np.random.Generator) -> Batch:
        """Return one augmented window of each of the takes in `which`."""
        rows = [self._one(int(k), rng) for k in which]
        return Batch(*(np.stack(column) for column in zip(*rows, strict=True)))  # type: ignore[arg-type]

    def _one(self, k: int, rng: np.random.Generator) -> tuple[Floats, Floats, np.int64, Floats]:
        take = self.takes[k]
        second = int(rng.integers(len(self.raw[k])))
        start = self._step_at(second)
        steps = self._cut(take.steps, start, self.warm_up)
        session = self.levels[take.guitar] + rng.normal(0.0, 2.0) if rng.random() < 0.5 else None
        steps = augment(steps, self.settings, rng)
        mel, pitch = inputs(steps, self.settings, session)
        missing = self.warm_up + self.length - len(steps)  # silence before a clip's first sound or after its last
        early = min(missing, self.warm_up - min(start, self.warm_up))
        pad = (early, missing - early)
        emotion = np.int64(-1 if take.piece.emotion is None else take.piece.emotion)
        return (
            np.pad(mel, (pad, (0, 0), (0, 0))),
            np.pad(pitch, (pad, (0, 0))),
            emotion,
            self.scale(self.raw[k][second]),
        )


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
