"""The audit itself: every group against the others, for one model or two, and what carries the differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.types import EMOTIONS, MID_LEVEL
from export.audit.contrast import FEWEST_SONGS, Pairing
from export.audit.models import Answers, Audited
from export.audit.music import UNKNOWN, Music
from export.audit.sources import SOURCES, STAYS, effects_of_sources, mixtures
from export.dataset import Take
from export.rendering.recording import Sound
from export.robustness import sample

FIGURES = ("accuracy", *EMOTIONS)
_MOST_FINDINGS = 3


def audit(models: Mapping[str, Audited], music: Music, clips: int = 12) -> dict[str, Any]:
    """Return what differs between groups, and why.

    Parameters
    ----------
    models : dict of str to Audited
        By the name that the report gives them. What the first one does wrong is looked for; a second one, retrained,
        is heard beside it.
    music : Music
    clips : int
        Of which the sources are told apart on either side of the greatest difference; 0 leaves the sources out.

    Returns
    -------
    dict
        "models", "heard", "groupings": of each grouping each group's figures, "findings": what carries the clear
        differences, see `_finding`. A figure is {"value", "low", "high", "clear"}, see `Contrast.rows`.
    """
    answers = {name: model.hear(music.takes) for name, model in models.items()}
    found: dict[str, Any] = {
        "models": {
            name: {"file": m.file, "fold": m.fold, "only_sad_guitar": m.only_sad_guitar}
            | {"accuracy": round(float(np.mean(answers[name].said == answers[name].true)), 4)}
            for name, m in models.items()
        },
        "heard": {"takes": len(music.takes), "songs": len({t.piece.song for t in music.takes})},
        "groupings": {name: _groups(answers, music.takes, of) for name, of in music.groupings.items()},
    }
    strongest = _strongest(found["groupings"], next(iter(models)))
    found["findings"] = [_finding(answers, music, *which) for which in strongest]
    if strongest and clips:
        found["findings"][0]["sources"] = _sources(models, music, *strongest[0], clips)
    return found


def _groups(answers: Mapping[str, Answers], takes: list[Take], of: list[str]) -> dict[str, Any]:
    """Return the figures of each group of a grouping that has others and songs enough; none if fewer than two have."""
    pairings = {name: _pairing(takes, of, name) for name in sorted(set(of) - {UNKNOWN})}
    pairings = {name: p for name, p in pairings.items() if p.outside.any() and p.songs >= FEWEST_SONGS}
    if len(pairings) < 2:
        return {}
    comparisons = len(pairings) * len(FIGURES)
    return {name: _group(answers, p, np.array(of) == name, comparisons) for name, p in pairings.items()}


def _pairing(takes: list[Take], of: list[str], group: str) -> Pairing:
    groups = np.array(of)
    return Pairing.of(takes, groups == group, (groups != group) & (groups != UNKNOWN))


def _group(
    answers: Mapping[str, Answers], pairing: Pairing, inside: NDArray[np.bool_], comparisons: int
) -> dict[str, Any]:
    """Return a group's rates, its differences to the others for each model, and how the last model changed them."""
    row: dict[str, Any] = {"takes": int(inside.sum()), "songs": pairing.songs, "matched": pairing.matched}
    for name, a in answers.items():
        row[name] = {
            "accuracy": round(float(np.mean((a.said == a.true)[inside])), 4),
            "said": _shares(a.said[inside]),
            "true": _shares(a.true[inside]),
            "difference": _rows(pairing, a.figures, comparisons),
        }
    if len(answers) > 1:
        first, *_, last = answers.values()
        row["change"] = _rows(pairing, last.figures - first.figures, comparisons)
    return row


def _rows(pairing: Pairing, figures: NDArray[np.float64], comparisons: int) -> dict[str, Any]:
    return dict(zip(FIGURES, pairing.contrast(figures).rows(comparisons), strict=True))


