"""Plain words for what the numbers speak of: one table for the mid-level features, one way to name a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge.explain.sound.parts import Part
from edge.features import FrontEndSettings

FEATURES = {
    "melodiousness": ("easier to sing along", "harder to sing along"),
    "articulation": ("more staccato", "more legato"),
    "rhythmic_complexity": ("more complex in rhythm", "simpler in rhythm"),
    "rhythmic_stability": ("steadier", "less steady"),
    "dissonance": ("rougher in harmony", "smoother in harmony"),
    "tonal_stability": ("clearer in key", "less clear in key"),
    "minorness": ("more minor", "more major"),
    "sound_level": ("louder", "softer"),
    "register": ("higher in pitch", "lower in pitch"),
    "note_density": ("busier", "sparser"),
    "brightness": ("brighter", "darker"),
}
"""What a higher and what a lower value is to a player; both fit into "the playing is ..."."""

EMOTIONS = {"aggressive": "more aggressive", "happy": "happier", "relaxed": "more relaxed", "sad": "sadder"}

_MOMENT_S = 1.0  # what is shorter is said to be at a moment
_WHOLE = 0.95  # of the window
_HIGHEST_HZ = FrontEndSettings().mel_high_hz  # the network hears nothing above


def higher(feature: str, up: bool = True) -> str:
    """Return what the playing is when a feature is higher, or lower, than what it is compared with."""
    return FEATURES[feature][0 if up else 1]


def feature_name(feature: str) -> str:
    return feature.replace("_", " ")


def more(of: str) -> str:
    """Return the comparative of an emotion or a feature."""
    return EMOTIONS[of] if of in EMOTIONS else higher(of)


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def places(parts: Sequence[Part], window_s: tuple[float, float]) -> str:
    """Return what parts are to a listener: their names, or their frequencies and when they sound in the window."""
    named = [_named(part.name) for part in parts if part.name]
    bands: dict[str, list[str]] = {}
    for part in _merged([part for part in parts if not part.name]):
        bands.setdefault(_band(part), []).append(_when(part, window_s))
    unnamed = [f"{band}{listed(times)}" for band, times in bands.items()]
    return listed(named + ([f"what sounds {listed(unnamed)}"] if unnamed else []))


def _named(name: str) -> str:
    what, *more_exactly = name.split(", ")
    notes = "notes " if what.startswith("around") else ""
    return f"the {notes}{what}" + (f" ({', '.join(more_exactly)})" if more_exactly else "")


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Join what touches in time in one band, then what touches in pitch at one time; in order of time."""
    in_time = _joined(sorted(parts, key=lambda p: (p.f0_hz, p.f1_hz, p.t0_s)), ("f0_hz", "f1_hz"), "t0_s", "t1_s")
    in_pitch = _joined(sorted(in_time, key=lambda p: (p.t0_s, p.t1_s, p.f0_hz)), ("t0_s", "t1_s"), "f0_hz", "f1_hz")
    return sorted(in_pitch, key=lambda p: p.t0_s)


def _joined(parts: Sequence[Part], same: tuple[str, str], begin: str, end: str) -> list[Part]:
    out: list[Part] = []
    for part in parts:
        last = out[-1] if out else None
        if (
            last
            and all(getattr(last, k) == getattr(part, k) for k in same)
            and getattr(part, begin) == getattr(last, end)
        ):
            out[-1] = replace(last, **{end: getattr(part, end)})
        else:
            out.append(part)
    return out


def _band(part: Part) -> str:
    low, high = part.f0_hz <= 0.0, part.f1_hz >= _HIGHEST_HZ
    if low and high:
        return ""
    if low:
        return f"below {_hz(part.f1_hz)} Hz "
    if high:
        return f"above {_hz(part.f0_hz)} Hz "
    return f"between {_hz(part.f0_hz)} and {_hz(part.f1_hz)} Hz "


def _when(part: Part, window_s: tuple[float, float]) -> str:
    length_s = part.t1_s - part.t0_s
    if length_s >= _WHOLE * (window_s[1] - window_s[0]):
        return "all along"
    if length_s <= _MOMENT_S:
        return f"at {(part.t0_s + part.t1_s) / 2:.1f} s"
    return f"from {part.t0_s:.1f} to {part.t1_s:.1f} s"


def _hz(hz: float) -> str:
    # edges of regions lie on bins 11 Hz apart, so no more digits than that
    return f"{round(hz, -1) if hz < 1000.0 else round(hz, -2):,.0f}"
