"""From the finished runs to one table: means and deviations over folds and seeds, and what follows from them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import permutation_test
from sklearn.ensemble import RandomForestClassifier

from export.answers import Said, has, read
from export.corpora import Piece
from export.evaluate import Heard, calibration_error, reliability, scores
from export.experiments import EXPERIMENTS, OWN, STUDIED, Experiment, answer_of, fewer_songs, left_out
from export.networks import NETWORKS
from export.networks.cost import cost
from export.split import FOLDS, split
from export.teacher import read_unseen, ten_statistics
from export.timing import weights_bytes, window_ms_per_s
from export.train import TrainSettings

MEASURES = ("accuracy", "arousal", "valence", "macro_f1")


def report(answers: Path, pieces: list[Piece], cache: Path | None = None) -> dict[str, Any]:
    """Return all figures of the answers in a folder; experiments that lack a fold of theirs are left out."""
    every = {e.name: _said(answers, e) for e in EXPERIMENTS}
    finished = {e.name: every[e.name] for e in EXPERIMENTS if len(_by_fold(every[e.name])) == e.folds}
    songs = {p.name: p.song for p in pieces}
    found: dict[str, Any] = {
        "networks": {e.name: _row(e, finished[e.name]) for e in EXPERIMENTS if e.name in finished},
        "scores": of_scores(pieces, cache),
        "without_guitar": _without(answers, finished.get(STUDIED, {})),
        "learning_curve": _learning_curve(answers, finished.get(STUDIED, {})),
    }
    found["gain_over"] = {
        e.name: {"of": e.beside} | compare(finished[e.beside], finished[e.name], songs)
        for e in EXPERIMENTS
        if e.name != OWN and {e.name, e.beside} <= finished.keys()
    }
    if OWN in finished:
        takes = [said.in_session.takes() for said in finished[OWN].values()]
        found["confusion"] = np.sum([scores(heard)["confusion"] for heard in takes], axis=0).tolist()
        found["reliability"] = _pooled_reliability(finished[OWN])
    return found


def _said(answers: Path, e: Experiment) -> dict[str, Said]:
    """Return what each finished run of an experiment said, by the end of its name."""
    return {name.split("/")[1]: said for name, s in e.runs() if (said := _answer(answers, name, s))}


def _answer(answers: Path, name: str, s: TrainSettings) -> Said | None:
    path = answer_of(answers, name)
    return read(path) if has(path, s) else None


def _row(e: Experiment, said: dict[str, Said]) -> dict[str, Any]:
    net = NETWORKS[e.settings.network]()
    spent = cost(net)
    in_session = [s.in_session for s in said.values()]
    temperature = pooled_temperature(said)
    row: dict[str, Any] = {
        "question": e.question,
        "runs": len(said),
        "parameters": spent.parameters,
        "multiply_accumulates_per_s": round(spent.multiply_accumulates_per_s),
        "ms_per_s": round(window_ms_per_s(net), 3),
        "weights_bytes": weights_bytes(net),
        "takes": _over_runs([scores(h.takes()) for h in in_session]),
        "cold": _over_runs([scores(s.cold.takes()) for s in said.values()]),
        "windows": _over_runs([scores(h) for h in in_session]),
        "temperature": round(temperature, 4),
        "calibration_error": _spread([_calibration(s, temperature) for s in said.values()]),
    }
    r, r2 = [s.mid_level_r for s in said.values()], [s.mid_level_r2 for s in said.values()]
    if r[0]:
        row["mid_level_r"] = {name: _spread([of[name] for of in r]) for name in r[0]}
        row["mid_level_r2"] = {name: _spread([of[name] for of in r2]) for name in r2[0]}
    return row


def _calibration(said: Said, temperature: float) -> float:
    """Return the calibration error of windows, which are what the temperature is for: live, a window is judged."""
    return calibration_error(reliability(said.in_session, temperature))


def pooled_temperature(said: dict[str, Said]) -> float:
    """Return the geometric mean of the runs' temperatures: a tenth of the songs alone leaves each one uncertain."""
    return float(np.exp(np.mean([np.log(s.temperature) for s in said.values()])))


