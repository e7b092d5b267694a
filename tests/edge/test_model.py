"""The bundled model keeps its contract, and files that do not are refused in one line."""

import json
import os
import subprocess
import sys

import numpy as np
import onnx
import pytest

from edge.checksum import seal
from edge.errors import ModelError
from edge.features import FrontEndSettings
from edge.model import METADATA_KEY, Model, bundled_model

S = FrontEndSettings()


def inputs(steps, seed=0):
    rng = np.random.default_rng(seed)
    mel = rng.uniform(0, 1, (steps, S.hops_per_step, S.mel_bands)).astype(np.float32)
    return mel, rng.uniform(0, 1, (steps, S.pitch_bins)).astype(np.float32)


@pytest.mark.parametrize("sizes", [[1] * 70, [3, 1, 30, 36], [64, 6]])
def test_streaming_equals_the_window_form(sizes):
    model = Model()
    mel, pitch = inputs(70)
    window = model.evidence(mel[None], pitch[None])[0]
    stream, parts, start = model.stream(), [], 0
    for size in sizes:
        parts.append(stream.push(mel[start : start + size], pitch[start : start + size]))
        start += size
    np.testing.assert_allclose(np.concatenate(parts), window, atol=1e-5)
    stream.reset()
    np.testing.assert_allclose(stream.push(mel[:5], pitch[:5]), window[:5], atol=1e-5)


def test_the_future_changes_nothing_and_the_far_past_neither():
    model = Model()
    mel, pitch = inputs(160)
    reference = model.evidence(mel[None], pitch[None])[0]
    changed = mel.copy()
    changed[50] = 0.0
    evidence = model.evidence(changed[None], pitch[None])[0]
    difference = np.abs(evidence - reference).max(axis=1)
    assert difference[:50].max() < 1e-6
    assert difference[50] > 1e-6
    assert difference[50 + model.contract.receptive_steps :].max() < 1e-6


def test_streams_do_not_disturb_each_other():
    model = Model()
    one, two = model.stream(), model.stream()
    mel, pitch = inputs(8)
    alone = model.stream().push(mel, pitch)
    parts = []
    for k in range(8):
        two.push(*inputs(1, seed=k + 1))
        parts.append(one.push(mel[k : k + 1], pitch[k : k + 1]))
    np.testing.assert_allclose(np.concatenate(parts), alone, atol=1e-5)


def with_metadata(path, **changes):
    model = onnx.load(bundled_model())
    entry = next(p for p in model.metadata_props if p.key == METADATA_KEY)
    card = {**json.loads(entry.value), **changes}
    entry.value = json.dumps({k: v for k, v in card.items() if v is not None})
    del model.metadata_props[1:]  # the checksum
    path.write_bytes(seal(model.SerializeToString()))
    return path


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contract": 2}, "another version"),
        ({"front_end": {**S.to_dict(), "hop": 256}}, "another front end"),
        ({"front_end": {"hop": 512, "colour": 1}}, "metadata is damaged"),
        ({"labels": ["happy", "sad", "aggressive", "relaxed"]}, "other emotions or features"),
        ({"emotion_weights": [[1.0] * 7] * 4}, "other emotions or features"),
        ({"emotion_weights": None}, "metadata is damaged"),
        ({"temperature": 0.0}, "last layer is damaged"),
        ({"emotion_bias": [0.0]}, "last layer is damaged"),
    ],
)
def test_a_file_that_does_not_match_is_refused(tmp_path, changes, expected):
    path = with_metadata(tmp_path / "m.onnx", **changes)
    with pytest.raises(ModelError, match=expected) as error:
        Model(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_damaged_missing_and_foreign_files_are_refused(tmp_path):
    (tmp_path / "torn.onnx").write_bytes(bundled_model().read_bytes()[:5000])
    (tmp_path / "text.onnx").write_text("hello")
    foreign = onnx.load(bundled_model())
    del foreign.metadata_props[:]
    onnx.save(foreign, tmp_path / "foreign.onnx")
    for name in ("torn.onnx", "text.onnx", "foreign.onnx", "none.onnx"):
        with pytest.raises(ModelError, match=name):
            Model(tmp_path / name)


def test_onnxruntime_writes_nothing_and_starts_no_telemetry(tmp_path):
    code = (
        "from edge.model import Model; import numpy as np; Model(); import threading; print(threading.active_count())"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")} | {"HOME": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "1\n"
    assert list(tmp_path.iterdir()) == []


def test_probabilities_sum_to_one_even_for_extreme_values():
    model = Model()
    for values in (np.zeros(11), np.full(11, 1e3), np.full(11, -1e3)):
        p = model.probabilities(values)
        assert p.sum() == pytest.approx(1.0)
        assert np.isfinite(p).all()
