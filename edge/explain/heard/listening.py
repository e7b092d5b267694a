"""Parts of the sound to listen to, alone, stronger, weaker or taken away, each with what the network says of it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Heard, Hearing
from edge.explain.heard.loudness import matched
from edge.explain.sound.parts import QUIET_DB, Parts
from edge.explain.sound.spectrogram import Spectrogram

Floats = NDArray[np.float32]

ORIGINAL = "original"
CHANGED = "changed"

CLEARLY_DB = 9.0
"""Clearly stronger or weaker to a listener, yet still the same music."""

GAINS_DB = {
    ORIGINAL: (0.0, 0.0),
    "alone": (0.0, QUIET_DB),
    "enhanced": (CLEARLY_DB, 0.0),
    "weakened": (-CLEARLY_DB, 0.0),
    "removed": (QUIET_DB, 0.0),
}
"""Of the chosen parts and of the others. Nothing is muted: the network never heard music with holes."""

_FADE_S = 0.01


@dataclass(frozen=True, slots=True)
class Version:
    """A sound for a listener, and the network's answer to it.

    Attributes
    ----------
    sound : (n,) float32
        The prediction's window at the front end's rate; as loud as the other versions, faded at both ends.
    heard : Heard
        Of the sound before loudness and fades, after the same context as the original.
    """

    sound: Floats
    heard: Heard


def versions(
    hearing: Hearing,
    spectrogram: Spectrogram,
    parts: Parts,
    chosen: NDArray[np.integer] | list[int],
    changed: Floats | None = None,
) -> dict[str, Version]:
    """Return what `GAINS_DB` names, and "changed".

    Parameters
    ----------
    hearing : Hearing
        Of the spectrogram's excerpt.
    spectrogram : Spectrogram
    parts : Parts
    chosen : (n,) int
        Numbers of the parts that it is about.
    changed : (samples,) float32, optional
        One more sound as long as the excerpt's, such as that of a what-if.
    """
    rendered: dict[str, Floats] = {}
    answers: dict[str, Future[Heard]] = {}
    with ThreadPoolExecutor(1) as network:  # one sound is heard while the next is made
        for name, (chosen_db, others_db) in GAINS_DB.items():
            gains_db = np.full(len(parts), others_db)
            gains_db[np.asarray(chosen, np.intp)] = chosen_db
            rendered[name] = spectrogram.excerpt.sound if name == ORIGINAL else render(spectrogram, parts, gains_db)
            answers[name] = network.submit(hearing.hear, rendered[name])
        if changed is not None:
            rendered[CHANGED] = changed
            answers[CHANGED] = network.submit(hearing.hear, changed)
        windows = to_listen(spectrogram, rendered)
        return {name: Version(windows[name], answer.result()) for name, answer in answers.items()}


def render(spectrogram: Spectrogram, parts: Parts, gains_db: NDArray[np.floating]) -> Floats:
    """Return the excerpt's sound, context included, with each part raised or lowered by its gain, (parts,) in dB.

    No clicks: four windowed frames overlap at each moment, so that a gain that differs from frame to frame is heard
    as a fade over 93 ms.
    """
    return spectrogram.sound(parts.gain(10.0 ** (np.asarray(gains_db, np.float64) / 20.0)))


def to_listen(spectrogram: Spectrogram, rendered: dict[str, Floats]) -> dict[str, Floats]:
    """Return the windows of sounds as long as the excerpt, `ORIGINAL` among them; all as loud as that one."""
    rate_hz = spectrogram.settings.rate_hz
    begin = spectrogram.excerpt.context_steps * spectrogram.settings.step
    windows = matched({name: sound[begin:] for name, sound in rendered.items()}, rate_hz, ORIGINAL)
    return {name: _faded(window, rate_hz) for name, window in windows.items()}


def _faded(sound: Floats, rate_hz: int) -> Floats:
    count = min(len(sound) // 2, round(_FADE_S * rate_hz))
    fade = np.square(np.sin(np.pi / 2 * (np.arange(count) + 0.5) / count)).astype(np.float32)
    out = sound.copy()
    out[:count] *= fade
    out[len(out) - count :] *= fade[::-1]
    return out
