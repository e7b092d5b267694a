"""Notes that sound together, found without being told which."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.spectrogram import Spectrogram

Floats = NDArray[np.float32]

MOST_GROUPS = 7  # with the attacks, eight sources: all their mixtures can be run
_LEAST_ENERGY = 0.02  # of the harmonic sound; what has less is shared out among the others
_LOWEST, _HIGHEST = 38, 88  # MIDI notes: D2, a drop-D guitar's lowest string, to E6
_ROUNDS = 40  # the error hardly falls after twenty
_OVERTONES = 8
_FALL = 0.84  # from one overtone to the next, in amplitude (Klapuri 2006 has a similar curve)
_SECOND = 0.5  # a second note is named where it stands out half as clearly as the first
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def note_groups(spectrogram: Spectrogram, harmonic: Floats) -> tuple[list[Floats], list[str]]:
    """Return up to seven groups of notes, low to high: their shares of each bin, (frames, bins), and their names.

    Non-negative matrix factorisation of the harmonic magnitude (Smaragdis & Brown 2003), started from its singular
    vectors (Boutsidis & Gallopoulos 2008) so that there is nothing random. A share is a component's power over that of
    all. Components in which the same notes stand out are one group.

    Parameters
    ----------
    spectrogram : Spectrogram
    harmonic : (frames, bins) float32
        Share of the power that is not percussive.
    """
    magnitude: Floats = np.abs(spectrogram.stft) * np.sqrt(harmonic)
    loudest = float(magnitude.max())
    # a floor, so that silence is shared out evenly
    magnitude = magnitude / loudest + 1e-6 if loudest > 0.0 else np.ones_like(magnitude)
    activation, template = _factorise(magnitude)
    energy = np.square(activation).sum(axis=0) * np.square(template).sum(axis=1)
    components: dict[frozenset[int], list[int]] = {}
    for k in np.flatnonzero(energy >= _LEAST_ENERGY * energy.sum()):
        components.setdefault(_notes(template[k], spectrogram.bins_hz), []).append(int(k))
    groups = sorted(components, key=sorted)
    power = [sum(np.square(np.outer(activation[:, k], template[k])) for k in components[notes]) for notes in groups]
    least = 1e-16  # of the loudest: where no component is, all are as much
    total = sum(power) + least * len(power)
    return [np.asarray((p + least) / total, np.float32) for p in power], [_name(notes) for notes in groups]


def _factorise(magnitude: Floats) -> tuple[Floats, Floats]:
    """Return activations, (frames, components), and templates, (components, bins)."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    nmf = NMF(min(MOST_GROUPS, *magnitude.shape), init="nndsvda", max_iter=_ROUNDS, random_state=0)
    # on a busy machine, threads that wait for each other take thirty times as long for such small products
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        activation = nmf.fit_transform(magnitude)
    return activation, nmf.components_


def _notes(template: Floats, bins_hz: NDArray[np.floating]) -> frozenset[int]:
    """Return the one or two MIDI notes whose overtones stand out most."""
    first, salience = _most_salient(template, bins_hz)
    overtones_hz = _hz(first) * np.arange(1, len(bins_hz))
    near = np.abs(bins_hz[:, None] - overtones_hz[None, overtones_hz < bins_hz[-1]]).min(axis=1)
    second, rest = _most_salient(np.where(near < 2.0 * bins_hz[1], 0.0, template), bins_hz)
    return frozenset((first, second) if rest > _SECOND * salience else (first,))


def _most_salient(template: Floats, bins_hz: NDArray[np.floating]) -> tuple[int, float]:
    """Return the MIDI note with the largest sum of overtones, and that sum."""
    notes = np.arange(_LOWEST, _HIGHEST + 1)
    overtone = np.arange(1, _OVERTONES + 1)
    there = np.interp(np.outer(_hz(notes), overtone), bins_hz, template, right=0.0)
    salience = there @ _FALL ** (overtone - 1.0)
    best = int(salience.argmax())
    return int(notes[best]), float(salience[best])


def _hz(note: int | NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray(440.0 * 2.0 ** ((np.asarray(note) - 69) / 12))


def _name(notes: frozenset[int]) -> str:
    return "around " + " and ".join(f"{_NAMES[note % 12]}{note // 12 - 1}" for note in sorted(notes))
