"""Planted evidence: a known sound in a known place decides the answer; is that place found?

Explanations of music have no known truth. Three tests make one:

"detector": the network is replaced by a detector of one band that only the planted sound reaches. Nothing else can have
decided, by construction. A louder decoy in another band, at another time, decides nothing.
"beside": the same detector adds to what the shipped network says of the music, twice as much as the music's weightiest
region does. The place is known, and the network's whole answer to the mixtures distracts from it.
"network": a chord is planted that moves a logit of the shipped network itself by 1.5 times as much. This truth is not
clean, since such a chord, 25 dB weaker, may still be heard; `Plant.undone` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.sound.parts import Parts
from edge.explain.sound.segments import BAND_EDGES_HZ, segment
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.weights.estimate import OUTPUTS, outputs
from edge.explain.weights.perturbation import Perturbation
from edge.features import FrontEnd, FrontEndSettings, mel_filterbank, network_inputs
from edge.history import Excerpt
from edge.model import Model
from edge.types import EMOTIONS
from export.explanations.detector import Detector
from export.explanations.removal import energy
from export.explanations.settings import estimate

Floats = NDArray[np.float32]

KINDS = ("detector", "beside", "network")
LEAST_SHARE = 0.25
"""A part is a true one if it holds so much of the planted sound's energy; the one with most always is."""

_ABOVE_MUSIC_DB = 20.0  # in the detector's band, so that 25 dB less is below the music
_LOUDNESS_DB = (0.0, 6.0, 12.0)  # of the planted sound, above the music's mean level
_LOUDER = 2.0  # the decoy: 6 dB
_BESIDE, _DECIDES = 2.0, 1.5  # times what the region of the music that matters most does
_CHORDS = {"major chord": (0, 4, 7, 12), "minor chord": (0, 3, 7, 12), "cluster": (0, 1, 2, 6)}  # semitones


@dataclass(frozen=True, slots=True)
class Plant:
    """Music with a sound planted in it, and the model that it decides.

    Attributes
    ----------
    model : Model
    excerpt : Excerpt
        With the planted sound.
    planted : Spectrogram
        Of the planted sound alone.
    of : str
        The emotion whose logit it decides.
    kind : str
        What was planted, in words.
    """

    model: Model
    excerpt: Excerpt
    planted: Spectrogram
    of: str
    kind: str

    def truth(self, parts: Parts) -> NDArray[np.bool_]:
        """Return which parts hold the planted sound, (parts,)."""
        share = energy(self.planted, parts)
        return np.asarray((share >= LEAST_SHARE * share.sum()) | (share == share.max()))

    def undone(self, spectrogram: Spectrogram, parts: Parts) -> float:
        """Return how much of what the planted sound does is undone when the true parts are 25 dB weaker."""
        perturbation = Perturbation(Hearing(self.model, spectrogram.excerpt), spectrogram, parts)
        k = OUTPUTS.index(self.of)
        on = np.stack([np.ones(len(parts), bool), ~self.truth(parts)])
        whole, without_truth = outputs(perturbation, on).mean(axis=1)[:, k]
        music = replace(self.excerpt, sound=self.excerpt.sound - self.planted.excerpt.sound)
        without = Perturbation(Hearing(self.model, music), Spectrogram(music, spectrogram.settings), parts)
        nothing = outputs(without, on[:1]).mean(axis=1)[0, k]
        return float((whole - without_truth) / (whole - nothing))


def plant(kind: str, model: Model, music: Excerpt, seed: int) -> Plant | None:
    """Return music with something planted in it, of one of `KINDS`; None where nothing was found that decides."""
    if kind == "network":
        return by_network(model, music, seed)
    return by_construction(model, music, seed, beside=kind == "beside")


def by_construction(model: Model, music: Excerpt, seed: int, *, beside: bool = False) -> Plant:
    """Plant a chord of sines in one band at a random time and return it with its detector, alone or `beside`."""
    rng = np.random.default_rng([seed, 0])
    s = model.contract.front_end
    own, other = rng.permutation(range(2, len(BAND_EDGES_HZ)))[:2].tolist()
    tones_hz, sound = _chord_in_band(own, music, s, rng)
    bands = _mel_bands(tones_hz, s)
    in_band = _in_band(music, bands, s)
    # three frames of it, so that a louder beginning does not set its level
    steady = float(np.sort(_in_band(replace(music, sound=sound), bands, s))[-3])
    sound *= np.float32(10.0 ** (((in_band.max() - steady) * s.range_db + _ABOVE_MUSIC_DB) / 20.0))
    _, decoy = _chord_in_band(other, music, s, rng)
    decoy *= np.float32(_LOUDER * np.abs(sound).max() / np.abs(decoy).max())
    music = replace(music, sound=music.sound + decoy)
    top = float(_in_band(music, bands, s).max())
    loudest = float(_in_band(replace(music, sound=music.sound + sound), bands, s).max())
    low, high = top + 0.25 * (loudest - top), loudest
    detector = Detector(model, bands, low, high)
    if beside:
        fires = detector.fires(_level(replace(music, sound=music.sound + sound), s)[None]).mean()
        weight = model.contract.emotion_weights[EMOTIONS.index(Detector.OF), Detector.UNIT]
        most = weightiest(model, music, seed)[EMOTIONS.index(Detector.OF)]
        detector = Detector(model, bands, low, high, beside=_BESIDE * most / (weight * float(fires)))
    return _plant(cast(Model, detector), music, sound, Detector.OF, "three sines")