def _shares(of: NDArray[np.int_]) -> dict[str, float]:
    counts = np.bincount(of, minlength=len(EMOTIONS)) / len(of)
    return dict(zip(EMOTIONS, counts.round(4).tolist(), strict=True))


def _strongest(groupings: dict[str, Any], model: str) -> list[tuple[str, str, str]]:
    """Return grouping, group and emotion of the greatest clear differences of what is said, one for each group."""
    clear = {
        (grouping, group, emotion): abs(row[model]["difference"][emotion]["value"])
        for grouping, groups in groupings.items()
        for group, row in groups.items()
        for emotion in EMOTIONS
        if row[model]["difference"][emotion]["clear"]
    }
    of_group: dict[tuple[str, str], tuple[str, str, str]] = {}
    for which in sorted(clear, key=lambda which: -clear[which]):
        of_group.setdefault(which[:2], which)
    return list(of_group.values())[:_MOST_FINDINGS]


def _finding(answers: Mapping[str, Answers], music: Music, grouping: str, group: str, emotion: str) -> dict[str, Any]:
    """Return what carries a difference: the effects of the qualities, for each model.

    They are differences on the emotion's logit, less the mean of the four, between the group and the others, and sum
    to "logit", exactly.
    """
    k = EMOTIONS.index(emotion)
    pairing = _pairing(music.takes, music.groupings[grouping], group)
    found: dict[str, Any] = {"grouping": grouping, "group": group, "emotion": emotion, "effects": {}}
    for name, a in answers.items():
        effects = a.effects[:, k]
        values = np.column_stack([effects, effects.sum(axis=1)])
        rows = pairing.contrast(values).rows(values.shape[1])
        found["effects"][name] = dict(zip((*MID_LEVEL, "logit"), rows, strict=True))
    return found


def _sources(
    models: Mapping[str, Audited], music: Music, grouping: str, group: str, emotion: str, clips: int
) -> dict[str, Any]:
    """Return what the sources do on a sample of the takes, for each model; "r2" is how far it explains mixtures."""
    k = EMOTIONS.index(emotion)
    pairing = _pairing(music.takes, music.groupings[grouping], group)
    chosen = _sample(music.takes, pairing, clips)
    takes = [music.takes[i] for i in chosen]
    inside = pairing.inside[chosen] > 0
    effects = _of_each(models, takes, music.sound_of)
    of_sample = Pairing.of(takes, inside, ~inside)
    found: dict[str, Any] = {"takes": len(takes)}
    for name, rows in effects.items():
        coefficients, r2 = (np.array(column) for column in zip(*rows, strict=True))
        contrast = of_sample.contrast(coefficients[:, k])
        found[name] = dict(zip((*SOURCES, STAYS), contrast.rows(len(SOURCES) + 1), strict=True))
        found[name]["r2"] = round(float(r2[:, k].mean()), 4)
    return found


def _sample(takes: list[Take], pairing: Pairing, clips: int) -> list[int]:
    """Return the positions of one take of each of so many pieces on either side, the same pieces if matched."""
    of_side = [
        {takes[i].piece.name: i for i in np.flatnonzero(weights)[::-1]} for weights in (pairing.inside, pairing.outside)
    ]
    if pairing.matched:
        pieces = sample([takes[i].piece for i in of_side[0].values()], clips)
        return [side[p.name] for p in pieces for side in of_side]
    return [side[p.name] for side in of_side for p in sample([takes[i].piece for i in side.values()], clips)]


def _of_each(
    models: Mapping[str, Audited], takes: list[Take], sound_of: Callable[[Take], Sound]
) -> dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """Return what the sources do in each take, for each model; the mixtures are made once."""
    found: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {name: [] for name in models}
    for take in tqdm(takes, "sources", leave=False):
        heard = mixtures(take, sound_of(take))
        for name, model in models.items():
            found[name].append(effects_of_sources(model, heard))
    return found
