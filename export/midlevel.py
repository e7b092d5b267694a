"""The interpretable layer's targets, computed from the notes of a window: computed, not rated by people.

Each of the seven perceptual names follows the question that Aljanaki & Soleymani (ISMIR 2018) put to listeners, and is
measured by published means; no listener was ever asked for these values. `WINDOW_S` seconds are looked at together:
melody and rhythm on the notes that begin in the window, harmony and level on all that sounds in it, strings that ring
on from before included, as means over moments. A value is NaN where the window holds too few notes to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings, Steps
from edge.types import MID_LEVEL
from export.notes import STRUM_S, Notes

Values = NDArray[np.float64]

WINDOW_S = 8.0
_FEWEST_ONSETS = 4
_MOMENT_S = 0.1
_HARMONY_S = 3.0  # what sounds within this time is heard together: long enough for a key, short enough to follow it
_PHRASE_S = 4.0
_EVERY_S = 0.5  # from one stretch of harmony or phrase to the next
_FADE_S = 0.8  # a plucked string's amplitude falls to 1/e
_SUSTAIN_S = 2.0  # by then a string is hardly heard, whatever the notes say
_BEAT_S = (0.25, 1.2)  # periods that a foot can tap
_SILENCE = 1e-3

# Temperley (2007), "Music and Probability", chapter 6: the share of segments of the Kostka-Payne corpus that hold each
# degree of C major and of C minor
_MAJOR = np.array([0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400])
_MINOR = np.array([0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330])


def of_notes(notes: Notes, from_s: float, to_s: float) -> Values:
    """Return the eleven values, in the order of `MID_LEVEL`, of the music in [from_s, to_s).

    Brightness is a property of the sound: here NaN, see `brightness`.
    """
    played = notes.window(from_s, to_s)
    strings = Strings.of(notes, from_s, to_s)
    values = {
        "melodiousness": melodiousness(played),
        "articulation": articulation(played),
        "rhythmic_complexity": rhythmic_complexity(played),
        "rhythmic_stability": rhythmic_stability(played),
        "dissonance": dissonance(strings),
        "tonal_stability": tonal_stability(strings),
        "minorness": minorness(strings),
        "sound_level": sound_level(strings),
        "register": float(played.pitch.mean()) if len(played) else np.nan,
        "note_density": float(np.log2(max(len(played), 1) / (to_s - from_s))),
        "brightness": np.nan,
    }
    return np.array([values[name] for name in MID_LEVEL])


@dataclass(frozen=True, slots=True)
class Strings:
    """How strongly each pitch sounds at moments 0.1 s apart.

    Attributes
    ----------
    amplitude : (moments, 128) float64
        By MIDI note: velocity / 127 at the onset, fading by 1/e in 0.8 s until the note's end; the strongest of
        several notes of one pitch.
    onsets : int
        Onsets in the window, a strum counted once.
    """

    amplitude: Values
    onsets: int

    @classmethod
    def of(cls, notes: Notes, from_s: float = 0.0, to_s: float | None = None) -> Strings:
        """Return what sounds in [from_s, to_s); without `to_s` until the last note's end."""
        to_s = max(notes.length_s, from_s + _MOMENT_S) if to_s is None else to_s
        at = np.flatnonzero((notes.start_s < to_s) & (notes.end_s > from_s))
        t = np.arange(from_s + _MOMENT_S / 2, to_s, _MOMENT_S)[:, None]
        age = t - notes.start_s[at]
        sounding = (age >= 0.0) & (t < notes.end_s[at])
        each = np.where(sounding, notes.velocity[at] / 127.0 * np.exp(-age / _FADE_S), 0.0)
        amplitude = np.zeros((len(t), 128))
        for column, pitch in enumerate(notes.pitch[at]):
            np.maximum(amplitude[:, pitch], each[:, column], out=amplitude[:, pitch])
        return cls(amplitude, len(_onsets(notes.window(from_s, to_s))))

    def harmonies(self) -> Values:
        """Return the pitch classes' strength in each 3 s, every half second, (harmonies, 12); silent ones left out."""
        chroma = np.stack([self.amplitude[:, pitch_class::12].sum(axis=1) for pitch_class in range(12)], axis=1)
        width, hop = round(_HARMONY_S / _MOMENT_S), round(_EVERY_S / _MOMENT_S)
        total = np.concatenate([np.zeros((1, 12)), chroma.cumsum(axis=0)])
        starts = np.arange(0, max(1, len(chroma) - width + 1), hop)
        sums = total[np.minimum(starts + width, len(chroma))] - total[starts]
        heard: Values = sums[sums.sum(axis=1) > _SILENCE]
        return heard


