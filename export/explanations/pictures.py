"""Pictures of the report: agreement against calls, insertion and deletion, planted evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from export.explanations.aims import AGREEMENT

_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")  # of Okabe & Ito (2008)
_MARKERS = ("o", "D", "s", "^", "v", "P")
_WIDTH_IN, _DPI = 5.6, 130  # about 730 pixels: a phone shows them well, and they stay small


def draw(report: Mapping[str, Any], folder: Path) -> list[str]:
    """Draw into `folder` and return the names of the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"agreement.png": _agreement, "removal.png": _removal, "planted.png": _planted}
    for name, picture in pictures.items():
        picture(report).savefig(folder / name)
    return list(pictures)


def _agreement(report: Mapping[str, Any]) -> Figure:
    panels = {
        "spearman": "Spearman's ρ with\nthe reference",
        "jaccard": "Ten strongest shared with\nthe reference (Jaccard)",
        "jaccard_seeds": "Ten strongest shared between\ntwo estimates (Jaccard)",
    }
    figure = Figure(figsize=(_WIDTH_IN, 9.4), dpi=_DPI, layout="constrained")
    for ax, (key, label) in zip(figure.subplots(3, 1, sharex=True), panels.items(), strict=True):
        for k, (method, of_calls) in enumerate(report["curves"].items()):
            calls = [int(n) for n in of_calls]
            values = [row[key] for row in of_calls.values()]
            ax.plot(calls, values, marker=_MARKERS[k], color=_COLOURS[k], label=method)
        aims = {n: aim[key] for n, aim in AGREEMENT.items() if n in calls}
        ax.plot(list(aims), list(aims.values()), "*", color="black", markersize=11, linestyle="none", label="aim")
        if key in report["ceiling"]:
            ax.axhline(report["ceiling"][key], linestyle="--", color="0.5", label="two halves of the reference")
        ax.set(xscale="log", ylabel=label, ylim=(0.0, 1.03))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticks(calls, [str(n) for n in calls])
        _light(ax)
    ax.set_xlabel("Calls of the network")
    figure.suptitle("Regions at onsets, means over moments and emotions")
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return figure


def _removal(report: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(_WIDTH_IN, 6.8), dpi=_DPI, layout="constrained")
    panels = {"inserted": "Regions added", "deleted": "Regions taken away"}
    for ax, (key, title) in zip(figure.subplots(2, 1, sharex=True, sharey=True), panels.items(), strict=True):
        for k, (name, of_order) in enumerate(report["orders"].items()):
            curve = of_order[key]
            ax.plot(np.linspace(0.0, 1.0, len(curve)), curve, color=_COLOURS[k], label=f"order: {name}")
        ax.set(title=title, ylabel="Logit of the emotion")
        _light(ax)
    ax.set_xlabel("Share of the regions, strongest first")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _planted(report: Mapping[str, Any]) -> Figure:
    names = [n for n, row in report["settings"].items() if all("auc" in p for p in row["planted"].values())]
    labels = [_label(report["settings"][n]) for n in names]
    figure = Figure(figsize=(_WIDTH_IN, 1.6 + 0.42 * (len(names) + 1)), dpi=_DPI, layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    place = np.arange(len(names) + 1)
    for ax, (key, title) in zip(axes, {"auc": "AUC", "hit": "Hit at 1"}.items(), strict=True):
        for k, (kind, of_kind) in enumerate(report["planted"].items()):
            rows = [*(report["settings"][n]["planted"][kind] for n in names), of_kind["energy"]]
            values = [row.get(key, np.nan) for row in rows]
            ax.plot(
                values,
                place + 0.16 * (k - (len(report["planted"]) - 1) / 2),
                _MARKERS[k],
                color=_COLOURS[k],
                label=kind,
                linestyle="none",
            )
        ax.set(title=title, xlim=(-0.04, 1.04))
        ax.set_yticks(place, [*labels, "energy"])
        _light(ax)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle("Is a planted sound found?")
    return figure


def _label(setting: Mapping[str, Any]) -> str:
    return f"{setting['method']}, {setting['calls']:.0f} calls\n{setting['division']}"


def _light(ax: Axes) -> None:
    ax.grid(color="0.88", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
