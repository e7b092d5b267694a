"""Training: windows in, a checkpoint out; every figure goes to a table beside it.

One process or, under `torchrun`, several: each draws its own batches and they average their gradients.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from edge.types import EMOTIONS
from export.checkpoint import put_weights, save_model
from export.dataset import Take
from export.evaluate import Listener, predict, scores
from export.networks import NETWORKS, Network
from export.notes import CorpusError
from export.windows import Batch, Windows


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Hyper-parameters of a run."""

    network: str = "affetto"  # one of `export.networks.NETWORKS`
    steps: int = 1200
    clips: int = 64  # a batch
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    teacher_share: float = 0.5  # of what the emotion is said to be; the rest is the label
    mid_level_weight: float = 1.0
    ema_decay: float = 0.997
    evaluate_every: int = 150
    patience: int = 3  # evaluations without a better one before the run ends
    settle_batches: int = 16
    passes: int = 3  # guitars that play each piece
    fold: int | None = None  # which fifth of the songs is the test; None for EMOPIA's own test split
    without_guitar: str | None = None
    only_sad_guitar: str | None = None  # plays the sad pieces and no others: a bias for `affetto-model audit`
    songs: float = 1.0  # share of the labelled training songs that are learned from, for a learning curve
    seed: int = 0
    threads: int = 1


def loss_of(net: Network, batch: Batch, s: TrainSettings) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of the windows whose emotion is known and the squared error of the mid-level values."""
    device = next(net.parameters()).device
    mel, pitch, emotion, target = (
        torch.from_numpy(a).to(device) for a in (batch.mel, batch.pitch, batch.emotion, batch.mid_level)
    )
    with torch.autocast(device.type, torch.bfloat16):
        said = net.judge_window(mel, pitch)
    labelled = ~torch.isnan(emotion[:, 0])
    soft = emotion[labelled] * (1.0 - s.label_smoothing) + s.label_smoothing / len(EMOTIONS)
    entropy = functional.cross_entropy(said.logits[labelled].float(), soft)
    if said.mid_level is None:
        return entropy, torch.zeros((), device=device)
    mid_level = said.mid_level.float()
    known = ~torch.isnan(target) & ~torch.isnan(mid_level)
    return entropy, torch.square(mid_level[known] - target[known]).mean()


@dataclass(frozen=True, slots=True)
class Material:
    """What a run learns from and what chooses its best checkpoint."""

    windows: Windows
    validation: Windows


def train(material: Material, run: Path, s: TrainSettings) -> Path:
    """Train and return the path of the best checkpoint.

    A run that was interrupted goes on from its last evaluation. The best weights are those of the running average
    with the lowest validation loss; the run ends once `patience` evaluations have not bettered it.
    """
    rank, world = _join_others()
    torch.set_num_threads(s.threads)
    torch.manual_seed(s.seed)
    run.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda", rank) if torch.cuda.is_available() else torch.device("cpu")
    net = NETWORKS[s.network]().to(device)
    average = AveragedModel(net, avg_fn=_running_average(s.ema_decay))
    optimizer = torch.optim.AdamW(net.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.learning_rate, total_steps=s.steps, pct_start=0.2)
    parts = {"net": net, "average": average, "optimizer": optimizer, "schedule": schedule}
    progress = _resume(run, parts, s)
    windows, draw = material.windows, Draw(material.windows.takes)
    rng = np.random.default_rng([s.seed, rank, progress.step])
    sums: list[tuple[float, float]] = []
    for step in tqdm(range(progress.step, s.steps), "train", s.steps, initial=progress.step, disable=rank > 0):
        if progress.since_best >= s.patience:
            break
        net.train()
        entropy, error = loss_of(net, windows.draw(draw(s.clips, rng), rng), s)
        optimizer.zero_grad()
        (entropy + s.mid_level_weight * error).backward()
        _average_gradients(net, world)
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(net)
        sums.append((float(entropy.detach()), float(error.detach())))
        if (step + 1) % s.evaluate_every == 0 or step + 1 == s.steps:
            settle_norms(average.module, windows, draw, s)
            found = _validate(average.module, material.validation, s)
            losses = dict(zip(("cross_entropy", "mid_level_error"), np.mean(sums, axis=0).round(4), strict=True))
            sums.clear()
            better = found["validation_loss"] < progress.best
            progress = Progress(
                step + 1,
                found["validation_loss"] if better else progress.best,
                0 if better else progress.since_best + 1,
            )
            if rank == 0:
                _log(run / "metrics.csv", {"step": step + 1, **losses, **found})
                if better:
                    save_model(run / "best.pt", average.module, windows, asdict(s), step + 1)
                state = {name: part.state_dict() for name, part in parts.items()}
                torch.save(state | {"progress": asdict(progress), "settings": asdict(s)}, run / "last.pt")
    return run / "best.pt"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: its steps, its lowest validation loss, and the evaluations since."""

    step: int = 0
    best: float = float("inf")
    since_best: int = 0