def melodiousness(notes: Notes) -> float:
    """Easy to sing along is high: minus the melodic complexity of the upper voice, mean over phrases of 4 s.

    The two strongest pitch terms of the expectancy-based melodic complexity of Eerola & North (2000), in their weights:
    1.5 times the entropy of the pitch classes, by duration, and 1.3 times that of the intervals, each as a share of
    its maximum. The melody is the skyline, the highest note of each onset (Uitdenbogerd & Zobel 1999).
    """
    onsets = _onsets(notes)
    if len(onsets) < _FEWEST_ONSETS:
        return np.nan
    skyline = np.maximum.reduceat(notes.pitch, _firsts(notes))
    length_s = np.minimum(np.diff(onsets, append=max(notes.length_s, onsets[-1] + STRUM_S)), _SUSTAIN_S)
    moves = np.clip(np.diff(skyline), -12, 12) + 12
    complexity = []
    for start in np.arange(onsets[0], max(onsets[-1] - _PHRASE_S, onsets[0]) + _EVERY_S, _EVERY_S):
        first, end = np.searchsorted(onsets, (start, start + _PHRASE_S))
        if end - first < 2:
            continue
        classes = _entropy(np.bincount(skyline[first:end] % 12, length_s[first:end])) / np.log2(12)
        intervals = _entropy(np.bincount(moves[first : end - 1])) / np.log2(25)
        complexity.append(1.5 * classes + 1.3 * intervals)
    return float(-np.mean(complexity)) if complexity else np.nan


def articulation(notes: Notes) -> float:
    """How detached the notes are, staccato high and legato low: log2 of (time to the next onset / note's length).

    Mean over the notes, after the key overlap ratio of Bresin & Battel (2000). A string that rings on into the next
    note by more than half of that time (-1) counts as legato, and one that fades by itself after 2 s as held.
    """
    onsets = _onsets(notes)
    if len(onsets) < _FEWEST_ONSETS:
        return np.nan
    following = np.searchsorted(onsets, notes.start_s + STRUM_S)
    last = following >= len(onsets)
    gap = onsets[np.minimum(following, len(onsets) - 1)] - notes.start_s
    length_s = np.clip(notes.end_s - notes.start_s, 0.03, _SUSTAIN_S)
    return float(np.clip(np.log2(gap[~last] / length_s[~last]), -1.0, 3.0).mean())


def rhythmic_complexity(notes: Notes) -> float:
    """How many different places of the beat are played, and how evenly: entropy of the onsets' phases, 0 to 3 bits.

    Eight phases of the beat that fits the onsets best; louder onsets weigh more. Entropy as a measure of rhythmic
    complexity: Milne & Dean (2016); the part of the onsets off the beat: Toussaint (2005).
    """
    onsets = _onsets(notes)
    if len(onsets) < _FEWEST_ONSETS:
        return np.nan
    loudness = np.maximum.reduceat(notes.velocity / 127.0, _firsts(notes))
    phases = np.round(8.0 * beat(onsets, loudness)[1]).astype(int) % 8
    return _entropy(np.bincount(phases, loudness))


def rhythmic_stability(notes: Notes) -> float:
    """Easy to march along is high, 0 to 1: how exactly the onsets fall on one steady beat of 0.25 to 1.2 s.

    Vector strength of the onsets' phases in the beat (Goldberg & Brown 1969), as the root of the pairwise phase
    consistency of Vinck et al. (2010), which the number of onsets does not bias; the choice of the best of all
    periods still does, so that a few scattered onsets score higher than many.
    """
    onsets = _onsets(notes)
    n = len(onsets)
    if n < _FEWEST_ONSETS:
        return np.nan
    strength = beat(onsets, np.ones(n))[2]
    return float(np.sqrt(max(0.0, (n * strength**2 - 1.0) / (n - 1))))


def beat(onsets: Values, weight: Values) -> tuple[float, Values, float]:
    """Return the beat that fits the onsets best: its period in s, their times in beats, their vector strength."""
    period_s = np.geomspace(*_BEAT_S, 150)
    sums = (weight * np.exp(2j * np.pi * onsets / period_s[:, None])).sum(axis=1)
    best = int(np.argmax(np.abs(sums)))
    phases = onsets / period_s[best] - np.angle(sums[best]) / (2.0 * np.pi)
    return float(period_s[best]), phases, float(np.abs(sums[best]) / weight.sum())


def dissonance(music: Notes | Strings) -> float:
    """Sensory dissonance of the tones that sound together, mean over time; zero where one sounds alone.

    Sethares (1993) after Plomp & Levelt (1965), over all pairs, weighted by the product of their amplitudes.
    """
    amplitude = _sounding(music).amplitude
    loud = amplitude[amplitude.sum(axis=1) > _SILENCE]
    if not len(loud):
        return np.nan
    pitches = np.flatnonzero(loud.any(axis=0))
    tones = loud[:, pitches]
    rough = (tones @ _roughness()[np.ix_(pitches, pitches)] * tones).sum(axis=1)
    pairs = tones.sum(axis=1) ** 2 - np.square(tones).sum(axis=1)
    return float(np.mean(np.where(pairs > 1e-6, rough / np.maximum(pairs, 1e-6), 0.0)))


