"""A picture of an explanation: where in the spectrogram, by way of which features, and what listening tells."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge.explain.explanation import Explanation
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.sentence import clear
from edge.explain.told.words import feature_name
from edge.features import MEL_FLOOR, to_db
from edge.types import EMOTIONS, MID_LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.floating]

FOR, AGAINST, BEFORE = "#D55E00", "#0072B2", "0.55"
"""Okabe & Ito (2008): told apart by most colour-blind people, and by their lightness in print."""

_SIZE_IN, _DPI = (8.0, 7.2), 150
_LOWEST_HZ, _HIGHEST_HZ, _ROWS = 60.0, 8000.0, 240
_TICKS_HZ = (100, 200, 500, 1000, 2000, 5000)
_RANGE_DB = 70.0
_COLOURS = 128
_STRONGEST_TINT = 0.75
_MOST_NAMED = 6
_LINE = 88  # characters of the title


def picture(explanation: Explanation, spectrogram: Spectrogram) -> bytes:
    """Return a PNG, 1200 pixels wide.

    Parameters
    ----------
    explanation : Explanation
    spectrogram : Spectrogram
        Of the excerpt that was explained.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(_SIZE_IN, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.15, 1.0))[:, 0]
    top.suptitle(textwrap.fill(explanation.sentence, _LINE), x=0.02, ha="left", fontsize=10.5, fontweight="bold")
    _draw_spectrogram(top.subplots(), explanation, spectrogram)
    panels = [_draw_parts] if _named(explanation) else []
    panels += [_draw_change if explanation.change is not None else _draw_versions]
    left, right = bottom.subfigures(1, 2, squeeze=False)[0]
    _draw_effects(left.subplots(), explanation)
    for panel, axes in zip(panels, np.ravel(right.subplots(len(panels), 1)), strict=True):
        panel(axes, explanation)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    # a palette is as good to the eye, at a quarter of the size for a phone
    small = io.BytesIO()
    Image.open(out).convert("RGB").quantize(_COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def _draw_spectrogram(axes: Axes, explanation: Explanation, spectrogram: Spectrogram) -> None:
    from matplotlib.colors import to_rgb

    hz = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _ROWS)
    rows = np.searchsorted(spectrogram.bins_hz, hz).clip(max=len(spectrogram.bins_hz) - 1)
    level_db = to_db(spectrogram.power, MEL_FLOOR)[:, rows].T
    begin_s, end_s = spectrogram.edges_s[[0, -1]]
    # rows are evenly spaced in log frequency, so the axis counts them in octaves
    octaves = np.log2(_HIGHEST_HZ / _LOWEST_HZ)
    where: dict[str, Any] = {"extent": (begin_s, end_s, 0.0, octaves), "origin": "lower", "aspect": "auto"}
    axes.imshow(level_db, cmap="gray_r", vmin=level_db.max() - _RANGE_DB, vmax=level_db.max(), **where)
    if explanation.parts is not None and explanation.estimate is not None:
        weights, errors, _ = explanation.estimate.of(explanation.request.of)
        strength = _of_bins(explanation, weights)[:, rows].T
        strongest = max(float(np.abs(strength).max()), 1e-9)
        tint = np.empty((*strength.shape, 4))
        tint[..., :3] = np.where((strength > 0.0)[..., None], to_rgb(FOR), to_rgb(AGAINST))
        tint[..., 3] = _STRONGEST_TINT * np.abs(strength) / strongest
        if explanation.parts.labels is None:  # soft parts share out what sounds, so the tint lies on that
            tint[..., 3] *= np.clip(1.0 + (level_db - level_db.max()) / _RANGE_DB, 0.0, 1.0)
        axes.imshow(tint, interpolation="nearest", **where)
        if explanation.parts.labels is not None:
            _outline(axes, explanation, explanation.parts.labels[:, rows].T, clear(weights, errors), where)
        axes.set_title(f"orange speaks for {feature_name(explanation.request.of)}, blue against it", **_SMALL)
        r2 = explanation.quality.r2_heldout
        if r2 is not None and np.isfinite(r2):
            explained = f"explains {100 * max(0.0, r2):.0f} % of what mixtures of the parts do"
            axes.set_title(explained, fontsize=9, loc="right")
    axes.set_yticks(np.log2(np.array(_TICKS_HZ) / _LOWEST_HZ), [f"{tick:,}" for tick in _TICKS_HZ])
    axes.set_xlabel("seconds")
    axes.set_ylabel("Hz")


def _of_bins(explanation: Explanation, weights: Floats) -> Floats:
    """Return the weight of what each bin belongs to, (frames, bins)."""
    parts = explanation.parts
    assert parts is not None
    if parts.labels is not None:
        return np.asarray(weights[parts.labels])
    assert parts.shares is not None
    return np.asarray(np.tensordot(weights, parts.shares, axes=1))


