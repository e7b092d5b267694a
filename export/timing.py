"""How long a model takes for a second of sound, on one thread of the machine at hand, and how large its weights are.

Processor time, so that whatever else runs on the machine is not counted. Neither is the front end's work, which is the
same for all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from edge.features import FrontEndSettings
from edge.model import Model
from export.networks import Network

_STREAM_STEPS = 108  # ten seconds


def window_ms_per_s(net: Network, rounds: int = 5) -> float:
    """Return ms for each second of sound that `net` judges once: torch, single precision, one of its windows alone."""
    s = FrontEndSettings()
    steps = net.warm_up_steps + round(net.window_s * s.steps_per_second)
    mel, pitch = torch.rand(1, steps, s.hops_per_step, s.mel_bands), torch.rand(1, steps, s.pitch_bins)
    threads, training = torch.get_num_threads(), net.training
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            net.eval()
            took_ms = _median_ms(lambda: net.judge_window(mel, pitch), rounds)
    finally:
        torch.set_num_threads(threads)
        net.train(training)
    return took_ms * s.steps_per_second / steps


def stream_ms_per_s(model: Model, rounds: int = 5) -> float:
    """Return ms for each second of sound that streams through an ONNX model one step at a time, as live."""
    s = model.contract.front_end
    rng = np.random.default_rng(0)
    mel = rng.random((_STREAM_STEPS, s.hops_per_step, s.mel_bands), np.float32)
    pitch = rng.random((_STREAM_STEPS, s.pitch_bins), np.float32)
    stream = model.stream()

    def play() -> None:
        for k in range(_STREAM_STEPS):
            stream.push(mel[k : k + 1], pitch[k : k + 1])

    return _median_ms(play, rounds) * s.steps_per_second / _STREAM_STEPS


def weights_bytes(net: Network) -> int:
    """Return the size of the learned weights in single precision."""
    return 4 * sum(p.numel() for p in net.parameters())


def file_bytes(path: Path) -> int:
    return path.stat().st_size


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    work()  # the first call allocates
    took = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        took.append(1e3 * (time.process_time() - start))
    return statistics.median(took)
