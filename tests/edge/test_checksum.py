"""Damage that leaves an ONNX file valid."""

import numpy as np
import onnx
import pytest

from edge.checksum import is_intact, seal
from edge.errors import ModelError
from edge.model import Model, bundled_model


def test_a_sealed_file_is_the_same_model_with_one_more_entry_in_its_metadata():
    file = bundled_model().read_bytes()
    body = file[: -len(seal(b""))]
    assert seal(body) == file
    sealed, plain = onnx.load_from_string(file), onnx.load_from_string(body)
    assert [entry.key for entry in sealed.metadata_props] == ["affetto", "affetto.sha256"]
    del sealed.metadata_props[1]
    assert sealed == plain


def test_any_bit_that_turns_is_noticed():
    file = bundled_model().read_bytes()
    assert is_intact(file)
    for bit in np.random.default_rng(0).integers(8 * len(file), size=300):
        damaged = bytearray(file)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not is_intact(bytes(damaged)), bit
    assert not is_intact(file + b"\0")
    assert not is_intact(file[1:])


def test_a_damaged_weight_is_refused_in_one_line(tmp_path):
    path = tmp_path / "damaged.onnx"
    damaged = bytearray(bundled_model().read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(ModelError, match=r"^\S+damaged.onnx: is damaged, its checksum does not fit; \S[^\n]+$"):
        Model(path)


def test_a_file_of_another_tool_needs_no_checksum(tmp_path):
    path = tmp_path / "plain.onnx"
    path.write_bytes(bundled_model().read_bytes()[: -len(seal(b""))])
    assert Model(path).contract.window_steps == Model().contract.window_steps
