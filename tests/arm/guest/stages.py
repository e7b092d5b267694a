"""How many instructions each stage of the live path takes for a second of sound; prints JSON.

    python -m tests.arm.guest.stages COUNTS SOUND

under the plugin that counts into COUNTS.PID. Each stage works on some seconds of sound once, and then twice; the
difference is what so much sound costs, without starting, warming up or reading the counts.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.audio.resample import Resampler
from edge.chain import Chain
from edge.config import Decision
from edge.features import FrontEnd, ReferenceLevel, network_inputs
from edge.history import History
from edge.model import Model
from tests.arm.guest.live_path import read

RATE_HZ = 48000
"""Of most sound cards."""
BLOCK = 256
STEPS = 32
REPEATS = 2

Samples = NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """What does one stage's work for `seconds` of sound, always the same."""

    work: Callable[[], None]
    seconds: float

    def marginal(self, executed: Callable[[], int]) -> float:
        """Return the instructions for a second of sound: of doing the work twice, less those of doing it once."""
        totals = []
        for times in (1, 2):
            gc.collect()
            before = executed()
            for _ in range(times):
                self.work()
            totals.append(executed() - before)
        return (totals[1] - totals[0]) / self.seconds


def stages(model: Model, sound: Samples) -> dict[str, Stage]:
    """Return each stage with its work on `sound`, at RATE_HZ, in the pieces in which it comes live."""
    s = model.contract.front_end
    pieces = live_pieces(model, sound)
    front_end, reference = FrontEnd(s), ReferenceLevel(s.steps_per_second)
    resampler, stream = Resampler(RATE_HZ, s.rate_hz), model.stream()
    at_rate = Resampler(RATE_HZ, s.rate_hz).push(np.concatenate(pieces))
    steps = [at_rate[k : k + s.step] for k in range(0, len(at_rate) - s.step + 1, s.step)]
    history = History(60.0, s, model.contract.receptive_steps)
    history.begin(0.0)
    chain = Chain(model, Decision(), RATE_HZ, history)

    def features(step: Samples) -> tuple[Samples, Samples]:
        found = front_end.push(step)
        return network_inputs(found, reference.follow(found.level_dbfs), s)

    given = [features(step) for step in steps]
    played_s, heard_s = sum(map(len, pieces)) / RATE_HZ, len(steps) / s.steps_per_second
    return {
        "resampling": Stage(lambda: _each(pieces, resampler.push), played_s),
        "features": Stage(lambda: _each(steps, features), heard_s),
        "network": Stage(lambda: _each(given, lambda one: stream.push(*one)), heard_s),
        "chain": Stage(lambda: _each(pieces, chain.push), played_s),
    }


def live_pieces(model: Model, sound: Samples) -> list[Samples]:
    """Return the first pieces in which the analysis takes a sound from the ring: whole blocks, enough for a step."""
    chain, pieces, start = Chain(model, Decision(), RATE_HZ), [], 0
    for _ in range(STEPS):
        end = start + -(-chain.frames_wanted() // BLOCK) * BLOCK
        pieces.append(sound[start:end])
        chain.push(pieces[-1])
        start = end
    return pieces


def _each(items: list[T], function: Callable[[T], object]) -> None:
    for item in items:
        function(item)


def main(counts: str, file: str) -> None:
    """Print for each stage the instructions for a second of sound, as often as they were counted."""
    held = np.memmap(f"{counts}.{os.getpid()}", np.uint64, "r")
    model = Model()
    sound, rate_hz = read(Path(file))
    found: dict[str, list[float]] = {}
    for name, stage in stages(model, Resampler(rate_hz, RATE_HZ).push(sound, last=True)).items():
        for _ in range(2):
            stage.work()  # Python adapts its code to what it does
        found[name] = [stage.marginal(lambda: int(held[1::2].sum())) for _ in range(REPEATS)]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
