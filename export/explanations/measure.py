"""What is measured on one moment, one planted sound or one explanation as sound; each is a job of its own."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.explain.heard.hearing import Hearing
from edge.explain.weights.estimate import OUTPUTS, Estimate
from edge.model import Model
from edge.types import EMOTIONS
from export.explanations import metrics
from export.explanations.fills import FilledPerturbation
from export.explanations.heard import agreement, versions
from export.explanations.plan import Plan
from export.explanations.planted import plant
from export.explanations.randomised import randomised
from export.explanations.references import Reference
from export.explanations.removal import Removal, energy
from export.explanations.scene import Scene
from export.explanations.settings import MAIN_DIVISION, OWN, Setting, estimate
from export.explanations.speed import speed

CURVES = ("local", "hadamard", "lime")
RANDOM, ENERGY, REFERENCE = "random", "energy", "reference"
SINGLE = "affetto-fp32.onnx"

_MIXTURES_HEARD = 48
_DRAWN = 5  # random orders
_EMOTIONS = range(len(EMOTIONS))


def curves(plan: Plan, number: int) -> dict[str, Any]:
    """Compare estimates from few mixtures with the reference, on the main division of one moment."""
    model = Model()
    scene = Scene.of(model, plan.moments[number].excerpt(model), MAIN_DIVISION)
    ref = scene.reference(plan, plan.reference_calls)
    best, orders = _orders(scene, ref)
    found: dict[str, Any] = {"orders": orders, **_of_reference(scene, ref)}
    for method in CURVES:
        for calls in plan.budgets:
            setting = Setting(f"{method} {calls}", MAIN_DIVISION, method, calls)  # type: ignore[arg-type]
            found[setting.name] = _compared(scene, setting, ref, best.gap, plan.seeds)
    for setting in plan.settings_of(MAIN_DIVISION):
        found[setting.key] = _compared(scene, setting, ref, best.gap, plan.seeds)
    return found


def published(plan: Plan, number: int, division: str) -> dict[str, Any]:
    """Compare the settings of one other division on one moment."""
    model = Model()
    scene = Scene.of(model, plan.moments[number].excerpt(model), division)
    ref = scene.reference(plan, plan.other_reference_calls)
    best, _ = _orders(scene, ref)
    found = _of_reference(scene, ref)
    for setting in plan.settings_of(division):
        found[setting.key] = _compared(scene, setting, ref, best.gap, min(2, plan.seeds))
    return found


def checks(plan: Plan, number: int) -> dict[str, Any]:
    """Compare explanations of the shipped network with those of other weights and of the other precision."""
    model = Model()
    excerpt = plan.moments[number].excerpt(model)
    single = model.path.with_name(SINGLE)
    others = [Model(single), *(randomised(single, seed) for seed in range(plan.forgotten))]
    found = {}
    for setting in plan.settings():
        own, *of_others = (_weights(Scene.of(m, excerpt, setting.division), setting, 0) for m in (model, *others))
        found[setting.key] = {
            "precision_spearman": _mean(metrics.spearman, own, of_others[0]),
            "precision_jaccard": _mean(metrics.jaccard, own, of_others[0]),
            "forgotten": [
                abs(metrics.spearman(own[:, k], w[:, k])) for w in of_others[1:] for k in _EMOTIONS
            ],
        }  # fmt: skip
    return found


def planted(plan: Plan, kind: str, number: int) -> dict[str, Any]:
    """Plant one sound and see which settings find it, and with which fill."""
    model = Model()
    music = plan.moments[number % len(plan.moments)].excerpt(model)
    found = plant(kind, model, music, number)
    if found is None:
        return {}
    rows: dict[str, Any] = {}
    everything = number < plan.all_settings_plants
    for setting in plan.settings() if everything else plan.settings_of(MAIN_DIVISION):
        scene = Scene.of(found.model, found.excerpt, setting.division)
        weights = _weights(scene, setting, number)[:, OUTPUTS.index(found.of)]
        rows[setting.key] = _found(found.truth(scene.parts), weights)
    scene = Scene.of(found.model, found.excerpt, MAIN_DIVISION)
    truth = found.truth(scene.parts)
    rows[ENERGY] = _found(truth, energy(scene.spectrogram, scene.parts))
    fills = {}
    for fill in plan.fills:
        filled = FilledPerturbation(scene.hearing, scene.spectrogram, scene.parts, fill)
        fills[str(fill)] = _found(truth, estimate(filled, "local", 128, number).of(found.of)[0])
    return {
        "settings": rows,
        "fills": fills,
        "undone": found.undone(scene.spectrogram, scene.parts),
        "true_parts": int(truth.sum()),
        "kind": found.kind,
    }


def heard(plan: Plan, number: int) -> dict[str, Any]:
    """Hear what the explanations of one moment keep and what they leave, in all settings."""
    model = Model()
    excerpt = plan.heard[number].excerpt(model)
    hearing = Hearing(model, excerpt)
    answer = hearing.hear(excerpt.sound)
    label = EMOTIONS.index(answer.label)
    found: dict[str, Any] = {"probability": float(answer.probabilities[label]), "label": label}
    rng = np.random.default_rng(number)
    for setting in plan.settings():
        scene = Scene.of(model, excerpt, setting.division)
        how = {setting.key: _weights(scene, setting, number)[:, label]}
        if setting == OWN[0]:
            how |= {RANDOM: rng.random(len(scene.parts)), ENERGY: energy(scene.spectrogram, scene.parts)}
        for name, weights in how.items():
            found[name] = versions(hearing, scene.spectrogram, scene.parts, weights, label)
    return found


def timing(plan: Plan) -> dict[str, Any]:
    """Measure how long explanations take, of the first moment."""
    model = Model()
    return speed(model, plan.moments[0].excerpt(model), plan.repeats, plan.lime_share)


def _weights(scene: Scene, setting: Setting, seed: int) -> NDArray[np.float64]:
    return estimate(scene.perturbation, setting.method, setting.calls, seed).weights


def _orders(scene: Scene, ref: Reference) -> tuple[Removal, dict[str, Any]]:
    """Return the reference's insertion and deletion, and those of other orders as JSON can hold them."""
    own = EMOTIONS.index(scene.label)
    best = scene.removal(ref.weights[:, own])
    rng = np.random.default_rng(0)
    drawn = [scene.removal(rng.random(len(scene.parts))) for _ in range(_DRAWN)]
    by_energy = scene.removal(energy(scene.spectrogram, scene.parts))
    few = scene.removal(_weights(scene, OWN[0], 0)[:, own])
    rows = {REFERENCE: [best], RANDOM: drawn, ENERGY: [by_energy], OWN[0].name: [few]}
    return best, {
        name: {
            "gap": float(np.mean([r.gap for r in rs])),
            "gap_probability": float(np.mean([r.gap_probability for r in rs])),
            "share": float(np.mean([r.gap for r in rs])) / best.gap,
            "inserted": np.mean([r.inserted for r in rs], axis=0).tolist(),
            "deleted": np.mean([r.deleted for r in rs], axis=0).tolist(),
        }
        for name, rs in rows.items()
    }


