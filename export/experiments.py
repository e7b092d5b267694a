"""The runs behind the card's table: networks, layers and guitars left out, over five folds of songs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from export.corpora import Piece
from export.rendering.render import GUITARS
from export.runs import go
from export.split import FOLDS
from export.train import TrainSettings

OWN = "affetto"

STUDIED = "no-beat"
"""The row of which parts, guitars and songs are left out: the network that ships, but for the beat."""

_VGG = {"learning_rate": 5e-4, "clips": 32, "teacher_share": 0.0}  # the rate is that of the paper
_ONE_FOLD = 1  # a run takes as long as five of the others


@dataclass(frozen=True, slots=True)
class Experiment:
    """One row of the table: the same settings in every fold.

    Attributes
    ----------
    name : str
    question : str
        What the row answers.
    settings : TrainSettings
    seeds : int
        Runs in each fold.
    folds : int
        So many of the folds, from the first on.
    beside : str
        The row that it is compared with: what it changes, it changes of that network.
    """

    name: str
    question: str
    settings: TrainSettings
    seeds: int = 1
    folds: int = FOLDS
    beside: str = OWN

    def runs(self) -> Iterator[tuple[str, TrainSettings]]:
        """Yield the folder's name and settings of each run."""
        for seed in range(self.seeds):
            for fold in range(self.folds):
                yield f"{self.name}/fold{fold}-seed{seed}", replace(self.settings, fold=fold, seed=seed)


EXPERIMENTS = (
    Experiment(OWN, "eleven units, the model that ships", TrainSettings(), seeds=2),
    Experiment(STUDIED, "without the onsets' autocorrelation", TrainSettings("affetto-no-beat"), seeds=2),
    Experiment("direct", "no units: what explaining costs", TrainSettings("affetto-direct")),
    Experiment("seven", "the paper's seven units alone", TrainSettings("affetto-no-beat-seven"), beside=STUDIED),
    Experiment(
        "labels",
        "without the teacher that reads the score",
        TrainSettings("affetto-no-beat", teacher_share=0.0),
        beside=STUDIED,
    ),
    Experiment("temporal", "a causal network without pitch classes", TrainSettings("temporal")),
    Experiment("xmerapp", "the network of XMERApp", TrainSettings("xmerapp", learning_rate=1e-3, teacher_share=0.0)),
    Experiment("vgg-joint", "A2Mid2E-Joint of Chowdhury et al.", TrainSettings("vgg-joint", **_VGG), folds=_ONE_FOLD),
    Experiment("vgg-a2mid2e", "A2Mid2E of Chowdhury et al.", TrainSettings("vgg-a2mid2e", **_VGG), folds=_ONE_FOLD),
    Experiment("vgg-a2e", "A2E of Chowdhury et al.", TrainSettings("vgg-a2e", **_VGG), folds=_ONE_FOLD),
)


def answer_of(answers: Path, name: str) -> Path:
    """Return where the answer of a run is kept."""
    return answers / f"{name}.npz"


LEARNING_CURVE = (0.25, 0.5, 0.75)
"""Shares of the training songs; with all of them, it is the row of `STUDIED`."""


def fewer_songs() -> Iterator[tuple[str, TrainSettings]]:
    """Yield the runs that learn from some of the songs only, each in the first folds."""
    for share in LEARNING_CURVE:
        for fold in range(2):
            yield (
                f"songs-{round(100 * share)}/fold{fold}-seed0",
                TrainSettings("affetto-no-beat", fold=fold, songs=share),
            )


def left_out() -> Iterator[tuple[str, TrainSettings]]:
    """Yield the runs without one guitar each, the folds in turn."""
    for k, guitar in enumerate(GUITARS):
        yield (
            f"without-{guitar}/fold{k % FOLDS}-seed0",
            TrainSettings("affetto-no-beat", fold=k % FOLDS, without_guitar=guitar),
        )


def run_all(
    root: Path, answers: Path, pieces: list[Piece], cache: Path, only: tuple[str, ...] = (), jobs: int = 1
) -> None:
    """Train and test every run that is not finished yet, `jobs` at a time, each on one core.

    `root` is for checkpoints, `answers` for what each run says of its test. `only` names experiments; `without` is
    that of the guitars left out, `songs` the learning curve.
    """
    runs = [run for e in EXPERIMENTS if not only or e.name in only for run in e.runs()]
    if not only or "without" in only:
        runs += left_out()
    if not only or "songs" in only:
        runs += fewer_songs()
    # threads of torch and a forked process do not go together
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(go, root / name, answer_of(answers, name), pieces, cache, s) for name, s in runs]:
            done.result()
