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

from edge.model import Model
from export.evaluate import Listener, predict, scores
from export.onnx_export import TOLERANCE, check, write
from export.windows import Windows

MOST_ACCURACY_LOST = 0.005
LEAST_AGREEMENT = 0.98


class _Calibration(CalibrationDataReader):
    """Training windows, from a state of rest."""

    def __init__(self, windows: Windows, zero_states: dict[str, NDArray[np.float32]], count: int) -> None:
        rng = np.random.default_rng(0)
        self._batches: Iterator[dict[str, Any]] = (
            {"mel": batch.mel, "pitch": batch.pitch, **zero_states}
            for batch in (windows.draw(np.array([k]), rng) for k in rng.choice(len(windows.takes), count))
        )

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)


def quantize(single: Path, path: Path, windows: Windows, contract: dict[str, Any], count: int = 128) -> None:
    """Write the eight-bit form of the single-precision model, calibrated on windows of the training split alone."""
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantized = Path(folder) / "prepared.onnx", Path(folder) / "quantized.onnx"
        quant_pre_process(str(single), str(prepared), skip_symbolic_shape=True)
        states = {
            i.name: np.zeros([1] + [d.dim_value for d in i.type.tensor_type.shape.dim[1:]], np.float32)
            for i in onnx.load(prepared).graph.input
            if i.name.startswith("state_")
        }
        quantize_static(
            str(prepared),
            str(quantized),
            _Calibration(windows, states, count),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
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
