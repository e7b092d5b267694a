"""Plain words for what the numbers speak of: one table for the mid-level features, one way to name a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge.explain.phrase import Phrase, listed, number, say
from edge.explain.sound.parts import Part
from edge.features import FrontEndSettings

FEATURES = {
    "melodiousness": (say("easier to sing along"), say("harder to sing along")),
    "articulation": (say("more staccato"), say("more legato")),
    "rhythmic_complexity": (say("more complex in rhythm"), say("simpler in rhythm")),
    "rhythmic_stability": (say("steadier"), say("less steady")),
    "dissonance": (say("rougher in harmony"), say("smoother in harmony")),
    "tonal_stability": (say("clearer in key"), say("less clear in key")),
    "minorness": (say("more minor"), say("more major")),
    "sound_level": (say("louder"), say("softer")),
    "register": (say("higher in pitch"), say("lower in pitch")),
    "note_density": (say("busier"), say("sparser")),
    "brightness": (say("brighter"), say("darker")),
}
"""What a higher and what a lower value is to a player; both fit into "the playing is ..."."""

EMOTIONS = {
    "aggressive": say("more aggressive"),
    "happy": say("happier"),
    "relaxed": say("more relaxed"),
    "sad": say("sadder"),
}

_MOMENT_S = 1.0  # what is shorter is said to be at a moment
_WHOLE = 0.95  # of the window
_HIGHEST_HZ = FrontEndSettings().mel_high_hz  # the network hears nothing above


def higher(feature: str, up: bool = True) -> Phrase:
    """Return what the playing is when a feature is higher, or lower, than what it is compared with."""
    return FEATURES[feature][0 if up else 1]


def feature_name(feature: str) -> Phrase:
    return say(feature.replace("_", " "))


def more(of: str) -> Phrase:
    """Return the comparative of an emotion or a feature."""
    return EMOTIONS[of] if of in EMOTIONS else higher(of)


def places(parts: Sequence[Part], window_s: tuple[float, float]) -> Phrase:
    """Return what parts are to a listener: their names, or their frequencies and when they sound in the window."""
    named = [_named(part.name) for part in parts if part.name]
    bands: dict[tuple[float, float], list[Part]] = {}
    for part in _merged([part for part in parts if not part.name]):
        bands.setdefault((part.f0_hz, part.f1_hz), []).append(part)
    unnamed = [_sounding(band, listed([_when(part, window_s) for part in there])) for band, there in bands.items()]
    return listed(named + ([say("what sounds {where}", where=listed(unnamed))] if unnamed else []))


def _named(name: str) -> Phrase:
    what, *more_exactly = name.split(", ")
    # with its article in one text: in other languages that depends on the noun
    source = say("the notes {notes}", notes=what) if what.startswith("around") else say(f"the {what}")
    return say("{source} ({exactly})", source=source, exactly=", ".join(more_exactly)) if more_exactly else source


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


def _sounding(band: tuple[float, float], when: Phrase) -> Phrase:
    low_hz, high_hz = band
    low, high = low_hz <= 0.0, high_hz >= _HIGHEST_HZ
    if low and high:
        return when
    if low:
        return say("below {high} Hz {when}", high=_hz(high_hz), when=when)
    if high:
        return say("above {low} Hz {when}", low=_hz(low_hz), when=when)
    return say("between {low} and {high} Hz {when}", low=_hz(low_hz), high=_hz(high_hz), when=when)


def _when(part: Part, window_s: tuple[float, float]) -> Phrase:
    length_s = part.t1_s - part.t0_s
    if length_s >= _WHOLE * (window_s[1] - window_s[0]):
        return say("all along")
    if length_s <= _MOMENT_S:
        return say("at {at} s", at=number((part.t0_s + part.t1_s) / 2, 1))
    return say("from {begin} to {end} s", begin=number(part.t0_s, 1), end=number(part.t1_s, 1))


def _hz(hz: float) -> Phrase:
    # edges of regions lie on bins 11 Hz apart, so no more digits than that
    rounded = round(hz, -1) if hz < 1000.0 else round(hz, -2)
    return number(rounded, english=f"{rounded:,.0f}")
