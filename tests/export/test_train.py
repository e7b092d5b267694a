from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from edge.features import FrontEndSettings
from export.checkpoint import load_model
from export.networks import NETWORKS
from export.notes import CorpusError
from export.targets import targets_of
from export.train import Draw, Material, TrainSettings, loss_of, train
from export.windows import Windows
from tests.export.made import piece, sine, take

TINY = TrainSettings(steps=6, clips=4, evaluate_every=2, settle_batches=1)


def made(window_s: float = 8.0, warm_up_steps: int = 28) -> Material:
    """Four takes, one of each emotion, and one without a label."""
    f = FrontEndSettings()
    takes = [
        take(piece(f"p{k}", f"s{k}", k if k < 4 else None, seconds=10), sine(110.0 * (k + 1), 12)) for k in range(5)
    ]
    windows = Windows(takes, targets_of(takes, f), f, window_s, warm_up_steps)
    return Material(windows, Windows(takes[:4], windows.raw[:4], f, window_s, warm_up_steps, windows.scale))


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_every_network_learns(network: str) -> None:
    torch.manual_seed(0)
    net = NETWORKS[network]()
    windows = made(net.window_s, net.warm_up_steps).windows
    batch = windows.cut([(k, 0) for k in range(4)], in_session=True)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3)
    losses = []
    for _ in range(8):
        entropy, error = loss_of(net, batch, TINY)
        optimizer.zero_grad()
        (entropy + error).backward()
        optimizer.step()
        losses.append(float(entropy + error))
    assert min(losses[-3:]) < 0.95 * losses[0]


def test_a_label_is_smoothed_and_the_unlabelled_do_not_count() -> None:
    net, windows = NETWORKS["affetto"](), made().windows
    labelled, all_five = (windows.cut([(k, 0) for k in range(n)], in_session=True) for n in (4, 5))
    net.eval()
    assert float(loss_of(net, labelled, TINY)[0]) == pytest.approx(float(loss_of(net, all_five, TINY)[0]), abs=0.02)
    assert float(loss_of(net, labelled, TINY)[1]) != pytest.approx(float(loss_of(net, all_five, TINY)[1]), abs=1e-4)


def test_the_run_keeps_what_was_best_and_stops_when_nothing_gets_better(tmp_path: Path) -> None:
    s = TrainSettings(steps=40, clips=4, evaluate_every=1, settle_batches=1, patience=2, learning_rate=1e-12)
    best = train(made(), tmp_path, s)
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert 3 <= len(rows) - 1 < 20
    net, held = load_model(best)
    losses = [float(row.split(",")[-1]) for row in rows[1:]]
    assert held["step"] == 1 + int(np.argmin(losses))
    assert not net.training


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    one, other = (load_model(train(made(), tmp_path / name, TINY))[0] for name in "ab")
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=0, rtol=0)


def test_a_run_of_another_version_of_the_network_is_refused_in_one_line(tmp_path: Path) -> None:
    best = train(made(), tmp_path, TINY)
    for path in (best, tmp_path / "last.pt"):
        held = torch.load(path)
        del held["weights" if path == best else "net"]["beat.mix.weight"]
        torch.save(held, path)
    with pytest.raises(CorpusError, match=r"best\.pt: weights of another version of the network; train it again$"):
        load_model(best)
    with pytest.raises(CorpusError, match=r"last\.pt: weights of another version of the network; train it again$"):
        train(made(), tmp_path, TINY)


def test_a_network_that_is_gone_is_refused_in_one_line(tmp_path: Path) -> None:
    best = train(made(), tmp_path, TINY)
    held = torch.load(best)
    held["settings"]["network"] = "gone"
    torch.save(held, best)
    with pytest.raises(CorpusError, match="there is no network `gone` any more"):
        load_model(best)


def test_an_unlabelled_piece_is_one_of_eight() -> None:
    takes = made().windows.takes
    drawn = Draw(takes)(64, np.random.default_rng(0))
    assert sum(takes[k].piece.emotion is None for k in drawn) == 8


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from tests.export.test_train import TINY, made\nfrom export.train import train\n"
        "train(made(), Path(sys.argv[1]), TINY)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            script,
            tmp_path,
        ],
        capture_output=True,
        text=True,
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        timeout=90,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "2", "4", "6"]
    load_model(tmp_path / "best.pt")