def _over_runs(found: list[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    return {name: _spread([f[name] for f in found]) for name in MEASURES}


def _spread(values: list[float]) -> dict[str, float | None]:
    """Return mean and standard deviation; a single run has none."""
    deviation = round(float(np.std(values)), 4) if len(values) > 1 else None
    return {"mean": round(float(np.mean(values)), 4), "deviation": deviation}


def compare(one: dict[str, Said], other: dict[str, Said], songs: dict[str, str]) -> dict[str, float]:
    """Return by how much `one` is more often right than `other` on the same takes, and how likely that is by chance.

    Where a fold was run from several seeds, their mean counts. A paired permutation test over songs, whose clips are
    too alike to count as independent.
    """
    per_song: dict[str, list[float]] = defaultdict(list)
    ours, theirs = _by_fold(one), _by_fold(other)
    for fold in sorted(ours.keys() & theirs.keys()):  # so that the test draws the same each time
        theirs_right = _share_right(theirs[fold])
        for take, right in _share_right(ours[fold]).items():
            per_song[songs[take[0]]].append(right - theirs_right[take])
    sums = np.array([np.sum(v) for v in per_song.values()])
    count = sum(len(v) for v in per_song.values())
    test = permutation_test(
        (sums, np.zeros_like(sums)), lambda x, y: float(np.sum(x - y)), permutation_type="samples", rng=0
    )
    return {"accuracy": round(float(sums.sum() / count), 4), "p": round(float(test.pvalue), 4), "takes": count}


def _by_fold(said: dict[str, Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    for run, of_run in said.items():
        found[run.split("-")[0]].append(of_run)
    return found


def _share_right(runs: list[Said]) -> dict[tuple[str, str], float]:
    """Return, for each take, the share of the runs that are right about it."""
    right = np.mean([_right(said.in_session.takes()) for said in runs], axis=0)
    return dict(zip(runs[0].takes, right.tolist(), strict=True))


def _right(heard: Heard) -> NDArray[np.bool_]:
    return np.asarray(heard.logits.argmax(axis=1) == heard.emotion)


def _without(answers: Path, with_all: dict[str, Said]) -> dict[str, Any]:
    """Return, for each guitar, the accuracy on its takes of the models that knew it and of one that did not."""
    found = {}
    for name, s in left_out():
        run = name.split("/")[1]
        without = _answer(answers, name, s)
        if run in with_all and without:
            unknown, known = (_on_guitar(said, s.without_guitar) for said in (without, with_all[run]))
            both = known.keys() & unknown.keys()
            found[str(s.without_guitar)] = {
                "takes": len(both),
                "known": round(float(np.mean([known[t] for t in both])), 4),
                "unknown": round(float(np.mean([unknown[t] for t in both])), 4),
            }
    return found


def _learning_curve(answers: Path, all_songs: dict[str, Said]) -> dict[str, Any]:
    """Return the accuracy by the share of the training songs, in the same folds throughout."""
    by_share: dict[str, dict[str, Said]] = defaultdict(dict)
    for name, s in fewer_songs():
        said = _answer(answers, name, s)
        if said:
            by_share[f"{s.songs:g}"][name.split("/")[1]] = said
    folds = {run for by_run in by_share.values() for run in by_run}
    if by_share:
        by_share["1"] = {run: said for run, said in all_songs.items() if run in folds}
    return {
        share: {"runs": len(by_run)} | _over_runs([scores(s.in_session.takes()) for s in by_run.values()])
        for share, by_run in by_share.items()
        if by_run
    }


def _on_guitar(said: Said, guitar: str | None) -> dict[tuple[str, str], bool]:
    right = dict(zip(said.takes, _right(said.in_session.takes()).tolist(), strict=True))
    return {take: was for take, was in right.items() if take[1] == guitar}


def _pooled_reliability(said: dict[str, Said]) -> list[dict[str, float]]:
    heard = [s.in_session for s in said.values()]
    logits = np.concatenate([h.logits for h in heard]) / pooled_temperature(said)
    return reliability(Heard.of_logits(logits, np.concatenate([h.emotion for h in heard])), 1.0)


def of_scores(pieces: list[Piece], cache: Path | None = None) -> dict[str, dict[str, float]]:
    """Return what can be known from the notes themselves, in the same folds: ten statistics, and the teacher."""
    ten = {p.name: ten_statistics(p.notes) for p in pieces if p.emotion is not None}
    forest, teacher = [], []
    for fold in range(FOLDS):
        parts = split(pieces, fold)
        learned = [p for p in parts.train + parts.validation if p.emotion is not None]
        meant = np.array([p.emotion for p in parts.test])
        x, y = np.array([ten[p.name] for p in learned]), [p.emotion for p in learned]
        model = RandomForestClassifier(500, min_samples_leaf=3, random_state=0).fit(x, y)
        said = model.predict_proba(np.array([ten[p.name] for p in parts.test]))
        forest.append(scores(Heard.of_logits(said, meant)))
        read = read_unseen(learned, parts.test, cache)
        teacher.append(scores(Heard.of_logits(np.array([read[p.name] for p in parts.test]), meant)))
    return {"ten_statistics": _over_runs(forest), "teacher": _over_runs(teacher)}
