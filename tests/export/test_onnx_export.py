from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from edge.errors import ModelError
from edge.model import Model, bundled_model
from edge.types import EMOTIONS, MID_LEVEL
from export.networks.affetto import AffettoNet
from export.onnx_export import TOLERANCE, check, export, metadata, random_split


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[AffettoNet, Path]:
    torch.manual_seed(1)
    net = AffettoNet().eval()
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export(net, path, metadata(net, version="0.0.0-test", temperature=0.7))
    return net, path


def test_torch_onnx_window_and_stream_say_the_same(exported: tuple[AffettoNet, Path]) -> None:
    net, path = exported
    assert max(check(path, net).values()) < TOLERANCE


def test_check_finds_another_network(exported: tuple[AffettoNet, Path]) -> None:
    _, path = exported
    torch.manual_seed(2)
    assert check(path, AffettoNet().eval())["torch"] > 100 * TOLERANCE


def test_the_contract_is_the_one_the_instrument_reads(exported: tuple[AffettoNet, Path]) -> None:
    net, path = exported
    model = Model(path)
    assert model.contract.temperature == 0.7
    assert model.contract.card["version"] == "0.0.0-test"
    mid_level = np.random.default_rng(0).normal(size=len(MID_LEVEL))
    logits = net.emotion(torch.tensor(mid_level, dtype=torch.float32)).detach().numpy() / 0.7
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(model.probabilities(mid_level), expected, atol=1e-5)
    assert len(expected) == len(EMOTIONS)


def test_the_file_stands_alone_and_says_nothing_of_the_machine_it_was_made_on(
    exported: tuple[AffettoNet, Path],
) -> None:
    _, path = exported
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert b"site-packages" not in path.read_bytes()
    assert [p.key for p in onnx.load(path).metadata_props] == ["affetto", "affetto.sha256"]


def test_a_random_split_adds_up() -> None:
    rng = np.random.default_rng(0)
    for total in range(1, 40):
        lengths = random_split(total, rng)
        assert sum(lengths) == total
        assert min(lengths) >= 1


def test_the_shipped_model_streams_as_it_hears_windows() -> None:
    assert check(bundled_model())["stream"] < TOLERANCE


def test_the_shipped_model_tells_its_licence_and_figures() -> None:
    card = Model(bundled_model()).contract.card
    assert card["licence"] == "CC BY-NC-SA 4.0"
    assert card["mid_level_source"] == "computed from the score"
    json.dumps(card)


def test_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("no model")
    with pytest.raises(ModelError, match=r"text\.onnx"):
        check(path)
