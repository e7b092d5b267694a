"""Pictures of an audit: the groups' differences, and what carries the greatest of them, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from edge.types import EMOTIONS, MID_LEVEL
from export.audit.sources import SOURCES, STAYS

_COLOURS, _MARKERS = ("#D55E00", "#0072B2"), ("o", "D")  # of Okabe & Ito (2008), and told apart without colour too
_WIDTH_IN, _DPI = 5.6, 160  # about 900 pixels, as wide as a phone shows well


def draw(found: Mapping[str, Any], folder: Path) -> list[str]:
    """Draw into `folder` and return the names of the pictures; only what there is gets one."""
    models, findings = list(found["models"]), found["findings"]
    comparable = [name for name, groups in found["groupings"].items() if groups]
    drawn = []
    if comparable:
        grouping = findings[0]["grouping"] if findings else comparable[0]
        groups_picture(found["groupings"][grouping], models, f"By {grouping}", folder / "groups.png")
        drawn.append("groups.png")
    if findings:
        carriers_picture(findings[0], models, folder / "carriers.png")
        drawn.append("carriers.png")
    return drawn


def groups_picture(groups: Mapping[str, Any], models: Sequence[str], title: str, path: Path) -> None:
    """Draw for each emotion how much more often than of the others it is said of each group."""
    figure = Figure(figsize=(_WIDTH_IN, 2.2 + 0.6 * len(groups)), dpi=_DPI, layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for ax, emotion in zip(axes.flat, EMOTIONS, strict=True):
        for k, model in enumerate(models):
            _points(ax, [row[model]["difference"][emotion] for row in groups.values()], k, model, 100.0)
        ax.set_title(emotion)
        _rows(ax, list(groups))
    axes[0, 0].invert_yaxis()
    for ax in axes[1]:
        ax.set_xlabel("Points, with 95 % interval")
    figure.suptitle(f"{title}: said more often than of the others")
    _legend(figure, axes[0, 0], models)
    figure.savefig(path)


def carriers_picture(finding: Mapping[str, Any], models: Sequence[str], path: Path) -> None:
    """Draw which qualities and which sources carry a difference."""
    panels: list[tuple[str, Sequence[str], Mapping[str, Any]]] = [("Qualities", MID_LEVEL, finding["effects"])]
    if "sources" in finding:
        panels.append(("Sources", (*SOURCES, STAYS), finding["sources"]))
    figure = Figure(figsize=(_WIDTH_IN, 1.4 + 0.32 * sum(len(names) for _, names, _ in panels)), dpi=_DPI)
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=[len(n) for _, n, _ in panels])
    for ax, (title, names, of) in zip(axes[:, 0], panels, strict=True):
        for k, model in enumerate(models):
            _points(ax, [of[model][name] for name in names], k, model, 1.0)
        ax.set_title(title, fontsize="medium")
        _rows(ax, [name.replace("_", " ") for name in names])
        ax.invert_yaxis()
    figure.suptitle(f"What carries {finding['emotion']} of {finding['grouping']} {finding['group']}")
    axes[-1, 0].set_xlabel("Difference to the others on the logit\nwith 95 % interval over songs")
    _legend(figure, axes[0, 0], models)
    figure.savefig(path)


def _points(ax: Axes, rows: Sequence[Mapping[str, float]], k: int, label: str, scale: float) -> None:
    value, low, high = (scale * np.array([row[name] for row in rows]) for name in ("value", "low", "high"))
    # a percentile interval need not hold the value itself where there are few songs
    error = np.maximum([value - low, high - value], 0.0)
    place = np.arange(len(rows)) + 0.3 * k
    ax.errorbar(value, place, xerr=error, fmt=_MARKERS[k], color=_COLOURS[k], capsize=3, markersize=5, label=label)


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.axvline(0.0, color="0.3", linewidth=0.8)
    ax.set_yticks(range(len(names)), names)
    ax.grid(axis="x", color="0.88", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure, ax: Axes, models: Sequence[str]) -> None:
    if len(models) > 1:
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=len(models))
