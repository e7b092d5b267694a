"""Sources in the sound of a take: the noise of the attacks, and three registers of what rings.

As audioLIME (Haunschmid, Manilow & Widmer 2020) attenuates stems of a band and sees what the model then says; a guitar
alone has no stems, so its sound is parted by masks on the short-time Fourier transform: percussive against harmonic
(Fitzgerald, DAFx 2010), and the harmonic part by frequency. With four sources all sixteen mixtures are heard, and what
a source does is exactly the coefficient of a linear model of them; no sampling, no kernel.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import librosa
import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEnd, FrontEndSettings
from export.audit.models import Audited
from export.dataset import Take
from export.rendering.recording import Sound

SOURCES = ("attack noise", "below 200 Hz", "200 to 800 Hz", "above 800 Hz")
STAYS = "stays when all are softer"
"""What no source does alone: a colour that is in all of them alike is heard in what is left of each."""

_EDGES_HZ = (200.0, 800.0)
_ATTENUATION_DB = 25.0
_FRAME, _HOP = 2048, 512
_MIXTURES = np.array(list(product((False, True), repeat=len(SOURCES))))


def parts(sound: Sound) -> NDArray[np.float32]:
    """Return the sources of a sound at the front end's rate, (4, samples); their sum is the sound."""
    spectrum = librosa.stft(sound, n_fft=_FRAME, hop_length=_HOP)
    harmonic, percussive = librosa.decompose.hpss(np.abs(spectrum), mask=True)
    register = np.digitize(np.fft.rfftfreq(_FRAME, 1.0 / FrontEndSettings().rate_hz), _EDGES_HZ)
    masks = [percussive, *(harmonic * (register == k)[:, None] for k in range(len(_EDGES_HZ) + 1))]
    return np.array([librosa.istft(spectrum * m, hop_length=_HOP, length=len(sound)) for m in masks], np.float32)


def mixtures(take: Take, sound: Sound) -> list[Take]:
    """Return the take as it would be heard in each of the sixteen mixtures, every source whole or 25 dB softer."""
    sources = parts(sound)
    gains = np.where(_MIXTURES, 1.0, 10.0 ** (-_ATTENUATION_DB / 20.0)).astype(np.float32)
    return [replace(take, steps=FrontEnd().push(gain @ sources)) for gain in gains]


def effects_of_sources(model: Audited, heard: list[Take]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each source does to each emotion in the `mixtures` of a take, and how far that explains them.

    Parameters
    ----------
    heard : list of 16 Take

    Returns
    -------
    (4 emotions, 5) float64
        Mean change of the logit (less the mean of the four) as each of the four sources rises to its own level, over
        all mixtures of the others: the coefficients of least squares on all sixteen. Then the logit that the same
        linear model gives when all are softer; with the four, it sums to the logit of the whole.
    (4,) float64
        The share of the logits' variance over the mixtures that these coefficients explain, R².
    """
    logits = model.logits(heard)
    design = np.where(_MIXTURES, 0.5, -0.5)
    centred = logits - logits.mean(axis=0)
    # the columns of a full factorial design are orthogonal, each with the squared norm 16 / 4
    coefficients = design.T @ centred / (len(design) / 4.0)
    left = np.square(centred - design @ coefficients).sum(axis=0)
    stays = logits.mean(axis=0) - 0.5 * coefficients.sum(axis=0)
    return np.vstack([coefficients, stays]).T, 1.0 - left / np.maximum(np.square(centred).sum(axis=0), 1e-12)
