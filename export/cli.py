"""The command `affetto-model`: render, train, export, check, evaluate, and the demo take."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import click

from edge.errors import AffettoError
from edge.features import FrontEndSettings
from export.corpora import Piece, all_pieces, emopia
from export.corpora.folder import data_folder
from export.dataset import build, cache_folder, load

CACHE = Path("cache")
RUNS = Path("runs/compare")
ANSWERS = Path("export/answers")
AUDIT = Path("runs/audit")
EXPLANATIONS = Path("runs/explain")
MODELS = Path("edge/models")
DEMO = Path(str(resources.files("edge"))) / "assets" / "demo.flac"
TINY_SPLIT = ("train", "train", "test")


class _OneLineErrors(click.Group):
    """Shows the project's own errors as one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AffettoError as error:
            click.echo(f"affetto-model: {error}", err=True)
            sys.exit(1)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Make, check and measure the models that Affetto listens with."""


def _folder(cache: Path) -> Path:
    return cache_folder(cache, FrontEndSettings())


def tiny_pieces() -> list[Piece]:
    """Return three clips of each emotion, of three songs, one of them for the test: enough to see that all runs."""
    of_emotion: dict[int, list[Piece]] = {}
    for piece in emopia(data_folder()):
        if piece.split == "train" and piece.emotion is not None:
            songs = of_emotion.setdefault(piece.emotion, [])
            if piece.song not in [p.song for p in songs]:
                songs.append(piece)
    return [replace(p, split=s) for songs in of_emotion.values() for p, s in zip(songs, TINY_SPLIT, strict=False)]


@main.command()
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
@click.option("--passes", default=3, show_default=True, help="Guitars that play each piece.")
@click.option("--workers", default=1, show_default=True)
def render(cache: Path, passes: int, workers: int) -> None:
    """Play all pieces on the guitars and keep their features and mid-level targets."""
    from export.targets import targets_of

    pieces, folder = list(all_pieces(data_folder())), _folder(cache)
    build(pieces, folder, passes, workers)
    targets_of(load(pieces, folder, passes), FrontEndSettings(), folder, workers)


@main.command()
@click.option("--run", type=click.Path(path_type=Path), required=True, help="Folder of checkpoints and metrics.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
@click.option("--network", default="affetto", show_default=True, help="One of export/networks.")
@click.option("--fold", type=click.IntRange(0, 4), help="Test on this fifth of the songs, not on EMOPIA's own split.")
@click.option("--steps", type=int, help="Optimizer steps.")
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=1, show_default=True)
@click.option("--tiny", is_flag=True, help="Twelve clips and a few steps: only to see that all runs.")
def train(
    run: Path, cache: Path, network: str, fold: int | None, steps: int | None, seed: int, threads: int, tiny: bool
) -> None:
    """Train on the rendered music; an interrupted run goes on where it stopped."""
    from export.runs import material
    from export.train import TrainSettings
    from export.train import train as fit

    settings = TrainSettings(network, fold=fold, seed=seed, threads=threads)
    folder = _folder(cache)
    pieces = tiny_pieces() if tiny else list(all_pieces(data_folder()))
    if tiny:
        settings = replace(settings, steps=8, clips=8, evaluate_every=4, settle_batches=2, passes=1, teacher_share=0.0)
        build(pieces, folder, passes=1)
    if steps is not None:
        settings = replace(settings, steps=steps)
    click.echo(fit(material(pieces, folder, settings), run, settings))


@main.command()
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, show_default=True, help="For checkpoints.")
@click.option(
    "--answers", type=click.Path(path_type=Path), default=ANSWERS, show_default=True, help="What each run says."
)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
@click.option("--only", multiple=True, help="An experiment of export/experiments.py, or `without`; else all.")
@click.option("--jobs", default=1, show_default=True, help="Runs at a time, a core each.")
def compare(runs: Path, answers: Path, cache: Path, only: tuple[str, ...], jobs: int) -> None:
    """Train and test all networks on five folds of songs; an interrupted comparison goes on where it stopped."""
    from export.experiments import run_all

    run_all(runs, answers, list(all_pieces(data_folder())), _folder(cache), only, jobs)


@main.command()
@click.argument("checkpoint", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--version", default="0.0.0", show_default=True)
def export(checkpoint: Path, output: Path, version: str) -> None:
    """Write CHECKPOINT as an ONNX model with its contract, unmeasured, and check it."""
    from export.onnx_export import TOLERANCE, check, load_for_instrument, metadata
    from export.onnx_export import export as to_onnx

    net, _ = load_for_instrument(checkpoint)
    to_onnx(net, output, metadata(net, version=version))
    _report(check(output, net), TOLERANCE)


@main.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--checkpoint", type=click.Path(exists=True, path_type=Path), help="Compare with this torch network too.")
@click.option("--eight-bit", type=click.Path(exists=True, path_type=Path), help="Compare with this form of MODEL too.")
@click.option(
    "--recording",
    type=click.Path(exists=True, path_type=Path),
    default=DEMO,
    show_default="the demo take",
    help="That MODEL and its eight-bit form hear.",
)
def check(model: Path, checkpoint: Path | None, eight_bit: Path | None, recording: Path) -> None:
    """Check that the forms of MODEL say the same: window and stream, torch, and in eight bits all but the same."""
    from export.onnx_export import TOLERANCE, load_for_instrument
    from export.onnx_export import check as differences

    _report(differences(model, load_for_instrument(checkpoint)[0] if checkpoint else None), TOLERANCE)
    if eight_bit:
        from export.quantize import LEAST_AGREEMENT, compare_on

        _report(differences(eight_bit), TOLERANCE)
        found = compare_on(recording, model, eight_bit)
        click.echo(json.dumps(found))
        if found["agreement"] < LEAST_AGREEMENT:
            raise AffettoError(
                f"{eight_bit}: another label in more than {1 - LEAST_AGREEMENT:.0%} of windows; do not ship it"
            )


@main.command()
@click.argument("checkpoint", type=click.Path(exists=True, path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), default=MODELS, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
@click.option("--version", required=True)
def ship(checkpoint: Path, folder: Path, cache: Path, version: str) -> None:
    """Export CHECKPOINT in both precisions, measure it on validation and test, and write its card."""
    from export.card import EVALUATION, write_card
    from export.ship import ship as to_folder

    contract = to_folder(checkpoint, folder, list(all_pieces(data_folder())), _folder(cache), version)
    (folder / EVALUATION).unlink(missing_ok=True)  # it is of the model that was here before
    write_card(folder)
    click.echo(json.dumps({key: contract[key] for key in ("temperature", "forms", "accuracy")}, indent=1))


@main.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=MODELS, show_default=True, help="Of the shipped model."
)
@click.option(
    "--answers", type=click.Path(path_type=Path), default=ANSWERS, show_default=True, help="As `compare` left them."
)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
def evaluate(folder: Path, answers: Path, cache: Path) -> None:
    """Put all figures into the model's card and into JSON beside it: folds, gear, real guitar, calibration."""
    from export.evaluation import evaluate as figures

    figures(folder, answers, list(all_pieces(data_folder())), _folder(cache))
    click.echo(folder / "README.md")