def _outline(
    axes: Axes,
    explanation: Explanation,
    labels: NDArray[np.int32],
    named: tuple[list[int], list[int]],
    where: dict[str, Any],
) -> None:
    """Draw lines around the parts that can be heard, and number those that the sentence may name."""
    begin_s, end_s, low, high = where["extent"]
    columns = begin_s + (np.arange(labels.shape[1]) + 0.5) * (end_s - begin_s) / labels.shape[1]
    rows = low + (np.arange(labels.shape[0]) + 0.5) * (high - low) / labels.shape[0]
    speaking_for = list(dict.fromkeys([*named[0], *explanation.chosen.tolist()]))
    for which, colour, style in ((speaking_for, FOR, "solid"), (named[1], AGAINST, "dashed")):
        for k in which:
            axes.contour(columns, rows, labels == k, levels=[0.5], colors=colour, linestyles=style, linewidths=1.4)
    for which, colour in zip(named, (FOR, AGAINST), strict=True):
        for rank, k in enumerate(which, 1):
            at = np.argwhere(labels == k)
            if len(at):  # else it lies above or below what is shown
                row, column = at[np.square((at - at.mean(axis=0)) / labels.shape).sum(axis=1).argmin()]
                box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": colour}
                axes.text(columns[column], rows[row], f"{rank}", bbox=box, ha="center", va="center", fontsize=8)


def _draw_effects(axes: Axes, explanation: Explanation) -> None:
    of = explanation.request.of
    emotion = of if of in EMOTIONS else explanation.heard.label
    e, effects = EMOTIONS.index(emotion), explanation.effects
    order = np.argsort(np.abs(effects.effects[e]), kind="stable")
    now, y = effects.effects[e, order], np.arange(len(order))
    axes.barh(y, now, 0.75, color=np.where(now > 0.0, FOR, AGAINST), alpha=0.85)
    if effects.knows_usual:
        boxes = effects.boxes
        first, third = boxes.first_quartile[e, order], boxes.third_quartile[e, order]
        axes.hlines(y, boxes.low[e, order], boxes.high[e, order], color="black", linewidth=0.9)
        axes.barh(y, third - first, 0.36, left=first, facecolor="white", edgecolor="black", linewidth=0.9, zorder=2)
        axes.vlines(boxes.median[e, order], y - 0.18, y + 0.18, color="black", linewidth=1.4, zorder=3)
    axes.set_yticks(y, [feature_name(MID_LEVEL[f]) for f in order])
    axes.axvline(0.0, color="black", linewidth=0.8)
    usual = "\n(boxes: over this take)" if effects.knows_usual else ""
    axes.set_title(f"Effect on {emotion}{usual}", **_SMALL)
    axes.set_xlabel(f"logit of {emotion}")


def _draw_parts(axes: Axes, explanation: Explanation) -> None:
    assert explanation.parts is not None
    assert explanation.estimate is not None
    weights, errors, _ = explanation.estimate.of(explanation.request.of)
    order = np.argsort(-np.abs(weights), kind="stable")[:_MOST_NAMED][::-1]
    y = np.arange(len(order))
    error = 2.0 * np.nan_to_num(errors[order])
    axes.barh(y, weights[order], 0.75, color=np.where(weights[order] > 0.0, FOR, AGAINST), alpha=0.85, xerr=error)
    axes.set_yticks(y, [_in_one_line(explanation.parts.parts[k].name) for k in order], fontsize=7.5)
    axes.locator_params(axis="x", nbins=4)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_title("Weight ± 2 standard errors", **_SMALL)


def _in_one_line(name: str) -> str:
    """Return "middle register, 200 to 800 Hz, 2.6 to 3.3 s" without the band, which its register says already."""
    what, *more_exactly = name.split(", ")
    return ", ".join([what, *more_exactly[-1:]])


def _draw_versions(axes: Axes, explanation: Explanation) -> None:
    of = explanation.request.of
    heard = {name: version.heard for name, version in explanation.versions.items()} or {"original": explanation.heard}
    if len(heard) == 1:
        values = dict(zip(EMOTIONS, explanation.heard.probabilities, strict=True))
        title = "What the model hears"
    elif of in EMOTIONS:
        values = {name: h.probabilities[EMOTIONS.index(of)] for name, h in heard.items()}
        title = f"{of.capitalize()}, with\n{_chosen(explanation)} …"
    else:
        values = {name: h.value(of) for name, h in heard.items()}
        title = f"{feature_name(of).capitalize()}, with\n{_chosen(explanation)} …"
    axes.set_title(title, **_SMALL)
    as_percent = len(heard) == 1 or of in EMOTIONS
    y = np.arange(len(values))[::-1]
    bars = axes.barh(y, list(values.values()), 0.7, color=BEFORE)
    axes.bar_label(bars, [f"{100 * v:.0f} %" if as_percent else f"{v:+.2f}" for v in values.values()], padding=3)
    axes.set_yticks(y, list(values))
    axes.margins(x=0.25)
    axes.set_xticks([])


def _draw_change(axes: Axes, explanation: Explanation) -> None:
    change = explanation.change
    assert change is not None
    y = np.arange(len(EMOTIONS))[::-1]
    for offset, heard, colour, label in ((0.19, change.before, BEFORE, "before"), (-0.19, change.after, FOR, "after")):
        bars = axes.barh(y + offset, heard.probabilities, 0.36, color=colour, label=label)
        axes.bar_label(bars, [f"{100 * p:.0f} %" for p in heard.probabilities], padding=3, fontsize=8)
    axes.set_yticks(y, EMOTIONS)
    axes.margins(x=0.25)
    axes.set_xticks([])
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    axes.set_title("What the model hears", **_SMALL)


def _chosen(explanation: Explanation) -> str:
    if not _named(explanation):
        return "what is outlined in orange"
    return "the strongest source" if len(explanation.chosen) == 1 else "the strongest sources"


def _named(explanation: Explanation) -> bool:
    return explanation.parts is not None and bool(explanation.parts.parts[0].name)


_SMALL: dict[str, Any] = {"fontsize": 9, "loc": "left"}