@cache
def _roughness() -> Values:
    """Return Sethares' (1993, eq. 1-3) dissonance of every pair of MIDI notes: six harmonics, each 0.88 of the last."""
    harmonic = np.arange(1, 7)
    amplitude = 0.88 ** (harmonic - 1)
    hz = 440.0 * 2.0 ** ((np.arange(128)[:, None] - 69) / 12.0) * harmonic
    table = np.zeros((128, 128))
    for i in range(6):
        for j in range(6):
            low = np.minimum(hz[:, None, i], hz[None, :, j])
            distance = np.abs(hz[:, None, i] - hz[None, :, j])
            s = 0.24 / (0.0207 * low + 18.96)
            strength = min(amplitude[i], amplitude[j])
            table += strength * (np.exp(-3.51 * s * distance) - np.exp(-5.75 * s * distance))
    np.fill_diagonal(table, 0.0)
    return table


def tonal_stability(music: Notes | Strings) -> float:
    """How clearly there is a key: the best of 24 keys' correlation with what sounds within 3 s, mean over time.

    Key finding by maximal profile correlation: Krumhansl (1990), chapter 4; profiles of Temperley (2007).
    """
    found = keys(music)
    return float(found.max(axis=1).mean()) if len(found) else np.nan


def minorness(music: Notes | Strings) -> float:
    """Minor is high: the best minor key's correlation with what sounds within 3 s minus that of the best major key.

    Mean over time. Profiles of Temperley (2007).
    """
    found = keys(music)
    return float((found[:, 12:].max(axis=1) - found[:, :12].max(axis=1)).mean()) if len(found) else np.nan


def keys(music: Notes | Strings) -> Values:
    """Return the correlations of what sounds within 3 s with C to B major, then C to B minor: (harmonies, 24)."""
    strings = _sounding(music)
    return _key_correlations(strings.harmonies() if strings.onsets >= _FEWEST_ONSETS else np.empty((0, 12)))


def _sounding(music: Notes | Strings) -> Strings:
    return music if isinstance(music, Strings) else Strings.of(music)


def _key_correlations(histograms: Values) -> Values:
    """Return (n, 24) correlations of (n, 12) pitch-class histograms with C to B major, C to B minor; 0 if all alike."""
    centred = histograms - histograms.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    correlations: Values = np.where(norm > 1e-9, centred / np.maximum(norm, 1e-9), 0.0) @ _profiles().T
    return correlations


@cache
def _profiles() -> Values:
    """Return the 24 key profiles, centred and of length 1: (24, 12)."""
    profiles = np.array([np.roll(profile, key) for profile in (_MAJOR, _MINOR) for key in range(12)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    return profiles


def sound_level(music: Notes | Strings) -> float:
    """Equivalent level, in dB: the logarithm of all strings' mean energy over the window (Leq of IEC 61672)."""
    strings = _sounding(music)
    energy = np.square(strings.amplitude).sum(axis=1).mean()
    return float(10.0 * np.log10(energy + 1e-4)) if strings.onsets else np.nan


def brightness(steps: Steps, settings: FrontEndSettings) -> float:
    """Octaves above 1 kHz of the sound's spectral centroid over the window, from the mel bands' power.

    The centroid is the physical correlate of brightness (Grey & Gordon 1978; Schubert & Wolfe 2006).
    """
    power = 10.0 ** (steps.mel_db.astype(np.float64).reshape(-1, settings.mel_bands) / 10.0)
    if not len(power):
        return np.nan
    centre_hz, width_hz = _mel_bands(settings)
    energy = power.mean(axis=0) * width_hz
    return float(np.log2((energy * centre_hz).sum() / energy.sum() / 1000.0))


@cache
def _mel_bands(settings: FrontEndSettings) -> tuple[Values, Values]:
    from edge.features import mel_filterbank

    filters = mel_filterbank(settings)
    hz = np.fft.rfftfreq(settings.mel_frame, 1 / settings.rate_hz)
    return filters @ hz / filters.sum(axis=1), 1.0 / filters.max(axis=1)


def _onsets(notes: Notes) -> Values:
    """Return the times of the onsets, a strum counted once."""
    return notes.start_s[_firsts(notes)]


def _firsts(notes: Notes) -> NDArray[np.intp]:
    """Return the position of each strum's first note: a gap of more than `STRUM_S` begins a new one."""
    return np.flatnonzero(np.diff(notes.start_s, prepend=-np.inf) > STRUM_S)


def _entropy(counts: NDArray[Any]) -> float:
    """Return Shannon's entropy in bits."""
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log2(p)).sum())
