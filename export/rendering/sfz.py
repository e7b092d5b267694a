"""A small player of SFZ instruments: key ranges, velocity layers, alternative takes, release and its sounds.

Opcodes as on sfzformat.com: key, lokey, hikey, pitch_keycenter, lovel, hivel, lorand, hirand, amp_velcurve_N,
ampeg_release, sample, trigger, volume, amp_random, rt_decay. Any other opcode is left unheard.
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
_LONGEST_S = 8.0  # what is kept of a sample: no note of a guitar part rings longer


@dataclass(frozen=True, slots=True)
class Region:
    """One recorded sound and when it is chosen.

    A region `on_release` sounds when a note ends, the quieter by `release_decay_db_s` for each second it was held.
    """

    path: Path
    keys: range
    velocities: range
    chance: tuple[float, float]
    centre: int
    release_s: float
    velocity_curve: tuple[tuple[int, float], ...]
    on_release: bool = False
    volume_db: float = 0.0
    random_db: float = 0.0
    release_decay_db_s: float = 0.0

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
    return [_region(path.parent, o) for o in found if o.get("trigger", "attack") in ("attack", "release")]


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
        on_release=o.get("trigger") == "release",
        volume_db=float(o.get("volume", 0.0)),
        random_db=float(o.get("amp_random", 0.0)),
        release_decay_db_s=float(o.get("rt_decay", 0.0)),
    )


class Sampler:
    """Plays notes on a sampled instrument at a sampling rate.

    `longest_release_s` shortens the instrument's own release: a hand damps a string faster than a sample fades.
    """

    def __init__(self, path: Path, rate_hz: int, longest_release_s: float = np.inf) -> None:
        self.rate_hz, self.longest_release_s = rate_hz, longest_release_s
        self._of_key: dict[tuple[bool, int], list[Region]] = {}
        for region in read_sfz(path):
            for key in region.keys:
                self._of_key.setdefault((region.on_release, key), []).append(region)
        self._pitched = lru_cache(maxsize=1024)(self._pitch)

    def play(self, notes: Notes, seed: int = 0) -> NDArray[np.float32]:
        """Return the mono sum of all notes, each from its onset to the end of its release."""
        chances = np.random.default_rng(seed).random((len(notes), 3))
        out = np.zeros(round((notes.length_s + 4.0) * self.rate_hz), np.float32)
        for (start, end, pitch, velocity), chance in zip(notes.rows(), chances.tolist(), strict=True):
            region = self._choose(False, pitch, velocity, chance[0])
            if region is None:
                raise CorpusError(f"the instrument has no sample for MIDI note {pitch} at velocity {velocity}")
            self._add(out, region, pitch, start, end - start, region.gain(velocity))
            muting = self._choose(True, pitch, velocity, chance[1])
            if muting is not None:
                db = muting.volume_db - muting.release_decay_db_s * (end - start) + muting.random_db * chance[2]
                self._add(out, muting, pitch, end, np.inf, muting.gain(velocity) * 10.0 ** (db / 20.0))
        return out

    def _add(
        self, out: NDArray[np.float32], region: Region, pitch: int, start_s: float, held_s: float, gain: float
    ) -> None:
        sound = self._pitched(region.path, pitch - region.centre)
        release = min(region.release_s, self.longest_release_s) * self.rate_hz
        at, held = round(start_s * self.rate_hz), round(min(held_s, _LONGEST_S) * self.rate_hz)
        sound = sound[: min(held + round(release), len(out) - at)] * np.float32(gain)
        fading = np.arange(max(0, len(sound) - held), dtype=np.float32) / np.float32(release)
        sound[held:] *= 10.0 ** (-_RELEASE_DB / 20.0 * fading)
        out[at : at + len(sound)] += sound

    def _choose(self, on_release: bool, pitch: int, velocity: int, chance: float) -> Region | None:
        for r in self._of_key.get((on_release, pitch), ()):
            if velocity in r.velocities and r.chance[0] <= chance < r.chance[1]:
                return r
        return None

    def _pitch(self, path: Path, semitones: int) -> NDArray[np.float32]:
        rate_hz = soundfile.info(path).samplerate
        ratio = 2.0 ** (semitones / 12.0)
        frames = round(_LONGEST_S * rate_hz * ratio)
        sound = soundfile.read(path, frames=frames, dtype="float32", always_2d=True)[0]
        return np.asarray(soxr.resample(sound.mean(axis=1), rate_hz * ratio, self.rate_hz), np.float32)
