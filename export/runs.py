"""One run: what it learns from, its training, and what it then says of music that it never heard."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import numpy as np

from edge.features import FrontEndSettings
from export import answers
from export.answers import Said
from export.checkpoint import load_model, scale_of
from export.corpora import Piece
from export.dataset import Take, load, only_sad
from export.evaluate import Listener, fit_temperature, predict
from export.networks import NETWORKS, Network
from export.split import split
from export.targets import targets_of
from export.teacher import read_emotions
from export.train import Material, TrainSettings, train
from export.windows import Scale, Windows

TEST_PASSES = 2  # guitars that play each clip of a test


def go(run: Path, answer: Path, pieces: list[Piece], cache: Path, s: TrainSettings, workers: int = 1) -> Said:
    """Train, or go on where an interrupted run stopped, and hear the test; what has an answer is only read."""
    if not answers.has(answer, s):
        learned = material(pieces, cache, s, workers)
        best = train(learned, run, s)
        answers.save(answer, hear(best, learned, windows_of_test(best, pieces, cache, workers)), s)
    return answers.read(answer)


def material(pieces: list[Piece], cache: Path, s: TrainSettings, workers: int = 1) -> Material:
    """Return the windows of a run's training and validation pieces."""
    parts, kind = split(pieces, s.fold), NETWORKS[s.network]()
    scores = [p for p in parts.train if p.emotion is None or crc32(p.song.encode()) % 1000 < 1000 * s.songs]
    learned = only_sad(load(scores, cache, s.passes, s.without_guitar), s.only_sad_guitar)
    emotions = _emotions(scores, s.teacher_share, cache)
    f = FrontEndSettings()
    windows = Windows(
        learned, targets_of(learned, f, cache, workers), f, kind.window_s, kind.warm_up_steps, emotions=emotions
    )
    choosing = only_sad(load(parts.validation, cache, TEST_PASSES, s.without_guitar), s.only_sad_guitar)
    return Material(windows, _measured(choosing, cache, kind, windows.scale, workers))


def _emotions(pieces: list[Piece], teacher_share: float, cache: Path) -> dict[str, np.ndarray]:
    """Return each piece's emotion, partly as labelled and partly as the teacher reads it in the score."""
    if teacher_share == 0.0:
        return {}
    read = read_emotions(pieces, cache)
    for p in pieces:
        if p.emotion is not None:
            read[p.name] *= teacher_share
            read[p.name][p.emotion] += 1.0 - teacher_share
    return read


def _measured(takes: list[Take], cache: Path, net: Network, scale: Scale, workers: int) -> Windows:
    f = FrontEndSettings()
    return Windows(takes, targets_of(takes, f, cache, workers), f, net.window_s, net.warm_up_steps, scale)


def windows_of_test(checkpoint: Path, pieces: list[Piece], cache: Path, workers: int = 1) -> Windows:
    """Return the windows of a checkpoint's test: one song in five, or EMOPIA's own test split."""
    net, held = load_model(checkpoint)
    s = TrainSettings(**held["settings"])
    # where a guitar was left out of the training, every clip that it plays is heard
    takes = load(split(pieces, s.fold).test, cache, s.passes if s.without_guitar else TEST_PASSES)
    return _measured(takes, cache, net, scale_of(held), workers)


def hear(checkpoint: Path, learned: Material, test: Windows) -> Said:
    """Hear the test with a checkpoint that `learned` chose."""
    listener = Listener.of_network(load_model(checkpoint)[0])
    return Said.of(
        predict(listener, test, in_session=True),
        predict(listener, test, in_session=False),
        [(t.piece.name, t.guitar) for t in test.takes],
        fit_temperature(predict(listener, learned.validation, in_session=True)),
    )