def _join_others() -> tuple[int, int]:
    """Return this process's rank and how many train together; under `torchrun` there are several."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return int(os.environ.get("RANK", "0")), world


def _average_gradients(net: nn.Module, world: int) -> None:
    if world == 1:
        return
    for p in net.parameters():
        if p.grad is not None:
            distributed.all_reduce(p.grad)
            p.grad /= world


def _running_average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential average that forgets the first weights sooner."""

    def average(held: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
        return torch.lerp(held, new, 1.0 - min(decay, (1.0 + float(count)) / (10.0 + float(count))))

    return average


def settle_norms(net: Network, windows: Windows, draw: Draw, s: TrainSettings) -> None:
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
            loss_of(net, windows.draw(draw(s.clips, rng), rng), s)
    net.eval()


class Draw:
    """Chooses takes so that each piece, not each take, is equally likely; one of eight is without a label."""

    def __init__(self, takes: list[Take]) -> None:
        labelled: dict[str, list[int]] = {}
        others: dict[str, list[int]] = {}
        for k, take in enumerate(takes):
            (others if take.piece.emotion is None else labelled).setdefault(take.piece.name, []).append(k)
        self._labelled, self._others = list(labelled.values()), list(others.values())

    def __call__(self, count: int, rng: np.random.Generator) -> NDArray[np.int_]:
        """Return the positions of `count` takes."""
        share = count // 8 if self._others else 0
        groups = ((self._labelled, count - share), (self._others, share))
        return np.array(
            [
                rng.choice(group[k])
                for group, n in groups
                for k in rng.choice(max(1, len(group)), n, replace=n > len(group))
            ]
        )


def _validate(net: Network, windows: Windows, s: TrainSettings) -> dict[str, float]:
    """Return the figures of the validation takes, the mean of both ways of beginning the reference level.

    The loss weighs emotion and mid-level error as in training: it is steadier than an accuracy of a hundred clips.
    """
    rows = []
    for in_session in (False, True):
        heard = predict(Listener.of_network(net), windows, in_session)
        of_takes = scores(heard.takes())
        rows.append(
            {name: of_takes[name] for name in ("accuracy", "arousal", "valence", "macro_f1")}
            | {"validation_loss": heard.cross_entropy() + s.mid_level_weight * heard.mid_level_error()}
        )
    return {name: round((rows[0][name] + rows[1][name]) / 2, 4) for name in rows[0]}


def _resume(run: Path, parts: dict[str, Any], s: TrainSettings) -> Progress:
    path = run / "last.pt"
    if not path.is_file():
        return Progress()
    held = torch.load(path, weights_only=True)
    if TrainSettings(**held["settings"]) != s:  # a run may be older than the newest of the settings
        raise CorpusError(f"{run}: this run was begun with other settings; give it the same, or another --run folder")
    put_weights(parts["net"], held["net"], path)
    for name in parts.keys() - {"net"}:
        parts[name].load_state_dict(held[name])
    return Progress(**held["progress"])


def _log(path: Path, row: dict[str, float]) -> None:
    new = not path.is_file()
    with open(path, "a", newline="") as f:
        writer = csv.DictWriter(f, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    tqdm.write(json.dumps(row))
