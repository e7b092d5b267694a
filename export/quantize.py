"""Eight-bit weights and activations, and whether the smaller model may take the larger one's place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from edge.explain.sound.parts import QUIET_DB
from edge.explain.sound.segments import BAND_EDGES_HZ
from edge.features import FrontEndSettings, mel_filterbank
from edge.model import Model
from export import midlevel
from export.corpora.recording import Recording, features_of
from export.evaluate import Listener, predict, scores
from export.notes import CorpusError
from export.onnx_export import TOLERANCE, check, write
from export.windows import Windows, inputs

Floats = NDArray[np.float32]

_SLICE_STEPS = 6  # 0.56 s

# the beat and what reads it: no two processors divide to the last bit, and rounded to eight bits that would show
_IN_SINGLE = ("beat.", "told.", "evidence.")

MOST_ACCURACY_LOST = 0.005
LEAST_AGREEMENT = 0.98


class _Calibration(CalibrationDataReader):
    """Training windows, from a state of rest; every other one with parts turned down, as explanations show them."""

    def __init__(self, windows: Windows, zero_states: dict[str, Floats], count: int) -> None:
        rng = np.random.default_rng(0)
        self._batches = self._draw(windows, zero_states, rng.choice(len(windows.takes), count), rng)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)

    @staticmethod
    def _draw(
        windows: Windows, zero_states: dict[str, Floats], takes: NDArray[np.int_], rng: np.random.Generator
    ) -> Iterator[dict[str, Any]]:
        for k, take in enumerate(takes):
            batch = windows.draw(np.array([take]), rng)
            mel, pitch = batch.mel, batch.pitch
            if k % 2:
                mel, pitch = with_parts_quiet(mel, pitch, windows.settings, rng)
            yield {"mel": mel, "pitch": pitch, **zero_states}


def with_parts_quiet(
    mel: Floats, pitch: Floats, front_end: FrontEndSettings, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return a window, inputs of the network with a batch axis of one, in which half of its regions are turned down.

    Regions as explanations divide a window, half a second long; what is turned down is `QUIET_DB` weaker.
    """
    steps = mel.shape[1]
    slices = np.arange(steps) // _SLICE_STEPS
    weaker = np.where(rng.random((slices[-1] + 1, len(BAND_EDGES_HZ) + 1)) < 0.5, -QUIET_DB / front_end.range_db, 0.0)
    bins_hz = np.fft.rfftfreq(front_end.mel_frame, 1 / front_end.rate_hz)
    of_mel = np.digitize(bins_hz[mel_filterbank(front_end).argmax(axis=1)], BAND_EDGES_HZ)
    pitch_hz = front_end.pitch_low_hz * 2.0 ** (np.arange(front_end.pitch_bins) / front_end.pitch_bins_per_octave)
    of_pitch = np.digitize(pitch_hz, BAND_EDGES_HZ)
    less_mel, less_pitch = weaker[slices][:, of_mel], weaker[slices][:, of_pitch]
    return (
        np.maximum(mel - less_mel[None, :, None], 0.0).astype(np.float32),
        np.maximum(pitch - less_pitch[None], 0.0).astype(np.float32),
    )


def quantize(single: Path, path: Path, windows: Windows, contract: dict[str, Any], count: int = 128) -> None:
    """Write the eight-bit form of the single-precision model, calibrated on windows of the training split alone."""
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantized = Path(folder) / "prepared.onnx", Path(folder) / "quantized.onnx"
        quant_pre_process(str(single), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        states = {
            i.name: np.zeros([1] + [d.dim_value for d in i.type.tensor_type.shape.dim[1:]], np.float32)
            for i in graph.input
            if i.name.startswith("state_")
        }
        quantize_static(
            str(prepared),
            str(quantized),
            _Calibration(windows, states, count),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[n.name for n in graph.node if any(part in w for part in _IN_SINGLE for w in n.input)],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        write(onnx.load(quantized), path, contract)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The eight-bit model beside the single-precision one, on the same music.

    Attributes
    ----------
    agreement : float
        Share of windows with the same label.
    logit_difference : float
        The largest of any window and emotion.
    accuracy_single, accuracy_eight_bit : float
        Four-class, per take.
    stream_difference : float
        Between the eight-bit model's window and streaming forms.
    bytes_single, bytes_eight_bit : int
    """

    agreement: float
    logit_difference: float
    accuracy_single: float
    accuracy_eight_bit: float
    stream_difference: float
    bytes_single: int
    bytes_eight_bit: int

    @property
    def may_replace(self) -> bool:
        """Whether nobody would notice: as accurate, the same labels, and any split of steps the same evidence."""
        return (
            self.accuracy_single - self.accuracy_eight_bit <= MOST_ACCURACY_LOST
            and self.agreement >= LEAST_AGREEMENT
            and self.stream_difference <= TOLERANCE
        )


def compare_on(recording: Path, single: Path, eight_bit: Path) -> dict[str, float]:
    """Hear a recording with both models, in a window that moves a step at a time.

    Returns
    -------
    dict
        "agreement": share of windows with the same label. "logit_difference": the largest of any window and emotion.
    """
    front_end = FrontEndSettings()
    steps = features_of(Recording(recording.stem, recording.stem, recording, None), front_end)
    length = round(midlevel.WINDOW_S * front_end.steps_per_second)
    if len(steps) < length:
        raise CorpusError(f"{recording}: shorter than a window of {midlevel.WINDOW_S} s; give a longer recording")
    mel, pitch = inputs(steps, front_end, session_dbfs=None)
    logits = []
    for model in (Model(single), Model(eight_bit)):
        evidence = model.evidence(mel[None], pitch[None])[0]
        mid_level = np.lib.stride_tricks.sliding_window_view(evidence, length, axis=0).mean(axis=-1)
        logits.append(mid_level @ model.contract.emotion_weights.T + model.contract.emotion_bias)
    return {
        "agreement": round(float(np.mean(logits[0].argmax(axis=1) == logits[1].argmax(axis=1))), 4),
        "logit_difference": round(float(np.abs(logits[0] - logits[1]).max()), 4),
    }


def compare(single: Path, eight_bit: Path, windows: Windows) -> Comparison:
    """Hear takes with both models and compare what they say of each window and of each take."""
    one, other = (
        predict(Listener.of_model(Model(path), windows.warm_up), windows, in_session=True)
        for path in (single, eight_bit)
    )
    return Comparison(
        agreement=float(np.mean(one.logits.argmax(axis=1) == other.logits.argmax(axis=1))),
        logit_difference=float(np.abs(one.logits - other.logits).max()),
        accuracy_single=scores(one.takes())["accuracy"],
        accuracy_eight_bit=scores(other.takes())["accuracy"],
        stream_difference=check(eight_bit)["stream"],
        bytes_single=single.stat().st_size,
        bytes_eight_bit=eight_bit.stat().st_size,
    )
