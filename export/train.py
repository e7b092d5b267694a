"""Training: windows in, a checkpoint out; every figure goes to a table beside it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from edge.features import FrontEndSettings
from export.corpora import Piece
from export.dataset import Take, load
from export.evaluate import Listener, predict, scores
from export.networks.affetto import AffettoNet, NetworkSettings
from export.notes import CorpusError
from export.windows import Batch, Scale, Windows


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Hyper-parameters of a run."""

    steps: int = 2400
    clips: int = 64  # a batch
    windows_a_clip: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    mid_level_weight: float = 1.0
    ema_decay: float = 0.997
    evaluate_every: int = 200
    settle_batches: int = 16
    passes: int = 6  # guitars that play each piece
    warm_up_steps: int = 28
    seed: int = 0
    threads: int = 1
    network: NetworkSettings = field(default_factory=NetworkSettings)


def loss_of(net: AffettoNet, batch: Batch, s: TrainSettings) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of the labelled clips and the squared error of all windows' mid-level values.

    A clip's emotion is judged from all its windows together, on whatever guitars: fewer moments that say little.
    """
    with torch.autocast("cpu", torch.bfloat16):
        evidence, _ = net(torch.from_numpy(batch.mel), torch.from_numpy(batch.pitch))
    mid_level, _ = net.classify(evidence[:, s.warm_up_steps :].float())
    _, logits = net.classify(mid_level.unflatten(0, (-1, s.windows_a_clip)))
    emotion, target = torch.from_numpy(batch.emotion[:: s.windows_a_clip]), torch.from_numpy(batch.mid_level)
    entropy = functional.cross_entropy(logits, emotion, ignore_index=-1, label_smoothing=s.label_smoothing)
    known = ~torch.isnan(target)
    return entropy, torch.square(mid_level[known] - target[known]).mean()


def train(pieces: list[Piece], cache: Path, run: Path, s: TrainSettings) -> Path:
    """Train on the pieces of the training split and return the path of the best checkpoint.

    A run that was interrupted goes on from its last evaluation. The best weights are those of the running average
    with the highest four-class accuracy on the validation split, over the two ways of beginning the reference level.
    """
    torch.set_num_threads(s.threads)
    torch.manual_seed(s.seed)
    run.mkdir(parents=True, exist_ok=True)
    front_end = FrontEndSettings()
    kept = [p for p in pieces if p.split == "train"]
    windows = Windows(load(kept, cache, s.passes), front_end, s.warm_up_steps, cache=cache)
    validation = load([p for p in pieces if p.split == "validation"], cache, 1)
    net = AffettoNet(s.network, front_end)
    average = AveragedModel(net, avg_fn=_running_average(s.ema_decay))
    optimizer = torch.optim.AdamW(net.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.learning_rate, total_steps=s.steps, pct_start=0.2)
    parts = {"net": net, "average": average, "optimizer": optimizer, "schedule": schedule}
    first, best = _resume(run, parts, s)
    rng = np.random.default_rng(s.seed + first)
    draw = Draw(windows.takes)
    sums: list[tuple[float, float]] = []
    for step in tqdm(range(first, s.steps), initial=first, total=s.steps, desc="train"):
        net.train()
        entropy, error = loss_of(net, windows.draw(draw(s, rng), rng), s)
        optimizer.zero_grad()
        (entropy + s.mid_level_weight * error).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(net)
        sums.append((float(entropy.detach()), float(error.detach())))
        if (step + 1) % s.evaluate_every == 0 or step + 1 == s.steps:
            settle_norms(average.module, windows, draw, s)
            found = _validate(average.module, validation, windows)
            losses = dict(zip(("cross_entropy", "mid_level_error"), np.mean(sums, axis=0).round(4), strict=True))
            _log(run / "metrics.csv", {"step": step + 1, **losses, **found})
            sums.clear()
            if found["accuracy"] >= best:
                best = found["accuracy"]
                _save_model(run / "best.pt", average.module, windows, s, step + 1)
            state = {name: part.state_dict() for name, part in parts.items()}
            torch.save(state | {"step": step + 1, "best": best, "settings": asdict(s)}, run / "last.pt")
    return run / "best.pt"


def _running_average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential average that forgets the first weights sooner."""

    def average(held: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
        return torch.lerp(held, new, 1.0 - min(decay, (1.0 + float(count)) / (10.0 + float(count))))

    return average


def settle_norms(net: AffettoNet, windows: Windows, draw: Draw, s: TrainSettings) -> None:
    """Measure anew what the batch norms of averaged weights see: the average of their statistics is not theirs.

    Stochastic weight averaging does the same (Izmailov et al., UAI 2018, section 3.2). Leaving it out cost 12 points.
    """
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over the batches
    rng = np.random.default_rng(s.seed)
    net.train()
    with torch.inference_mode():
        for _ in range(s.settle_batches):
            batch = windows.draw(draw(s, rng), rng)
            net(torch.from_numpy(batch.mel), torch.from_numpy(batch.pitch))
    net.eval()


class Draw:
    """Chooses takes so that each piece, not each take, is equally likely; one of eight is without a label."""

    def __init__(self, takes: list[Take]) -> None:
        labelled: dict[str, list[int]] = {}
        others: dict[str, list[int]] = {}
        for k, take in enumerate(takes):
            (others if take.piece.emotion is None else labelled).setdefault(take.piece.name, []).append(k)
        self._labelled, self._others = list(labelled.values()), list(others.values())

    def __call__(self, s: TrainSettings, rng: np.random.Generator) -> NDArray[np.int_]:
        """Return positions of takes, (clips * windows_a_clip,): those of one clip stand together."""
        share = s.clips // 8 if self._others else 0
        groups = ((self._labelled, s.clips - share), (self._others, share))
        return np.concatenate(
            [
                rng.choice(group[k], s.windows_a_clip)
                for group, count in groups
                for k in rng.choice(max(1, len(group)), count, replace=count > len(group))
            ]
        )


def _validate(net: AffettoNet, takes: list[Take], windows: Windows) -> dict[str, float]:
    both = [scores(predict(Listener.of_network(net), takes, levels)) for levels in (None, windows.levels)]
    mean = {name: (both[0][name] + both[1][name]) / 2 for name in ("accuracy", "arousal", "valence", "macro_f1")}
    return {name: round(value, 4) for name, value in mean.items()} | {
        "accuracy_cold": round(both[0]["accuracy"], 4),
        "accuracy_session": round(both[1]["accuracy"], 4),
    }


def _save_model(path: Path, net: AffettoNet, windows: Windows, s: TrainSettings, step: int) -> None:
    """Keep all that a model needs later: weights, sizes, the scale of its targets, the guitars' loud levels."""
    torch.save(
        {
            "weights": net.state_dict(),
            "settings": asdict(s),
            "front_end": net.front_end.to_dict(),
            "scale": {
                "mean": windows.scale.mean.tolist(),
                "deviation": windows.scale.deviation.tolist(),
            },
            "levels": windows.levels,
            "pieces": len({take.piece.name for take in windows.takes}),
            "takes": len(windows.takes),
            "step": step,
        },
        path,
    )


def load_model(path: Path) -> tuple[AffettoNet, dict[str, Any]]:
    """Return the network of a checkpoint, ready to listen, and what else the checkpoint holds."""
    held = torch.load(path, weights_only=True)
    sizes = {name: tuple(v) if isinstance(v, list) else v for name, v in held["settings"]["network"].items()}
    net = AffettoNet(NetworkSettings(**sizes), FrontEndSettings(**held["front_end"]))
    net.load_state_dict(held["weights"])
    return net.eval(), held


def scale_of(held: dict[str, Any]) -> Scale:
    return Scale(np.array(held["scale"]["mean"]), np.array(held["scale"]["deviation"]))


def _resume(run: Path, parts: dict[str, Any], s: TrainSettings) -> tuple[int, float]:
    path = run / "last.pt"
    if not path.is_file():
        return 0, 0.0
    held = torch.load(path, weights_only=True)
    if held["settings"] != asdict(s):
        raise CorpusError(f"{run}: this run was begun with other settings; give it the same, or another --run folder")
    for name, part in parts.items():
        part.load_state_dict(held[name])
    return int(held["step"]), float(held["best"])


def _log(path: Path, row: dict[str, float]) -> None:
    new = not path.is_file()
    with open(path, "a", newline="") as f:
        writer = csv.DictWriter(f, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    tqdm.write(json.dumps(row))
