"""A picture of how the features' effects on each emotion are distributed over takes."""

from __future__ import annotations

import io

import numpy as np

from edge.explain.effects import Boxes
from edge.explain.told.words import feature_name
from edge.types import EMOTIONS, MID_LEVEL

_BOX = "#78b4de"


def effects_picture(boxes: Boxes, of_what: str) -> bytes:
    """Return a PNG of box plots, a panel for each emotion (as Chowdhury et al. 2019, figure 3).

    Parameters
    ----------
    boxes : Boxes
    of_what : str
        What each value in a box is of, such as "12 recordings".
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 7.4), dpi=110, layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    place = np.arange(len(MID_LEVEL))
    limit = 1.05 * float(max(-boxes.low.min(), boxes.high.max(), 1e-3))
    for e, (ax, emotion) in enumerate(zip(axes.flat, EMOTIONS, strict=True)):
        first, third = boxes.first_quartile[e], boxes.third_quartile[e]
        ax.axvline(0.0, color="0.3", linewidth=0.8)
        ax.hlines(place, boxes.low[e], boxes.high[e], color="black", linewidth=1.2)
        ax.barh(place, third - first, 0.65, first, color=_BOX, edgecolor="black")
        ax.vlines(boxes.median[e], place - 0.32, place + 0.32, color="black", linewidth=2.2)
        ax.set(title=emotion, xlim=(-limit, limit))
        ax.set_yticks(place, [feature_name(name) for name in MID_LEVEL])
    axes[0, 0].invert_yaxis()
    figure.suptitle(f"What moves each emotion: {of_what}")
    figure.supxlabel(
        "Effect on the logit (weight × value)\nbox: middle half, lines: within 1.5 times its width", fontsize="medium"
    )
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