@main.command()
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option("--after", type=click.Path(path_type=Path), help="The retrained model, to be shown beside MODEL.")
@click.option("--output", type=click.Path(path_type=Path), default=AUDIT / "report", show_default=True)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
@click.option("--passes", default=3, show_default=True, help="Guitars that play each test piece.")
@click.option("--clips", default=12, show_default=True, help="Of which the sources are told apart; 0 for none.")
@click.option("--table", type=click.Path(path_type=Path), help="CSV: `piece`, and a column for each more grouping.")
@click.option("--recordings", type=click.Path(path_type=Path), help="Hear the guitar data sets in there, by player.")
@click.option("--demonstrate", is_flag=True, help=f"Plant a bias, train with and without it in {AUDIT}, audit both.")
def audit(
    model: Path | None,
    after: Path | None,
    output: Path,
    cache: Path,
    passes: int,
    clips: int,
    table: Path | None,
    recordings: Path | None,
    demonstrate: bool,
) -> None:
    """Find which guitar, room or player MODEL (.onnx or best.pt) judges differently, and what in the sound does it."""
    from export.audit import report
    from export.audit.compare import audit as compare_groups
    from export.audit.demonstration import train_both
    from export.audit.models import Audited, fold_of
    from export.audit.music import recorded, rendered

    if (model is None) != demonstrate or (demonstrate and after):
        raise AffettoError("audit: give either a MODEL, if need be with --after, or --demonstrate alone")
    if recordings and table:
        raise AffettoError("audit: --table groups rendered pieces; give it without --recordings")
    report.check_folder(output)
    if demonstrate:
        model, after = train_both(AUDIT, list(all_pieces(data_folder())), _folder(cache))
    names = ("before", "after") if after else ("model",)
    models = {name: Audited.read(path) for name, path in zip(names, (model, after), strict=False) if path}
    if recordings:
        music = recorded(recordings)
    else:
        fold = fold_of(list(models.values()))
        music = rendered(list(all_pieces(data_folder())), _folder(cache), fold, passes, table)
    report.write(output, compare_groups(models, music, clips))
    click.echo(output / report.PAGE)


@main.command()
@click.option("--output", type=click.Path(path_type=Path), help="Folder; else edge/explain, or of --quick in --runs.")
@click.option("--runs", type=click.Path(path_type=Path), default=EXPLANATIONS, show_default=True, help="Kept figures.")
@click.option("--workers", default=2, show_default=True)
@click.option("--quick", is_flag=True, help="Little of everything: only to see that all runs.")
def explain_report(output: Path | None, runs: Path, workers: int, quick: bool) -> None:
    """Measure how far explanations can be trusted: page, figures and JSON; goes on where it was interrupted."""
    from export.explanations import plan, report

    plans = plan.quick(runs / "references") if quick else plan.Plan(runs / "references")
    folder = output or (runs / "quick" if quick else Path("edge/explain"))
    report.write(plans, runs, folder, workers, click.echo)
    click.echo(folder / report.PAGE)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def listen(folder: Path) -> None:
    """Compare rendered guitars with real recordings: spectrograms and statistics into FOLDER."""
    from export.rendering.comparison import compare_with_real

    compare_with_real(folder)
    click.echo((folder / "comparison.md").read_text())


@main.command()
@click.argument("output", type=click.Path(path_type=Path), default=Path("edge/assets/demo.flac"))
@click.option("--guitar", default=None, help="Another than the take's own.")
@click.option("--seed", default=7, show_default=True)
def demo(output: Path, guitar: str | None, seed: int) -> None:
    """Compose the demo take, play it on a sampled guitar and save it to OUTPUT."""
    from export.demo import GUITAR, write

    for p in write(output, guitar or GUITAR, seed):
        click.echo(f"{p.from_s:6.2f} to {p.to_s:6.2f} s  {p.emotion}")


def _report(differences: dict[str, float], tolerance: float) -> None:
    click.echo(json.dumps(differences))
    if max(differences.values()) > tolerance:
        raise AffettoError(f"the forms of the model differ by more than {tolerance}; do not ship it")
