"""A made model whose bias is known: it hears the label in the low notes, and takes a bright guitar for a sad one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge.features import FrontEndSettings, mel_filterbank
from edge.types import EMOTIONS, MID_LEVEL
from export.audit.models import Audited
from export.audit.music import Music
from export.dataset import Take
from export.evaluate import Listener
from tests.export.made import piece, sine, take

SAD = EMOTIONS.index("sad")
BRIGHTNESS = MID_LEVEL.index("brightness")
NOTES_HZ = (110.0, 220.0, 440.0, 620.0)  # what each emotion's pieces play
_BRIGHT_HZ = 3000.0
_SECONDS = 9
_BANDS = [int(mel_filterbank(FrontEndSettings())[:, round(hz * 2048 / 22050)].argmax()) for hz in NOTES_HZ]
_BRIGHT_BAND = int(mel_filterbank(FrontEndSettings())[:, round(_BRIGHT_HZ * 2048 / 22050)].argmax())


def sound(emotion: int, bright: bool, seed: int = 0) -> np.ndarray:
    """Return a note of the emotion; a bright guitar adds a high partial."""
    noise = 1e-4 * np.random.default_rng(seed).standard_normal(_SECONDS * FrontEndSettings().rate_hz)
    note = sine(NOTES_HZ[emotion], _SECONDS, 0.1) + (sine(_BRIGHT_HZ, _SECONDS, 0.1) if bright else 0.0)
    return (note + noise).astype(np.float32)


def model(bias: float) -> Audited:
    """Return a model that says the emotion whose note sounds, and adds `bias` to sad where it is bright."""
    weights = np.zeros((len(EMOTIONS), len(MID_LEVEL)))
    weights[range(4), range(4)] = 3.0
    weights[SAD, BRIGHTNESS] = bias

    def judge(mel: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mid_level = np.zeros((len(mel), len(MID_LEVEL)), np.float32)
        mid_level[:, :4] = mel[..., _BANDS].mean(axis=(1, 2))
        mid_level[:, BRIGHTNESS] = mel[..., _BRIGHT_BAND].mean(axis=(1, 2))
        return (mid_level @ weights.T).astype(np.float32), mid_level

    return Audited("made", Listener(judge), weights)


def music(songs: int = 16) -> Music:
    """Return each song on a dark and on a bright guitar, in rooms that mean nothing."""
    sounds = {(e, bright): sound(e, bright) for e in range(4) for bright in (False, True)}
    heard = {key: take(piece(emotion=key[0], seconds=_SECONDS), made) for key, made in sounds.items()}
    takes: list[Take] = []
    for song in range(songs):
        of = piece(f"p{song}", f"s{song}", song % 4, "test", _SECONDS)
        takes += [
            replace(heard[song % 4, guitar == "bright"], piece=of, guitar=guitar) for guitar in ("dark", "bright")
        ]
    rooms = np.random.default_rng(0).permutation(["small", "large"] * songs).tolist()
    return Music(
        takes,
        {"guitar": [t.guitar for t in takes], "room": rooms, "corpus": ["one"] * len(takes)},
        lambda t: sounds[t.piece.emotion or 0, t.guitar == "bright"],
    )
