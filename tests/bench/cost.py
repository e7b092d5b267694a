"""CPU time per second of sound: streaming against computing each window anew, same sound, same network."""

from __future__ import annotations

import time
from collections.abc import Callable

import librosa
import numpy as np
import torch
from numpy.typing import NDArray

from edge.chain import Chain
from edge.config import Decision
from edge.features import FrontEndSettings, ReferenceLevel, Steps, network_inputs, pitch_filterbank
from edge.model import Model
from export.networks.affetto import AffettoNet
from tests.bench.table import show
from tests.edge.sounds import strings

SECONDS = 20.0
WINDOW_S = 3.0
PER_SECOND = 10
ROUNDS = 5
BLOCK = 256
REPEATS = 10
SETTINGS = FrontEndSettings()


def measure(seconds: float = SECONDS, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the CPU milliseconds per second of sound of each way, the median over rounds that take turns."""
    torch.set_num_threads(1)
    model = Model()
    s = model.contract.front_end
    sound = strings(seconds, s.rate_hz)
    features, mel_alone, network = _librosa_features(), _librosa_features(pitch=False), _torch_network()
    chain = Chain(model, Decision(), s.rate_hz)
    ways: dict[str, Callable[[], None]] = {
        "streaming": lambda: _stream(chain, sound),
        "librosa + ONNX": lambda: _windows(sound, s.rate_hz, features, model.evidence),
        "librosa's log-mel alone + ONNX": lambda: _windows(sound, s.rate_hz, mel_alone, model.evidence),
        "librosa + torch": lambda: _windows(sound, s.rate_hz, features, network),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # first use compiles and loads
    for _ in range(rounds):
        for name, way in ways.items():
            # each way has the processor for about as long, or the cheapest would be measured on cold caches alone
            repeats = REPEATS if name == "streaming" else 1
            started = time.process_time()
            for _ in range(repeats):
                way()
            times[name].append((time.process_time() - started) / (repeats * seconds) * 1000)
    return {name: float(np.median(values)) for name, values in times.items()}


def run() -> None:
    times = measure()
    base = times["streaming"]
    show(
        f"CPU per second of sound: features, network and decision ({PER_SECOND} predictions a second)",
        ("way", "ms", "ratio"),
        [(name, f"{ms:.2f}", f"{ms / base:.1f}") for name, ms in times.items()],
        f"librosa: log-mel and log-frequency banks of the whole {WINDOW_S:g} s window at every prediction; one thread",
    )


def _stream(chain: Chain, sound: NDArray[np.float32]) -> None:
    start = 0
    while start < len(sound):  # as the pipeline takes it from the ring: whole blocks, enough for a step
        end = start + -(-chain.frames_wanted() // BLOCK) * BLOCK
        chain.push(sound[start:end])
        start = end


def _windows(
    sound: NDArray[np.float32],
    rate_hz: int,
    features: Callable[[NDArray[np.float32]], Steps],
    network: Callable[..., object],
) -> None:
    size, hop = int(WINDOW_S * rate_hz), rate_hz // PER_SECOND
    for end in range(hop, len(sound) + 1, hop):
        window = sound[max(0, end - size) : end]
        window = np.pad(window, (size - len(window), 0))
        steps = features(window)
        reference = ReferenceLevel(SETTINGS.steps_per_second).follow(steps.level_dbfs)
        mel, pitch = network_inputs(steps, reference, SETTINGS)
        network(mel[None], pitch[None])


def _librosa_features(*, pitch: bool = True) -> Callable[[NDArray[np.float32]], Steps]:
    s = SETTINGS
    filters = pitch_filterbank(s).astype(np.float32)

    def features(window: NDArray[np.float32]) -> Steps:
        n = len(window) // s.step
        window = window[len(window) - n * s.step :]
        mel = librosa.feature.melspectrogram(
            y=window, sr=s.rate_hz, n_fft=s.mel_frame, hop_length=s.hop, n_mels=s.mel_bands,
            fmin=s.mel_low_hz, fmax=s.mel_high_hz,
        )  # fmt: skip
        pitch_db = np.zeros((n, s.pitch_bins), np.float32)
        if pitch:
            spectrum = librosa.stft(window, n_fft=s.pitch_frame, hop_length=s.step)
            pitch_db = librosa.power_to_db(filters @ np.square(np.abs(spectrum)), top_db=None).T
        mel_db = librosa.power_to_db(mel, top_db=None).T
        level = 20 * np.log10(librosa.feature.rms(y=window, frame_length=s.step, hop_length=s.step)[0] + 1e-7)
        return Steps(mel_db[: n * s.hops_per_step].reshape(n, s.hops_per_step, -1), pitch_db[:n], level[:n])

    return features


def _torch_network() -> Callable[..., object]:
    """Return the same layers in torch; what they cost does not depend on their weights."""
    network = AffettoNet().eval()

    def evidence(mel: NDArray[np.float32], pitch: NDArray[np.float32]) -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(mel), torch.from_numpy(pitch))

    return evidence
