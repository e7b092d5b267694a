"""The interpretable layer's targets, computed from the notes of a window: computed, not rated by people.

Each follows a published measure; none of them was ever asked of a listener. `WINDOW_S` seconds are looked at together.
A value is NaN where the window holds too few notes to say.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings, Steps
from edge.types import MID_LEVEL
from export.notes import Notes

WINDOW_S = 8.0
_CHORD_S = 0.04  # onsets closer than this are one strum
_FEWEST_ONSETS = 4

# Krumhansl & Kessler (1982), probe-tone ratings for C major and C minor
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def of_notes(notes: Notes, from_s: float, to_s: float) -> NDArray[np.float64]:
    """Return the eleven values, in the order of `MID_LEVEL`, of the notes that begin in [from_s, to_s).

    Brightness is a property of the sound: here NaN, see `brightness`.
    """
    played = notes.window(from_s, to_s)
    values = {
        "melodiousness": melodiousness(played),
        "articulation": articulation(played),
        "rhythmic_complexity": rhythmic_complexity(played),
        "rhythmic_stability": rhythmic_stability(played),
        "dissonance": dissonance(played),
        "tonal_stability": tonal_stability(played),
        "minorness": minorness(played),
        "sound_level": float(played.velocity.mean()) if len(played) else np.nan,
        "register": float(played.pitch.mean()) if len(played) else np.nan,
        "note_density": len(played) / (to_s - from_s),
        "brightness": np.nan,
    }
    return np.array([values[name] for name in MID_LEVEL])


def melodiousness(notes: Notes) -> float:
    """Share of the melody's moves that are steps or thirds, 1 to 4 semitones: easy to sing along.

    The melody is the skyline, the highest note of each onset (Uitdenbogerd & Zobel 1999); the share joins the
    "stepwise motion" and "melodic thirds" of jSymbolic (McKay 2004).
    """
    at = _onset_groups(notes)
    if at.max(initial=-1) + 1 < _FEWEST_ONSETS:
        return np.nan
    skyline = np.full(at.max() + 1, -1)
    np.maximum.at(skyline, at, notes.pitch)
    moves = np.abs(np.diff(skyline))
    moves = moves[moves > 0]
    return float(np.mean(moves <= 4)) if len(moves) else 0.0


def articulation(notes: Notes) -> float:
    """How detached the notes are: staccato is high, legato low, as in the question of Aljanaki & Soleymani (2018).

    Mean over the notes of log2(time to the next onset / the note's length), the inverse of Bresin & Battel's (2000)
    key overlap; each ratio limited to a factor of 8.
    """
    onsets = _onsets(notes)
    if len(onsets) < _FEWEST_ONSETS:
        return np.nan
    following = np.searchsorted(onsets, notes.start_s + _CHORD_S)
    last = following >= len(onsets)
    gap = onsets[np.minimum(following, len(onsets) - 1)] - notes.start_s
    ratio = np.log2(gap[~last] / (notes.end_s - notes.start_s)[~last])
    return float(np.clip(ratio, -3.0, 3.0).mean())


def rhythmic_complexity(notes: Notes) -> float:
    """Entropy, in bits, of the inter-onset intervals in bins of half an octave from 60 ms to 4 s.

    Shannon entropy of the interval distribution as a measure of rhythmic complexity: Milne & Dean (2016).
    """
    intervals = np.diff(_onsets(notes))
    if len(intervals) + 1 < _FEWEST_ONSETS:
        return np.nan
    bins = np.round(2.0 * np.log2(np.clip(intervals, 0.06, 4.0))).astype(int)
    p = np.unique(bins, return_counts=True)[1] / len(bins)
    return float(-(p * np.log2(p)).sum())


def rhythmic_stability(notes: Notes) -> float:
    """Clarity of the beat, 0 to 1: the highest normalised autocorrelation of the onsets at lags of 0.25 to 1.5 s.

    Pulse clarity by the autocorrelation of the onset curve: Lartillot et al. (ISMIR 2008).
    """
    if len(_onsets(notes)) < _FEWEST_ONSETS:
        return np.nan
    rate_hz = 50
    curve = np.zeros(int((notes.start_s[-1] - notes.start_s[0]) * rate_hz) + 2)
    np.add.at(curve, np.round((notes.start_s - notes.start_s[0]) * rate_hz).astype(int), notes.velocity / 127.0)
    curve = np.convolve(curve, np.exp(-0.5 * np.square(np.arange(-6, 7) / 1.5)), "same")  # 30 ms of human timing
    curve -= curve.mean()
    n = len(curve)
    correlation = np.correlate(curve, curve, "full")[n - 1 :] / max(np.square(curve).sum(), 1e-12)
    lags = np.arange(int(0.25 * rate_hz), min(int(1.5 * rate_hz), n - 1) + 1)
    # the estimate of a lag rests on n - lag products only: undo that shrinking
    return float(np.clip(np.max(correlation[lags] * n / (n - lags), initial=0.0), 0.0, 1.0)) if len(lags) else 0.0


def dissonance(notes: Notes) -> float:
    """Mean sensory dissonance of the pairs of notes that sound together, over time; zero where one sounds alone.

    Sethares (1993) after Plomp & Levelt (1965).
    """
    if not len(notes):
        return np.nan
    table = _roughness()
    values = []
    for t in np.arange(notes.start_s[0] + 0.05, notes.end_s.max(), 0.1):
        pitch = notes.pitch[(notes.start_s <= t) & (t < notes.end_s)]
        if len(pitch) == 0:
            continue
        pairs = len(pitch) * (len(pitch) - 1)
        values.append(table[np.ix_(pitch, pitch)].sum() / pairs if pairs else 0.0)
    return float(np.mean(values)) if values else 0.0


@cache
def _roughness() -> NDArray[np.float64]:
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


def tonal_stability(notes: Notes) -> float:
    """Highest correlation of the pitch classes' durations with the 24 key profiles of Krumhansl & Kessler (1982).

    Key finding by maximal profile correlation: Krumhansl (1990), chapter 4.
    """
    major, minor = _key_correlations(notes)
    return max(major, minor)


def minorness(notes: Notes) -> float:
    """Best correlation with a minor key profile minus that with a major one (Krumhansl & Kessler 1982)."""
    major, minor = _key_correlations(notes)
    return minor - major


def _key_correlations(notes: Notes) -> tuple[float, float]:
    if len(_onsets(notes)) < _FEWEST_ONSETS:
        return np.nan, np.nan
    durations = np.minimum(notes.end_s - notes.start_s, 2.0)  # a plucked string has faded by then
    histogram = np.bincount(notes.pitch % 12, durations, 12)
    if np.ptp(histogram) == 0.0:  # all twelve alike: no key at all
        return 0.0, 0.0
    return tuple(
        max(float(np.corrcoef(np.roll(profile, key), histogram)[0, 1]) for key in range(12))
        for profile in (_MAJOR, _MINOR)
    )


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
def _mel_bands(settings: FrontEndSettings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from edge.features import mel_filterbank

    filters = mel_filterbank(settings)
    hz = np.fft.rfftfreq(settings.mel_frame, 1 / settings.rate_hz)
    return filters @ hz / filters.sum(axis=1), 1.0 / filters.max(axis=1)


def _onsets(notes: Notes) -> NDArray[np.float64]:
    """Return the times of the onsets, a strum counted once."""
    if not len(notes):
        return np.empty(0)
    return notes.start_s[np.flatnonzero(np.diff(_onset_groups(notes), prepend=-1))]


def _onset_groups(notes: Notes) -> NDArray[np.int_]:
    """Return for each note the number of its strum: a gap of more than `_CHORD_S` begins a new one."""
    return np.cumsum(np.diff(notes.start_s, prepend=notes.start_s[:1]) > _CHORD_S)
