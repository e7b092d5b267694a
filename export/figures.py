"""Pictures of the measured figures: plain data in, a PNG out, readable on a phone and without colour vision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from edge.explain.effects import Boxes
from edge.explain.told.effects_picture import effects_picture

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A7F00", "#7F7F7F")
"""Okabe & Ito (2008), told apart by most colour-blind people; its yellow is too pale for lines, so darker here."""
_MARKERS = "oDs^vPX<>*"  # one more than the colours, so that no two of ninety look alike
_WIDTH_IN, _DPI = 5.6, 160  # about 900 pixels


@dataclass(frozen=True, slots=True)
class Point:
    """A network in the picture of accuracy against cost.

    Attributes
    ----------
    accuracy : float
        Mean over folds, 0 to 1.
    deviation : float or None
        Standard deviation over folds; a single run has none.
    parameters, multiply_accumulates_per_s, ms_per_s, weights_bytes
        As measured by `export.networks.cost` and `export.timing`.
    """

    name: str
    accuracy: float
    deviation: float | None
    parameters: float
    multiply_accumulates_per_s: float
    ms_per_s: float
    weights_bytes: float


def reliability_diagram(rows: Sequence[Mapping[str, float]], path: Path, title: str = "Reliability") -> None:
    """Draw accuracy against confidence; `rows` are those of `export.evaluate.reliability`."""
    figure, (ax, below) = _figure(5.6, 2, 1, sharex=True, height_ratios=(3.2, 1.0))
    confidence, accuracy, heard = (np.array([row[k] for row in rows]) for k in ("confidence", "accuracy", "heard"))
    error = np.sqrt(accuracy * (1 - accuracy) / np.maximum(heard, 1))
    ax.plot([0, 1], [0, 1], "--", color="0.5", label="perfect")
    ax.errorbar(confidence, accuracy, error, fmt="o-", color=_COLOURS[0], capsize=3, label="measured ± standard error")
    ax.set(title=title, ylabel="Accuracy", xlim=(0.2, 1), ylim=(0, 1))
    below.bar(confidence, heard, 0.06, color=_COLOURS[0])
    below.set(xlabel="Confidence (probability of the label)", ylabel="Number heard")
    ax.legend(loc="upper left")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    _save(figure, path)


def accuracy_against_cost(points: Sequence[Point], path: Path, title: str = "Accuracy against cost") -> None:
    """Draw one point for each network in four panels, one for each kind of cost."""
    panels = {
        "parameters": "Parameters",
        "multiply_accumulates_per_s": "Multiply-accumulates\nper second of sound",
        "ms_per_s": "Time, one thread\n(ms per second of sound)",
        "weights_bytes": "Weights (bytes)",
    }
    figure, axes = _figure(8.2, 2, 2, sharey=True)
    for ax, (field, name) in zip(axes.flat, panels.items(), strict=True):
        for k, p in enumerate(points):
            look = {"color": _COLOURS[k % len(_COLOURS)], "fmt": _MARKERS[k % len(_MARKERS)]}
            ax.errorbar(getattr(p, field), p.accuracy, p.deviation, markersize=8, capsize=3, label=p.name, **look)
        ax.set(xscale="log", xlabel=name)
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.tick_params("x", labelrotation=45)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    for ax in axes[:, 0]:
        ax.set_ylabel("Accuracy, four classes")
    figure.suptitle(title)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    _save(figure, path)


def effects(weights: NDArray[np.floating], mid_level: NDArray[np.floating], path: Path) -> None:
    """Draw how the effects, weight times value, spread over a corpus (Chowdhury et al. 2019, figure 3).

    Parameters
    ----------
    weights : (4, 11)
        `Contract.emotion_weights`.
    mid_level : (n, 11)
        In standard deviations, of the corpus's takes or windows.
    """
    boxes = Boxes.of(weights[None] * mid_level[:, None])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(effects_picture(boxes, f"{len(mid_level)} takes of the corpus"))


def conditions(report: Mapping[str, Any], path: Path) -> None:
    """Draw how other gear changes the accuracy; `report` is that of `export.robustness.robustness`."""
    rows = list(report["conditions"].values())
    figure, ax = _figure(1.5 + 0.5 * len(rows))
    change, error = (np.array([row[k] for row in rows[1:]]) for k in ("delta_accuracy", "delta_error"))
    place = np.arange(len(change))
    ax.axvline(0.0, color="0.3", linewidth=0.8)
    ax.errorbar(100 * change, place, xerr=100 * error, fmt="D", color=_COLOURS[0], capsize=4)
    ax.set_yticks(place, [_two_lines(row["description"]) for row in rows[1:]])
    ax.invert_yaxis()
    ax.set_title(f"Other gear, {report['takes']} takes;\nas trained: {100 * rows[0]['accuracy']:.0f} % right")
    ax.set_xlabel("Change of accuracy (points)\n± standard error")
    _save(figure, path)


def _short(value: float) -> str:
    """Return a number with at most one decimal prefix: 0.3, 30, 300 k, 3 M."""
    for size, prefix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= 0.999 * size:
            return f"{value / size:.3g}{prefix}"
    return f"{value:.3g}"


def _two_lines(text: str) -> str:
    text = text.replace(" dB", "\N{NO-BREAK SPACE}dB").replace(" kHz", "\N{NO-BREAK SPACE}kHz")
    words, half = text.split(" "), len(text) / 2
    cut = min(range(len(words) + 1), key=lambda k: abs(len(" ".join(words[:k])) - half))
    return " ".join(words[:cut]) + "\n" + " ".join(words[cut:])


def _figure(height_in: float, rows: int = 1, columns: int = 1, **how: Any) -> tuple[Figure, Any]:
    """Return a figure as wide as a phone shows well, and its axes, with a light grid behind the data."""
    figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=_DPI, layout="constrained")
    axes = figure.subplots(rows, columns, **how)
    for ax in np.atleast_1d(axes).flat:
        ax.grid(color="0.88", linewidth=0.7)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
