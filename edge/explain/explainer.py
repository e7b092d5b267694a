"""From a question to its answer: better and better, until it is good enough or somebody stops asking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain.effects import effects
from edge.explain.explanation import Explanation, Quality
from edge.explain.heard.hearing import Hearing
from edge.explain.heard.listening import CHANGED, ORIGINAL, Version, to_listen, versions
from edge.explain.heard.whatif import change, towards
from edge.explain.request import UNTIL_STABLE, Request, Select, Sources
from edge.explain.sound.parts import Parts
from edge.explain.sound.segments import segment
from edge.explain.sound.sources import sources
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.sentence import sentence
from edge.explain.weights.estimator import estimates
from edge.explain.weights.perturbation import Perturbation
from edge.explain.weights.selection import by_significance, top
from edge.history import Excerpt
from edge.model import Model

_MOST_CHOSEN = 10
_STRONGEST, _STAY = 10, 8  # stable: of the ten strongest parts, eight were among them with half as many samples


def explain(
    excerpt: Excerpt, request: Request, model: Model, channels: NDArray[np.float32] | None = None
) -> Iterator[Explanation]:
    """Yield explanations of one moment; the last has `done` set, and sounds to listen to.

    Parameters
    ----------
    excerpt : Excerpt
    request : Request
    model : Model
    channels : (6, samples) float32, optional
        Those of a hexaphonic pickup, as long as the excerpt's sound, for the sources "strings".

    Raises
    ------
    ExplainError
        What is asked for does not fit this sound.
    """
    begun = time.perf_counter()
    spectrogram = Spectrogram(excerpt, model.contract.front_end)
    hearing = Hearing(model, excerpt)
    answer = hearing.hear(excerpt.sound)
    request = request.resolved(answer.label)
    first = Explanation(
        request,
        "effects",
        excerpt.end_s,
        excerpt.window_s(spectrogram.settings),
        answer,
        effects(model, answer.mid_level, excerpt.usual),
        Quality(None, _since_ms(begun), 1, stable=True),
        done=request.by == "effects",
        progress=1.0 if request.by == "effects" else 0.0,
    )
    yield _told(first)
    if request.by == "effects":
        return
    parts = _parts(request, spectrogram, channels)
    if request.gains_db:
        yield _told(_with_gains(first, hearing, spectrogram, parts, begun))
        return
    for found in _refined(first, hearing, spectrogram, parts, begun):
        yield _told(found)
    yield _told(_with_sound(found, hearing, spectrogram, begun))


def _parts(request: Request, spectrogram: Spectrogram, channels: NDArray[np.float32] | None) -> Parts:
    if request.segments in get_args(Sources):
        return sources(request.segments, spectrogram, channels)
    return segment(request.segments, spectrogram)


def _refined(
    first: Explanation, hearing: Hearing, spectrogram: Spectrogram, parts: Parts, begun: float
) -> Iterator[Explanation]:
    request = first.request
    perturbation = Perturbation(hearing, spectrogram, parts)
    method = request.method_for(len(parts))
    samples = request.samples or UNTIL_STABLE
    strongest: frozenset[int] = frozenset()
    for estimate in estimates(perturbation, method, samples, request.seed):
        weights, errors, r2 = estimate.of(request.of)
        before, strongest = strongest, frozenset(top(weights, _STRONGEST).tolist())
        stable = method == "exact" or len(before & strongest) >= _STAY
        yield replace(
            first,
            method=method,
            quality=Quality(None if np.isnan(r2) else r2, _since_ms(begun), perturbation.calls, stable),
            parts=parts,
            estimate=estimate,
            chosen=_chosen(weights, errors, len(estimate.masks), request.select),
            progress=0.9 * (1.0 if method == "exact" else len(estimate.masks) / samples),
        )
        if stable and not request.samples:
            return


def _chosen(
    weights: NDArray[np.float64], errors: NDArray[np.float64], samples: int, select: Select
) -> NDArray[np.intp]:
    """Return the parts that speak for what is explained; the strongest against it where there is none."""
    ranked = top(weights, len(weights))
    if select == "significant":
        speaking_for = by_significance(np.maximum(weights, 0.0), errors, freedom=samples - len(weights))
    else:
        speaking_for = ranked[weights[ranked] > 0.0][: min(_MOST_CHOSEN, max(1, len(weights) // 10))]
    return speaking_for if len(speaking_for) else ranked[:1]


def _with_sound(found: Explanation, hearing: Hearing, spectrogram: Spectrogram, begun: float) -> Explanation:
    assert found.parts is not None
    assert found.estimate is not None
    request = found.request
    made = None
    if request.by == "whatif":
        weights = found.estimate.of(request.of)[0]
        made = towards(hearing, spectrogram, found.parts, weights, request.of)
    chosen = found.chosen if made is None or not len(made.indices) else made.indices
    sounds = versions(hearing, spectrogram, found.parts, chosen, None if made is None else made.sound)
    calls = found.quality.model_calls + len(sounds) + (0 if made is None else made.calls)
    quality = replace(found.quality, elapsed_ms=_since_ms(begun), model_calls=calls)
    return replace(found, quality=quality, chosen=chosen, versions=sounds, change=made, done=True, progress=1.0)


def _with_gains(
    first: Explanation, hearing: Hearing, spectrogram: Spectrogram, parts: Parts, begun: float
) -> Explanation:
    """Return what the gains that a person chose do, and how it sounds."""
    request = first.request
    if len(request.gains_db) != len(parts):
        raise ExplainError(f"gains_db: {len(request.gains_db)} are given for {len(parts)} parts")
    done = change(hearing, spectrogram, parts, np.array(request.gains_db), request.of)
    sounds = to_listen(spectrogram, {ORIGINAL: spectrogram.excerpt.sound, CHANGED: done.sound})
    heard = {ORIGINAL: Version(sounds[ORIGINAL], done.before), CHANGED: Version(sounds[CHANGED], done.after)}
    quality = replace(first.quality, elapsed_ms=_since_ms(begun), model_calls=done.calls)
    return replace(first, quality=quality, versions=heard, change=done, done=True, progress=1.0)


def _told(explanation: Explanation) -> Explanation:
    return replace(explanation, sentence=sentence(explanation))


def _since_ms(begun: float) -> float:
    return 1000.0 * (time.perf_counter() - begun)
