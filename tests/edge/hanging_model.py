"""A model that is as good as the real one until it hears hiss: then onnxruntime computes for years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge.model import bundled_model

FOR_YEARS = 2**62


def hanging_model(path: Path) -> Path:
    """Write the bundled model to `path`, with a loop in front of its evidence."""
    model = onnx.load(bundled_model())
    graph = model.graph
    for node in graph.node:
        node.output[:] = [f"{name}_then" if name == "evidence" else name for name in node.output]
    for name, value in {
        "hang_from": np.array([62]),  # the highest mel bands, where strings have next to nothing
        "hang_to": np.array([64]),
        "hang_axis": np.array([3]),
        "hang_above": np.array(0.3, np.float32),
        "hang_long": np.array(FOR_YEARS),
        "hang_not": np.array(1),
        "hang_zero": np.array(0.0, np.float32),
        "hang_on": np.array(True),
    }.items():
        graph.initializer.append(numpy_helper.from_array(value, name))
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["hang_goes_on"], ["hang_goes_on_then"]),
            helper.make_node("Sin", ["hang_x"], ["hang_x_then"]),
        ],
        "hang",
        [
            helper.make_tensor_value_info("hang_turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("hang_goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("hang_x", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("hang_goes_on_then", TensorProto.BOOL, []),
            helper.make_tensor_value_info("hang_x_then", TensorProto.FLOAT, []),
        ],
    )
    graph.node.extend(
        [
            helper.make_node("Slice", ["mel", "hang_from", "hang_to", "hang_axis"], ["hang_high"]),
            helper.make_node("ReduceMax", ["hang_high"], ["hang_loudest"], keepdims=0),
            helper.make_node("Greater", ["hang_loudest", "hang_above"], ["hang_now"]),
            helper.make_node("Where", ["hang_now", "hang_long", "hang_not"], ["hang_turns"]),
            helper.make_node("Loop", ["hang_turns", "hang_on", "hang_zero"], ["hang_result"], body=body),
            helper.make_node("Add", ["evidence_then", "hang_result"], ["evidence"]),
        ]
    )
    del model.metadata_props[1:]  # the checksum of the one that does not hang
    onnx.save(model, path)
    return path
