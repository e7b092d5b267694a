"""The demo take played into takes as the analysis thread does it, but as fast as it goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

import edge
from edge.chain import Chain
from edge.config import Decision
from edge.config import Takes as Settings
from edge.history import History
from edge.model import Model
from edge.takes.service import Takes
from edge.types import Prediction

DEMO = Path(edge.__file__).parent / "assets" / "demo.flac"
MODEL = Model()
BLOCK = 4096


class Playing:
    """Takes in a folder, and somebody who plays the demo take; `play` returns when it has been heard."""

    def __init__(self, folder: Path, memory_s: float = 30.0, **settings: object) -> None:
        contract = MODEL.contract
        self.sound, self.rate_hz = soundfile.read(DEMO, dtype="float32")
        self.history = History(memory_s, contract.front_end, contract.receptive_steps)
        self.chain = Chain(MODEL, Decision(), self.rate_hz, self.history)
        self.takes = Takes(Settings(folder=str(folder), **settings), Decision(), MODEL, self.history)
        self.tap, self.recorder, self.library = self.takes.tap, self.takes.recorder, self.takes.library
        self.predictions: list[Prediction] = []
        self.frames = 0
        self.tap.begin(self.rate_hz)

    def play(self, seconds: float) -> None:
        end = self.frames + round(seconds * self.rate_hz)
        while self.frames < end:
            block = self.sound[self.frames : min(end, self.frames + BLOCK)]
            self.frames += len(block)
            predictions = self.chain.push(block)
            self.predictions += predictions
            self.tap.hear(block, self.chain.heard_s, predictions)

    def __enter__(self) -> Playing:
        self.takes.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.takes.close()


def read(folder: Path) -> tuple[np.ndarray, int]:
    """Return the sound of a take."""
    return soundfile.read(folder / "sound.flac", dtype="float32")
