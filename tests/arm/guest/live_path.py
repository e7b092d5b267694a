"""Hears sound files as the service does and keeps what it says, in numbers that can be compared.

    python -m tests.arm.guest.live_path OUT.npz INPUTS.npz SOUND…

INPUTS.npz holds what the network is given, `mel` and `pitch` of the same steps for every processor, so that the
network can be compared apart from the sound's way to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from edge.audio.resample import Resampler
from edge.chain import Chain
from edge.config import Decision
from edge.features import FrontEnd, ReferenceLevel, network_inputs
from edge.model import Model, bundled_model
from edge.types import EMOTIONS, TrustState

SECONDS = 10.0
BLOCK = 256
FP32 = bundled_model().with_name("affetto-fp32.onnx")

PROBABILITY = 1e-3
"""Largest difference between probabilities on two processors; 5e-4 was seen on one of four sounds, 4e-8 on the others.

What the network is given differs in its last bits, and what lies between two of its eight-bit steps may fall to either.
"""

Arrays = dict[str, NDArray[np.floating | np.integer]]


def read(path: Path) -> tuple[NDArray[np.float32], int]:
    """Return the first seconds of a file, (n,), and its rate in Hz."""
    with soundfile.SoundFile(path) as file:
        sound = file.read(int(SECONDS * file.samplerate), dtype="float32", always_2d=True)
        return np.asarray(sound.mean(axis=1), np.float32), file.samplerate


def inputs(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the network is given for a file, (n, 4, 64) and (n, 216)."""
    sound, rate_hz = read(path)
    front_end = FrontEnd()
    steps = front_end.push(Resampler(rate_hz, front_end.settings.rate_hz).push(sound, last=True))
    reference = ReferenceLevel(front_end.settings.steps_per_second).follow(steps.level_dbfs)
    return network_inputs(steps, reference, front_end.settings)


def hear(model: Model, path: Path) -> Arrays:
    """Return everything that the chain predicts of a file, in blocks as from a sound card."""
    sound, rate_hz = read(path)
    chain = Chain(model, Decision(), rate_hz)
    predictions = []
    for start in range(0, len(sound), BLOCK):
        predictions += chain.push(sound[start : start + BLOCK])
    return {
        "probabilities": np.array([p.probabilities for p in predictions]),
        "mid_level": np.array([p.mid_level for p in predictions]),
        "effects": np.array([p.effects for p in predictions]),
        "level_dbfs": np.array([p.level_dbfs for p in predictions]),
        "label": np.array([EMOTIONS.index(p.label) if p.label else -1 for p in predictions]),
        "state": np.array([list(TrustState).index(p.state) for p in predictions]),
    }


def forms(model: Model, mel: NDArray[np.float32], pitch: NDArray[np.float32]) -> Arrays:
    """Return the evidence of the window form for all steps at once, and of the streaming form step by step."""
    stream = model.stream()
    steps = [stream.push(mel[k : k + 1], pitch[k : k + 1]) for k in range(len(mel))]
    return {"window": model.evidence(mel[None], pitch[None])[0], "stream": np.concatenate(steps)}


def main(out: str, given: str, *sounds: str) -> None:
    """Write everything into one file, as `what/which`."""
    arrays: Arrays = {}
    int8 = Model()
    with np.load(given) as held:
        for name, model in (("int8", int8), ("fp32", Model(FP32))):
            arrays |= {f"{name}/{key}": value for key, value in forms(model, held["mel"], held["pitch"]).items()}
    for sound in sounds:
        arrays |= {f"{Path(sound).name}/{key}": value for key, value in hear(int8, Path(sound)).items()}
    np.savez(out, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