def _of_reference(scene: Scene, ref: Reference) -> dict[str, Any]:
    return {
        "parts": len(scene.parts),
        "label": scene.label,
        "masked_against_sound": agreement(
            scene.hearing, scene.spectrogram, scene.parts, scene.perturbation, _MIXTURES_HEARD
        ).tolist(),
        "ceiling": {
            "spearman": _mean(metrics.spearman, *ref.halves),
            "jaccard": _mean(metrics.jaccard, *ref.halves),
            "r2": float(ref.r2[: len(EMOTIONS)].mean()),
        },
    }  # fmt: skip


def _compared(scene: Scene, setting: Setting, ref: Reference, best_gap: float, seeds: int) -> dict[str, Any]:
    """Return the figures of one setting, each a mean over the four emotions and the seeds.

    Insertion and deletion are of the emotion that leads.
    """
    estimates: list[Estimate] = [
        estimate(scene.perturbation, setting.method, setting.calls, seed) for seed in range(seeds)
    ]
    own = EMOTIONS.index(scene.label)
    unseen, said = scene.unseen
    removals = [scene.removal(e.weights[:, own]) for e in estimates[:2]]
    weights = [e.weights for e in estimates]
    return {
        "calls": len(estimates[0].masks),
        "spearman": float(np.mean([_mean(metrics.spearman, w, ref.weights) for w in weights])),
        "jaccard": float(np.mean([_mean(metrics.jaccard, w, ref.weights) for w in weights])),
        "jaccard_seeds": float(np.mean([_mean(metrics.jaccard, a, b) for a, b in combinations(weights, 2)])),
        "gap": float(np.mean([r.gap for r in removals])),
        "gap_probability": float(np.mean([r.gap_probability for r in removals])),
        "share": float(np.mean([r.gap for r in removals])) / best_gap,
        "r2": float(np.mean([metrics.r2(w, unseen, said)[: len(EMOTIONS)] for w in weights])),
    }


def _mean(metric: Any, one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mean over the emotions of a figure of two estimates, (parts, 15)."""
    return float(np.mean([metric(one[:, k], other[:, k]) for k in _EMOTIONS]))


def _found(truth: NDArray[np.bool_], weights: NDArray[np.floating]) -> dict[str, float]:
    return {"auc": metrics.auc(truth, weights), "hit": metrics.hit_at_1(truth, weights)}
