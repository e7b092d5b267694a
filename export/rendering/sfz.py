"""A small player of SFZ instruments: key ranges, velocity layers, alternative takes, release.

Opcodes as on sfzformat.com: key, lokey, hikey, pitch_keycenter, lovel, hivel, lorand, hirand, amp_velcurve_N,
ampeg_release, sample. Any other opcode is left unheard; regions that sound on release are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from export.notes import CorpusError, Notes

_HEADER_OR_OPCODE = re.compile(r"<(\w+)>|(\w+)=(.*?)(?=\s+\w+=|\s*<|\s*$)", re.MULTILINE)
_RELEASE_DB = 60.0  # how far a note has faded after its release time


@dataclass(frozen=True, slots=True)
class Region:
    """One recorded note and when it is chosen."""

    path: Path
    keys: range
    velocities: range
    chance: tuple[float, float]
    centre: int
    release_s: float
    velocity_curve: tuple[tuple[int, float], ...]

    def gain(self, velocity: int) -> float:
        """Amplitude for a velocity: the SFZ default is its square, a given curve is linear between its points."""
        if not self.velocity_curve:
            return (velocity / 127.0) ** 2
        x, y = zip(*sorted({0: 0.0, 127: 1.0, **dict(self.velocity_curve)}.items()), strict=True)
        return float(np.interp(velocity, x, y))


def read_sfz(path: Path) -> list[Region]:
    """Read the regions of an instrument; opcodes of <global> and <group> hold for the regions below them."""
    if not path.is_file():
        raise CorpusError(f"{path}: no such instrument; set AFFETTO_DATA to the folder that holds guitars/")
    text = re.sub(r"//.*", "", path.read_text())
    levels: dict[str, dict[str, str]] = {"global": {}, "group": {}, "region": {}}
    level, found = "global", []
    for match in _HEADER_OR_OPCODE.finditer(text):
        header, name, value = match.groups()
        if header is None:
            levels[level][name] = value.strip()
            continue
        if levels["region"]:
            found.append(levels["global"] | levels["group"] | levels["region"])
        level = header
        levels["region"] = {}
        if header in ("global", "group"):
            levels[header] = {}
    if levels["region"]:
        found.append(levels["global"] | levels["group"] | levels["region"])
    return [_region(path.parent, o) for o in found if o.get("trigger", "attack") == "attack"]


def _region(folder: Path, o: dict[str, str]) -> Region:
    low, high = int(o.get("lokey", o.get("key", 0))), int(o.get("hikey", o.get("key", 127)))
    return Region(
        path=folder / o["sample"],
        keys=range(low, high + 1),
        velocities=range(int(o.get("lovel", 0)), int(o.get("hivel", 127)) + 1),
        chance=(float(o.get("lorand", 0.0)), float(o.get("hirand", 1.0))),
        centre=int(o.get("pitch_keycenter", o.get("key", 60))),
        release_s=float(o.get("ampeg_release", 0.001)),
        velocity_curve=tuple(
            (int(name.removeprefix("amp_velcurve_")), float(value))
            for name, value in o.items()
            if name.startswith("amp_velcurve_")
        ),
    )


class Sampler:
    """Plays notes on a sampled instrument at a sampling rate."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._regions = read_sfz(path)
        self._pitched = lru_cache(maxsize=1024)(self._pitch)

    def play(self, notes: Notes, seed: int = 0) -> NDArray[np.float32]:
        """Return the mono sum of all notes, each from its onset to the end of its release."""
        chances = np.random.default_rng(seed).random(len(notes))
        out = np.zeros(round((notes.length_s + 4.0) * self.rate_hz), np.float32)
        for (start, end, pitch, velocity), chance in zip(notes.rows(), chances.tolist(), strict=True):
            region = self._choose(pitch, velocity, chance)
            sound = self._pitched(region.path, pitch - region.centre)
            at, held = round(start * self.rate_hz), round((end - start) * self.rate_hz)
            sound = sound[: min(held + round(region.release_s * self.rate_hz), len(out) - at)] * np.float32(
                region.gain(velocity)
            )
            fading = np.arange(max(0, len(sound) - held)) / (region.release_s * self.rate_hz)
            sound[held:] *= 10.0 ** (-_RELEASE_DB / 20.0 * fading)
            out[at : at + len(sound)] += sound
        return out

    def _choose(self, pitch: int, velocity: int, chance: float) -> Region:
        for r in self._regions:
            if pitch in r.keys and velocity in r.velocities and r.chance[0] <= chance < r.chance[1]:
                return r
        raise CorpusError(f"the instrument has no sample for MIDI note {pitch} at velocity {velocity}")

    def _pitch(self, path: Path, semitones: int) -> NDArray[np.float32]:
        sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        ratio = 2.0 ** (semitones / 12.0)
        return np.asarray(soxr.resample(sound.mean(axis=1), rate_hz * ratio, self.rate_hz), np.float32)
