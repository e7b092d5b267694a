"""A picture of a take: what was heard when, how likely each emotion was, and where it moved."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.takes.steps import Steps, played, timeline
from edge.takes.take import Take
from edge.types import EMOTIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE_IN, _DPI = (10.0, 5.6), 150
_COLUMNS = 400
_HATCHES = {"aggressive": "////", "happy": "..", "relaxed": "--", "sad": "||"}
"""Each emotion has a pattern too, so that nobody needs to tell the colours apart."""

SHOWN = {"aggressive": "#c3231b", "happy": "#f5b700", "relaxed": "#13744a", "sad": "#1d4cc0"}
"""The colours of the page."""

_NAMED_SHARE = 0.09  # of the width; shorter stretches have no room for their name


def picture(take: Take, steps: Steps) -> bytes:
    """Return a PNG of a take's timeline, 1500 pixels wide.

    Parameters
    ----------
    take : Take
    steps : records, (n,)
        What was heard at each step of it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(_SIZE_IN, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    heard, likely, moved = figure.subplots(3, 1, sharex=True, height_ratios=(0.5, 2.0, 1.2))
    figure.suptitle(_title(take), x=0.01, ha="left", fontsize=11, parse_math=False)
    columns = timeline(steps, take.duration_s, _COLUMNS)
    edges = np.arange(len(columns["labels"]) + 1) * columns["column_s"]
    _draw_heard(heard, columns["labels"], edges)
    _draw_likely(likely, np.array(columns["percent"], float), edges)
    _draw_moved(moved, steps)
    moved.set(xlim=(0.0, take.duration_s), xlabel="Time in the take (s)")
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _title(take: Take) -> str:
    minutes, seconds = divmod(round(take.duration_s), 60)
    said = [take.name, time.strftime("%Y-%m-%d %H:%M", time.localtime(take.created_at)), f"{minutes}:{seconds:02d}"]
    if take.label:
        said.append(f"{take.label} {100 * take.probabilities[take.label]:.0f} %")
    if take.meant:
        said.append(f"meant: {take.meant}")
    return "  ·  ".join(said)


def _draw_heard(axes: Axes, labels: list[int], edges: NDArray[np.float64]) -> None:
    begin = 0
    for k in range(1, len(labels) + 1):
        if k < len(labels) and labels[k] == labels[begin]:
            continue
        if labels[begin] >= 0:
            emotion = EMOTIONS[labels[begin]]
            width = edges[k] - edges[begin]
            _fill(axes, np.array([edges[begin], edges[k]]), np.zeros(2), np.ones(2), emotion)
            if width > _NAMED_SHARE * edges[-1]:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
                axes.text(edges[begin] + width / 2, 0.5, emotion, ha="center", va="center", fontsize=9, bbox=box)
        begin = k
    axes.set(ylim=(0.0, 1.0), yticks=[], ylabel="heard")


def _draw_likely(axes: Axes, percent: NDArray[np.float64], edges: NDArray[np.float64]) -> None:
    tops = np.concatenate([np.zeros((len(percent), 1)), np.cumsum(percent, 1)], 1)
    for e, emotion in enumerate(EMOTIONS):
        _fill(axes, edges, np.append(tops[:, e], tops[-1, e]), np.append(tops[:, e + 1], tops[-1, e + 1]), emotion)
    axes.set(ylim=(0.0, 100.0), ylabel="how likely (%)")
    axes.legend(ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False, borderpad=0.1)


def _draw_moved(axes: Axes, steps: Steps) -> None:
    sounding = np.where(played(steps), 1.0, np.nan)
    axes.axhline(0.0, color="0.7", linewidth=0.8)
    axes.plot(steps["time_s"], steps["valence"] * sounding, color="black", linewidth=1.3, label="valence")
    axes.plot(
        steps["time_s"], steps["arousal"] * sounding, color="0.45", linewidth=1.3, linestyle="--", label="arousal"
    )
    axes.set(ylim=(-1.05, 1.05), ylabel="from −1 to 1")
    axes.legend(ncols=2, loc="upper right", fontsize=8, frameon=False)


def _fill(
    axes: Axes, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], emotion: str
) -> None:
    axes.fill_between(
        x, low, high, step="post", facecolor=SHOWN[emotion], hatch=_HATCHES[emotion], edgecolor=(1, 1, 1, 0.45),
        linewidth=0.0, label=emotion,
    )  # fmt: skip
