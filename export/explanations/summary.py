"""All measurements of a report, and what they come to."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edge.explain.weights.estimate import OUTPUTS
from edge.model import Model
from edge.types import EMOTIONS
from export.explanations import kept, measure, metrics
from export.explanations.kept import Job
from export.explanations.plan import Plan
from export.explanations.settings import DIVISIONS, MAIN_DIVISION, OWN, PUBLISHED
from export.explanations.speed import XMERAPP_MS


def measure_all(plan: Plan, runs: Path, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return the report's figures; what an earlier, interrupted call measured is not measured again."""
    model = Model()
    folder = kept.folder_of(runs, model, plan)
    moments = range(len(plan.moments))
    # the longest first, so that no core waits for another at the end
    jobs = [Job(f"curves-{k}", measure.curves, (k,)) for k in moments]
    few = range(min(plan.published_moments, len(plan.moments)))
    jobs += [Job(f"{d}-{k}", measure.published, (k, d)) for d in DIVISIONS for k in few]
    jobs += [Job(f"checks-{k}", measure.checks, (k,)) for k in few]
    jobs += [
        Job(f"planted-{kind}-{k}", measure.planted, (kind, k)) for kind, count in plan.plants for k in range(count)
    ]
    jobs += [Job(f"heard-{k}", measure.heard, (k,)) for k in range(len(plan.heard))]
    found = kept.run(jobs, plan, folder, workers, tell)
    found["timing"] = kept.run_alone(Job("timing", measure.timing), plan)
    tell("timing")
    return summary(found, plan, model)


def summary(found: dict[str, Any], plan: Plan, model: Model) -> dict[str, Any]:
    """Return the figures as means over moments, of what the jobs found."""
    curves = _of(found, "curves-")
    settings: dict[str, Any] = {}
    for s in (*OWN, *PUBLISHED):
        name = s.key
        scenes = curves if s.division == MAIN_DIVISION else _of(found, s.division)
        rows = [row[name] for row in scenes]
        parts = float(np.mean([row["parts"] for row in scenes]))
        settings[name] = {
            "division": s.division,
            "method": s.method,
            "name": s.name,
            "parts": parts,
            "jaccard_by_chance": metrics.jaccard_by_chance(round(parts)),
            **_means(rows),
            "planted": {kind: _planted(found, kind, name) for kind, _ in plan.plants},
            "heard": _heard(found, name),
            **_checks(found, name),
            "masked_against_sound": _sound(scenes)["emotions"],
        }
    return {
        "schema": 1,
        "model": model.describe(),
        "machine": {"cpu": platform.machine(), "python": platform.python_version()},
        "moments": [m.name for m in plan.moments],
        "reference_calls": plan.reference_calls,
        "other_reference_calls": plan.other_reference_calls,
        "curves": {
            method: {str(n): _means([row[f"{method} {n}"] for row in curves]) for n in plan.budgets}
            for method in measure.CURVES
        },
        "ceiling": _means([row["ceiling"] for row in curves]),
        "ceilings": {d: _means([row["ceiling"] for row in _of(found, d)]) for d in DIVISIONS},
        "orders": {
            name: {
                **_means([{k: row["orders"][name][k] for k in ("gap", "gap_probability", "share")} for row in curves]),
                **{k: _curve([row["orders"][name][k] for row in curves]) for k in ("inserted", "deleted")},
            }
            for name in curves[0]["orders"]
        },
        "masked_against_sound": _sound(curves),
        "settings": settings,
        "heard_beside": {name: _heard(found, name) for name in (measure.RANDOM, measure.ENERGY)},
        "heard_moments": len(_of(found, "heard-")),
        "planted": {
            kind: {
                "count": len(rows := [r for r in _of(found, f"planted-{kind}-") if r]),
                "undone": float(np.mean([r["undone"] for r in rows])) if rows else None,
                measure.ENERGY: _planted(found, kind, measure.ENERGY),
                "fills": {f: _means([r["fills"][f] for r in rows]) for f in rows[0]["fills"]} if rows else {},
            }
            for kind, _ in plan.plants
        },
        "speed": _speed(found["timing"]),
    }


def _of(found: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    return [row for name, row in found.items() if name.startswith(prefix)]


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} if rows else {}


def _curve(rows: list[list[float]]) -> list[float]:
    """Return the mean of curves of different lengths, at every fiftieth of the way, less where they all end."""
    at = np.linspace(0.0, 1.0, 51)
    return np.mean([np.interp(at, np.linspace(0.0, 1.0, len(row)), row) for row in rows], axis=0).tolist()


def _planted(found: dict[str, Any], kind: str, name: str) -> dict[str, float]:
    rows = [r["settings"][name] for r in _of(found, f"planted-{kind}-") if r and name in r["settings"]]
    return {**_means(rows), "count": len(rows)}


def _heard(found: dict[str, Any], name: str) -> dict[str, float]:
    rows = _of(found, "heard-")
    before = np.array([row["probability"] for row in rows])
    alone, removed = (np.array([row[name][k] for row in rows]) for k in ("alone", "removed"))
    said, said_alone = np.array([row["label"] for row in rows]), np.array([row[name]["label"] for row in rows])
    return {
        "average_increase": metrics.increase(before, alone),
        "average_drop": metrics.drop(before, alone),
        "faithfulness": metrics.faithfulness(before, removed),
        "input_fidelity": metrics.input_fidelity(said, said_alone),
    }


def _checks(found: dict[str, Any], name: str) -> dict[str, float]:
    rows = [row[name] for row in _of(found, "checks-")]
    forgotten = np.concatenate([row["forgotten"] for row in rows])
    return {
        "precision_spearman": float(np.mean([row["precision_spearman"] for row in rows])),
        "precision_jaccard": float(np.mean([row["precision_jaccard"] for row in rows])),
        "forgotten": float(forgotten.mean()),
    }


def _sound(scenes: list[dict[str, Any]]) -> dict[str, Any]:
    r = np.mean([row["masked_against_sound"] for row in scenes], axis=0)
    return {
        "emotions": float(r[: len(EMOTIONS)].mean()),
        "all": float(r.mean()),
        "each": dict(zip(OUTPUTS, r.tolist(), strict=True)),
    }


def _speed(timing: dict[str, Any]) -> dict[str, Any]:
    lime_ms = timing["lime, 1,000 calls"]["least_ms"]
    return {
        name: {
            **row,
            "times_faster_than_lime": lime_ms / row["least_ms"],
            "times_faster_than_xmerapp": XMERAPP_MS / row["least_ms"],
        }
        for name, row in timing.items()
    }
