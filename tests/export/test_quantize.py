from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
import torch
from click.testing import CliRunner

from edge.explain.sound.parts import QUIET_DB
from edge.features import FrontEndSettings
from edge.model import Model, bundled_model
from export.cli import DEMO, main
from export.dataset import Take
from export.networks.affetto import AffettoNet
from export.notes import CorpusError
from export.onnx_export import export, metadata, read_contract
from export.quantize import LEAST_AGREEMENT, Comparison, compare, compare_on, quantize, with_parts_quiet
from export.targets import targets_of
from export.windows import Windows
from tests.export.made import RATE_HZ, piece, sine, take


@pytest.fixture(scope="module")
def takes() -> list[Take]:
    rng = np.random.default_rng(0)
    return [
        take(piece(f"p{k}", f"s{k}", k), sine(110 * (k + 1), 16, 0.2) + 0.01 * rng.normal(size=16 * RATE_HZ))
        for k in range(4)
    ]


def test_eight_bits_say_nearly_the_same_and_carry_the_same_contract(takes: list[Take], tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = AffettoNet().train()
    windows = Windows(takes, targets_of(takes, net.front_end), net.front_end, warm_up_steps=28)
    batch = windows.draw(np.arange(4), np.random.default_rng(0))
    with torch.no_grad():
        for _ in range(10):
            net(torch.from_numpy(batch.mel), torch.from_numpy(batch.pitch))
    single, eight_bit = tmp_path / "single.onnx", tmp_path / "eight.onnx"
    contract = metadata(net, version="0.0.0-test")
    export(net.eval(), single, contract)
    quantize(single, eight_bit, windows, contract, count=8)
    assert read_contract(single) == read_contract(eight_bit) == contract
    nodes = onnx.load(eight_bit).graph.node
    assert "QuantizeLinear" in {node.op_type for node in nodes}
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    in_single = {node.input[1] for node in convolutions if "Dequantize" not in node.input[1]}
    assert in_single == {"net.beat.mix.weight", "net.told.weight", "net.evidence.weight"}
    assert len(convolutions) > 10
    one, other = (Model(path).evidence(batch.mel, batch.pitch) for path in (single, eight_bit))
    assert 0 < np.abs(one - other).mean() < 0.2 * one.std()

    found = compare(single, eight_bit, windows)
    assert found.bytes_single == single.stat().st_size
    assert 0 <= found.agreement <= 1
    same = compare(single, single, windows)
    assert (same.agreement, same.logit_difference) == (1.0, 0.0)


def test_what_ships_gives_the_labels_of_its_single_precision_form_on_the_demo_take() -> None:
    found = compare_on(DEMO, bundled_model().with_name("affetto-fp32.onnx"), bundled_model())
    assert found["agreement"] >= LEAST_AGREEMENT
    assert 0 < found["logit_difference"] < 0.5


def test_check_refuses_an_eight_bit_form_of_another_network(tmp_path: Path) -> None:
    torch.manual_seed(3)
    other = tmp_path / "other.onnx"
    net = AffettoNet().eval()
    export(net, other, metadata(net, version="0.0.0-test"))
    result = CliRunner().invoke(main, ["check", str(bundled_model()), "--eight-bit", str(other)])
    assert result.exit_code == 1
    assert f"{other}: another label in more than 2% of windows" in result.stderr.splitlines()[-1]


def test_a_recording_shorter_than_a_window_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "short.wav"
    soundfile.write(short, sine(220, 5), RATE_HZ)
    with pytest.raises(CorpusError, match="shorter than a window of 8"):
        compare_on(short, bundled_model(), bundled_model())


def test_the_smaller_model_must_be_as_good_in_every_way() -> None:
    good = Comparison(0.99, 0.1, 0.700, 0.698, 1e-6, 400, 200)
    assert good.may_replace
    assert not replace(good, agreement=0.97).may_replace
    assert not replace(good, accuracy_eight_bit=0.690).may_replace
    assert not replace(good, stream_difference=1e-4).may_replace


def test_a_calibration_window_has_half_of_its_regions_turned_down_and_nothing_else() -> None:
    s = FrontEndSettings()
    mel, pitch = np.full((1, 24, 4, 64), 0.9, np.float32), np.full((1, 24, 216), 0.9, np.float32)
    quiet_mel, quiet_pitch = with_parts_quiet(mel, pitch, s, np.random.default_rng(0))
    less = 0.9 + QUIET_DB / s.range_db
    for quiet in (quiet_mel, quiet_pitch):
        assert np.unique(quiet).tolist() == pytest.approx([less, 0.9])
        assert 0.3 < np.mean(quiet < 0.8) < 0.7
    assert len(np.unique(quiet_mel[0, :6, :, 10])) == 1  # a region is as long as its slice
    assert np.all(with_parts_quiet(0.1 * mel, pitch, s, np.random.default_rng(0))[0] >= 0.0)