def by_network(model: Model, music: Excerpt, seed: int, tries: int = 200) -> Plant | None:
    """Plant random sounds until one decides a logit of the network; None where none of so many does.

    Its effect must be 1.5 times that of the music's weightiest region, by 512 mixtures of the music alone.
    """
    rng = np.random.default_rng([seed, 1])
    most = weightiest(model, music, seed)
    rms = float(np.sqrt(np.mean(np.square(music.sound))))
    hearing = Hearing(model, music)
    before = hearing.hear(music.sound).logits
    for _ in range(tries):
        kind, wave, begin = _sound(music, model.contract.front_end, rng)
        wave *= np.float32(rms * 10.0 ** (rng.choice(_LOUDNESS_DB) / 20.0) / np.sqrt(np.mean(np.square(wave))))
        sound = _at(music, begin, wave)
        # against the same reference level, so that nothing but the planted sound has changed
        times = (hearing.hear(music.sound + sound).logits - before) / most
        if times.max() >= _DECIDES:
            return _plant(model, music, sound, EMOTIONS[int(times.argmax())], kind)
    return None


def _chord_in_band(
    k: int, music: Excerpt, s: FrontEndSettings, rng: np.random.Generator
) -> tuple[NDArray[np.float64], Floats]:
    """Return the tones, in Hz, of a chord between the edges k - 1 and k of the bands, and it at a random time."""
    low_hz, high_hz = BAND_EDGES_HZ[k - 1], BAND_EDGES_HZ[k]
    # away from the band's edges, so that filters which reach into the next band do not hear it
    tones_hz = low_hz * (high_hz / low_hz) ** np.array([0.3, 0.5, 0.7])
    begin, length = _place(music, s, rng)
    return tones_hz, _at(music, begin, _tones(tones_hz, length, s.rate_hz))


def weightiest(model: Model, music: Excerpt, seed: int) -> NDArray[np.float64]:
    """Return the largest |weight| of any region of the music on each emotion, (4,)."""
    spectrogram = Spectrogram(music, model.contract.front_end)
    perturbation = Perturbation(Hearing(model, spectrogram.excerpt), spectrogram, segment("onsets", spectrogram))
    return np.abs(estimate(perturbation, "local", 512, seed).weights[:, : len(EMOTIONS)]).max(axis=0)


def _sound(music: Excerpt, s: FrontEndSettings, rng: np.random.Generator) -> tuple[str, Floats, int]:
    """Return a random chord's name, samples, and where it begins."""
    begin, length = _place(music, s, rng)
    root_hz = 110.0 * 2.0 ** (rng.integers(0, 37) / 12.0)
    kind = rng.choice(list(_CHORDS))
    return str(kind), _tones(root_hz * 2.0 ** (np.array(_CHORDS[kind]) / 12.0), length, s.rate_hz), begin


def _plant(model: Model, music: Excerpt, sound: Floats, of: str, kind: str) -> Plant:
    s = model.contract.front_end
    excerpt = replace(music, sound=music.sound + sound)
    return Plant(model, excerpt, Spectrogram(replace(music, sound=sound), s), of, kind)


def _place(music: Excerpt, s: FrontEndSettings, rng: np.random.Generator) -> tuple[int, int]:
    """Return the first sample and the length of a sound of 0.4 to 0.8 s inside the window."""
    length = round(rng.uniform(0.4, 0.8) * s.rate_hz)
    begin = music.context_steps * s.step
    return begin + int(rng.integers(s.step, music.window_steps * s.step - length - s.step)), length


def _at(music: Excerpt, begin: int, wave: Floats) -> Floats:
    sound = np.zeros_like(music.sound)
    sound[begin : begin + len(wave)] = wave
    return sound


def _tones(hz: NDArray[np.floating], length: int, rate_hz: int) -> Floats:
    """Return sines together, with 10 ms of fade at both ends."""
    t = np.arange(length) / rate_hz
    fade = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.01)
    return np.asarray(fade * np.sin(2 * np.pi * np.outer(hz, t)).sum(axis=0), np.float32)


def _mel_bands(tones_hz: NDArray[np.floating], s: FrontEndSettings) -> slice:
    bins = np.rint(tones_hz * s.mel_frame / s.rate_hz).astype(int)
    loudest = mel_filterbank(s)[:, bins].argmax(axis=0)
    return slice(int(loudest.min()), int(loudest.max()) + 1)


def _in_band(excerpt: Excerpt, bands: slice, s: FrontEndSettings) -> NDArray[np.float32]:
    """Return the mean level in some mel bands at each step, (steps,)."""
    return np.asarray(_level(excerpt, s)[:, :, bands].mean(axis=(1, 2)))


def _level(excerpt: Excerpt, s: FrontEndSettings) -> Floats:
    """Return the network's mel input of the window, (steps, hops_per_step, mel_bands)."""
    mel, _ = network_inputs(FrontEnd(s).push(excerpt.sound), excerpt.reference_dbfs, s)
    return mel[excerpt.context_steps :]
