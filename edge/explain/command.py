"""`affetto explain`: from a file and a question to lines on the screen and a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np

from edge.audio.file import open_sound
from edge.config import Config
from edge.explain.explainer import explain
from edge.explain.explanation import Explanation
from edge.explain.from_file import excerpt_of_file
from edge.explain.request import Request
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.folder import check_folder, write_folder
from edge.explain.told.words import feature_name, places
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL

_MOST_ROWS = 6
_PROGRESS = 100


def run(file: Path, at_s: float, request: Request, settings: Config, out: Path | None) -> None:
    """Explain a moment of a recording, print the answer, and write it into the folder `out` if there is one.

    Raises
    ------
    AffettoError
        In one line, before anything is written.
    """
    if out is not None:
        check_folder(out)
    model = Model(settings.model.file)
    with open_sound(file) as sound:
        frames = sound.frames
    with click.progressbar(length=frames, label="Listening", file=sys.stderr, width=30) as bar:
        excerpt, channels = excerpt_of_file(file, at_s, model, settings.decision, bar.update)
    with click.progressbar(length=_PROGRESS, label="Explaining", file=sys.stderr, width=30) as bar:
        for explanation in explain(excerpt, request, model, channels):
            bar.update(max(0, round(_PROGRESS * explanation.progress) - bar.pos))
    if out is not None:
        write_folder(out, explanation, Spectrogram(excerpt, model.contract.front_end))
    click.echo(told(explanation))
    if out is not None:
        click.echo(f"\nwritten: {out}")


def told(explanation: Explanation) -> str:
    """Return the sentence, what is strongest, and what the model says of each version."""
    begin_s, end_s = explanation.window_s
    blocks = [
        explanation.sentence,
        f"At {explanation.end_s:.1f} s, of what was played from {begin_s:.1f} to {end_s:.1f} s.",
        _parts(explanation) if explanation.estimate is not None else _features(explanation),
        _answers(explanation),
    ]
    return "\n\n".join(blocks)


def _features(explanation: Explanation) -> str:
    effects, of = explanation.effects, explanation.request.of
    emotion = of if of in EMOTIONS else explanation.heard.label
    e = EMOTIONS.index(emotion)
    rows = [f"{'feature':<20}{'value':>7}{'usual':>7}   effect on {emotion}"]
    for f in np.argsort(-np.abs(effects.effects[e]), kind="stable"):
        value, usual, effect = effects.values[f], effects.mean[f], effects.effects[e, f]
        rows.append(f"{feature_name(MID_LEVEL[f]):<20}{value:+7.2f}{usual:+7.2f}   {effect:+.2f}")
    return "\n".join(rows)


def _parts(explanation: Explanation) -> str:
    assert explanation.parts is not None
    assert explanation.estimate is not None
    of = explanation.request.of
    weights, errors, r2 = explanation.estimate.of(of)
    rows = [f"weight on {feature_name(of)}"]
    for k in np.argsort(-np.abs(weights), kind="stable")[:_MOST_ROWS]:
        error = "" if np.isnan(errors[k]) else f" ± {errors[k]:.2f}"
        where = places([explanation.parts.parts[k]], explanation.window_s)
        rows.append(f"{weights[k]:+7.2f}{error:<7}   {where}")
    quality = explanation.quality
    fit = f"; R² on mixtures not used: {r2:.2f}" if np.isfinite(r2) else ""
    rows.append(f"({explanation.method}: {quality.model_calls} calls of the model, {quality.elapsed_ms:.0f} ms{fit})")
    return "\n".join(rows)


def _answers(explanation: Explanation) -> str:
    of = explanation.request.of
    heard = {name: version.heard for name, version in explanation.versions.items()} or {"original": explanation.heard}
    value = of if of in MID_LEVEL else ""
    rows = [
        f"{'the model hears':<18}" + "".join(f"{e:>12}" for e in EMOTIONS) + (f"   {feature_name(value)}" * bool(value))
    ]
    for name, answer in heard.items():
        shares = "".join(f"{100 * p:>10.0f} %" for p in answer.probabilities)
        rows.append(f"{name:<18}{shares}" + (f"   {answer.value(value):+.2f}" if value else ""))
    return "\n".join(rows)
