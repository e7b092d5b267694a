import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edge.model import Model, bundled_model
from export.explanations.randomised import randomised


def test_weights_are_the_same_in_another_order_and_say_something_else() -> None:
    single = bundled_model().with_name("affetto-fp32.onnx")
    whole, forgotten = Model(single), randomised(single, 0)
    own, other = whole.contract.emotion_weights, forgotten.contract.emotion_weights
    assert not np.array_equal(own, other)
    assert np.array_equal(np.sort(own, axis=None), np.sort(other, axis=None))
    f = whole.contract.front_end
    rng = np.random.default_rng(0)
    mel = rng.random((1, 40, f.hops_per_step, f.mel_bands), np.float32)
    pitch = rng.random((1, 40, f.pitch_bins), np.float32)
    said, said_other = (m.evidence(mel, pitch) for m in (whole, forgotten))
    assert np.isfinite(said_other).all()
    assert np.abs(said - said_other).max() > 0.1
    assert np.array_equal(randomised(single, 0).evidence(mel, pitch), said_other)


@pytest.mark.parametrize("least", [5])
def test_there_are_convolutions_to_forget(least: int) -> None:
    graph = onnx.load(bundled_model().with_name("affetto-fp32.onnx")).graph
    assert sum(numpy_helper.to_array(i).ndim >= 3 for i in graph.initializer) >= least
