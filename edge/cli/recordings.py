"""`affetto analyze` and `affetto explain`: what recordings express, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from edge.cli.options import MODEL, SETTINGS, settings_with


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "json_file", metavar="F", help="Write the predictions as JSON; - prints them.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="F", help="Write them as a table.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path), metavar="F", help="Write one page that plays and explains."
)
@click.option(
    "--effects",
    "effects_file",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Draw, as PNG, how each feature moves each emotion over the moments of a FILE, or over several FILEs.",
)
@SETTINGS
@MODEL
def analyze(
    files: tuple[Path, ...],
    json_file: str | None,
    csv_file: Path | None,
    html_file: Path | None,
    effects_file: Path | None,
    settings_path: Path | None,
    model_file: str | None,
) -> None:
    """Say which emotion recordings express, over time.

    Reads WAV, FLAC, OGG, MP3, AIFF and more, at any rate. The JSON is one object for one FILE, a list for several.
    """
    if effects_file:
        from edge.explain.needs import check_needs

        check_needs("pictures of effects")
    settings, _note = settings_with(settings_path, {"model_file": model_file})
    json_path = Path(json_file) if json_file and json_file != "-" else None
    from edge.analysis import analyze as analyze_file
    from edge.audio.file import open_sound
    from edge.model import Model
    from edge.report import check_place, json_text, write_csv, write_effects, write_html, write_json

    for path in filter(None, (csv_file, html_file, effects_file, json_path)):
        check_place(path)

    frames = 0
    for file in files:
        with open_sound(file) as sound:
            frames += sound.frames
    model = Model(settings.model.file)
    with click.progressbar(length=frames, label="Listening", file=sys.stderr, width=30) as bar:
        analyses = [
            analyze_file(file, model, settings.decision, keep_sound=bool(html_file), progress=bar.update)
            for file in files
        ]
    if json_path:
        write_json(json_path, analyses)
    if csv_file:
        write_csv(csv_file, analyses)
    if html_file:
        write_html(html_file, analyses)
    if effects_file:
        write_effects(effects_file, analyses, model)
    if json_file == "-":
        click.echo(json_text(analyses))
    else:
        for analysis in analyses:
            click.echo(_summary(analysis.document))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", "at_s", type=float, required=True, metavar="SECONDS", help="The moment, in the recording.")
@click.option("--of", default="", metavar="EMOTION|FEATURE", help="What to explain; by default the leading emotion.")
@click.option(
    "--by",
    default="regions",
    metavar="effects|regions|sources|whatif",
    help="By the features' effects, regions of the spectrogram, sources of the sound, or what would change it.",
)
@click.option(
    "--segments",
    default="",
    metavar="NAME",
    help="Regions: onsets, grid, musical, felzenszwalb, slic. Sources: parts, notes, blocks, strings.",
)
@click.option("--samples", type=int, default=0, metavar="N", help="Calls of the model; by default until it is stable.")
@click.option("--method", default="", metavar="local|hadamard|lime|exact", help="How the weights are found.")
@click.option("--seed", type=int, default=0, metavar="N", help="Same sound, same seed: same answer.")
@click.option(
    "--select",
    default="strongest",
    metavar="strongest|significant",
    help="What is heard: the strongest parts, or all whose p-value is small beside their weight.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write explanation.json, a picture and sounds to listen to into this folder.",
)
@SETTINGS
@MODEL
def explain(
    file: Path, at_s: float, out: Path | None, settings_path: Path | None, model_file: str | None, **question: Any
) -> None:
    """Say why a moment of a recording sounds as it does.

    The weights are proved by ear: each version of the sound comes with the model's own answer to it.
    """
    from edge.explain.needs import check_needs

    check_needs()
    settings, _note = settings_with(settings_path, {"model_file": model_file})
    from edge.explain.command import run as explain_file
    from edge.explain.request import Request

    explain_file(file, at_s, Request(**question), settings, out)


COMMANDS = (analyze, explain)


def _summary(document: dict[str, Any]) -> str:
    overall = document["overall"]
    minutes, seconds = divmod(round(document["duration_s"]), 60)
    head = f"{document['file']}  {minutes}:{seconds:02d}  "
    if not overall["label"]:
        return head + "nothing was heard"
    ranked = sorted(overall["probabilities"].items(), key=lambda item: -item[1])
    return head + ", ".join(f"{label} {p:.0%}" for label, p in ranked)
