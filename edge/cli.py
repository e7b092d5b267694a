"""The command line. Whatever is wrong with what a person typed is said in one line, with exit code 2."""

from __future__ import annotations

import os

# one thread is enough for small matrices, and more of them cost a small board memory and time
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import logging
import sys
from pathlib import Path
from typing import Any

import click

from edge import __version__, config_file
from edge.config import Config
from edge.errors import AffettoError

SETTINGS = click.option(
    "--config", "settings_path", type=click.Path(path_type=Path, dir_okay=False), help="Settings file to use."
)
MODEL = click.option(
    "--model", "model_file", metavar="F", help="ONNX model to use instead of the one that comes along."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON, for programs.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="affetto")
def cli() -> None:
    """Affetto hears your guitar and says which emotion your playing expresses, and why."""


def main() -> None:
    """Run the command line; the entry point."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "affetto"
        message = error.format_message().rstrip(".").replace("\n", " ")
        _fail(f"{message}; see `{command} --help`")
    except AffettoError as error:
        _fail(str(error))
    except BrokenPipeError:
        # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(line: str) -> None:
    click.echo(f"affetto: {line}", err=True)
    sys.exit(2)


@cli.command()
@SETTINGS
@click.option(
    "--input",
    "input_",
    metavar="demo|DEVICE|FILE|udp://HOST:PORT",
    help="What to listen to: the demo take, a sound card as `affetto devices` names it, a sound file, or raw PCM "
    "by UDP. Without it: the sound card, or the demo take when there is none.",
)
@click.option("--host", metavar="H", help="Address of the page; 0.0.0.0 lets phones in.")
@click.option("--port", type=int, metavar="N", help="Port of the page.")
@click.option("--osc", metavar="HOST:PORT", help="Send OSC messages there.")
@click.option("--midi", metavar="PORT", help='Send MIDI to the port of that name; "virtual" makes one.')
@click.option("--led", metavar="DRIVER", help="What the lights are: none, pwm, ws2812, apa102, leds0, terminal.")
@MODEL
def run(settings_path: Path | None, **options: Any) -> int:
    """Listen, and let lights, OSC, MIDI and the page follow. Ctrl-C ends it.

    Options win over the settings file.
    """
    from edge.supervisor import recent_deaths, supervise

    supervise()
    _log_to_stderr()
    from edge.app import Service
    from edge.setup import origin

    given = _given(options)
    path = settings_path or config_file.default_path()
    settings, made_of = origin.read(
        path, given, {key: OPTIONS[key] for key in given}, required=settings_path is not None, deaths=recent_deaths()
    )
    if made_of.note:
        logging.warning("%s", made_of.note)
    try:
        service = Service(settings, made_of)
    except (AffettoError, ImportError, OSError) as error:
        origin.start_with_last_good(made_of, error)
    return service.run()


@cli.command()
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
    settings, _note = _settings(settings_path, {"model_file": model_file})
    from edge.analysis import analyze as analyze_file
    from edge.audio.file import open_sound
    from edge.model import Model
    from edge.report import write_csv, write_effects, write_html

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
    documents = [a.document for a in analyses]
    if json_file:
        _write_json(json_file, documents[0] if len(documents) == 1 else documents)
    if csv_file:
        write_csv(csv_file, analyses)
    if html_file:
        write_html(html_file, analyses)
    if effects_file:
        write_effects(effects_file, analyses, model)
    if json_file != "-":
        for document in documents:
            click.echo(_summary(document))


@cli.command()
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
    settings, _note = _settings(settings_path, {"model_file": model_file})
    from edge.explain.command import run as explain_file
    from edge.explain.request import Request

    explain_file(file, at_s, Request(**question), settings, out)


@cli.command()
@AS_JSON
def devices(as_json: bool) -> None:
    """List the sound cards that Affetto can listen to."""
    from edge.audio.soundcard import input_devices
    from edge.quiet import silence_sound_libraries

    silence_sound_libraries()
    found = input_devices()
    if as_json:
        fields = ("name", "host_api", "channels", "rate_hz", "is_default", "identity")
        click.echo(json.dumps([{f: getattr(d, f) for f in fields} for d in found], indent=2))
        return
    if not found:
        click.echo("No sound card was found. Plug one in, or play the demo take: affetto run --input demo")
    for device in found:
        plural = "s" * (device.channels > 1)
        default = "  (the system's default)" if device.is_default else ""
        click.echo(f"{device.name}{default}\n    {device.host_api}, {device.channels} channel{plural}, "
                   f"{device.rate_hz} Hz\n    --input \"{device.identity}\"")  # fmt: skip


@cli.command()
@SETTINGS
@AS_JSON
def doctor(settings_path: Path | None, as_json: bool) -> int:
    """Check everything Affetto needs, and say what to do.

    Looks at sound card, model, lights, MIDI, network, disk and clock. Exit code 1 when something must be mended.
    """
    from edge.doctor import examine, report

    findings = examine(settings_path or config_file.default_path())
    click.echo(json.dumps([f.to_dict() for f in findings], indent=2) if as_json else report(findings))
    return int(any(f.result == "fail" for f in findings))


@cli.group("takes")
def takes_group() -> None:
    """Show, export or delete what was recorded."""


@takes_group.command("list")
@AS_JSON
@SETTINGS
def takes_list(as_json: bool, settings_path: Path | None) -> None:
    """List the takes, newest first."""
    from edge.takes.command import show

    show(_settings(settings_path, {})[0], as_json=as_json)


@takes_group.command("export")
@click.argument("number", type=int)
@click.argument("format", default="zip", metavar="[flac|wav|csv|json|png|html|zip]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write it.")
@SETTINGS
def takes_export(number: int, format: str, out: Path | None, settings_path: Path | None) -> None:
    """Write take NUMBER into a file, by default everything of it as a ZIP."""
    from edge.takes.command import take_away

    take_away(_settings(settings_path, {})[0], number, format, out)


@takes_group.command("delete")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...")
@SETTINGS
def takes_delete(numbers: tuple[int, ...], settings_path: Path | None) -> None:
    """Delete takes. Within an hour, the page can restore them."""
    from edge.takes.command import delete

    delete(_settings(settings_path, {})[0], numbers)


@cli.command()
@click.option("--list", "listed", is_flag=True, help="List the phones and computers that are paired.")
@click.option("--revoke", metavar="ID|all", help="Forget one of them, or all.")
def pair(listed: bool, revoke: str | None) -> None:
    """Print a code that makes a phone the owner's.

    It is entered on the page. Whoever opens the page can look and listen; only the owner can change anything.
    """
    from edge.owner import command
    from edge.owner.state import state_folder

    if listed:
        command.show(state_folder())
    elif revoke:
        command.revoke(state_folder(), revoke)
    else:
        command.pair(state_folder())


@cli.command()
@click.argument("switch", required=False, type=click.Choice(["on", "off"]))
def stage(switch: str | None) -> None:
    """Switch stage mode on or off, or tell which it is.

    While it is on, nobody can change anything on the page, not even the owner.
    """
    from edge.owner import command
    from edge.owner.state import state_folder

    command.stage(state_folder(), None if switch is None else switch == "on")


@cli.group("config")
def config_group() -> None:
    """Show or check the settings."""


@config_group.command("show")
@SETTINGS
def config_show(settings_path: Path | None) -> None:
    """Print the settings in force, every key explained, as a file to start from."""
    path = settings_path or config_file.default_path()
    click.echo(config_file.documented(config_file.load(path, required=settings_path is not None)), nl=False)


@config_group.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@SETTINGS
def config_check(file: Path | None, settings_path: Path | None) -> None:
    """Check a settings file, by default the one in force."""
    path = file or settings_path or config_file.default_path()
    config_file.load(path, required=True)
    click.echo(f"{path}: all settings are good")


OPTION_KEYS = {
    "input_": "audio.input",
    "host": "web.host",
    "port": "web.port",
    "osc": "osc.targets",
    "midi": "midi.port",
    "led": "led.driver",
    "model_file": "model.file",
}
OPTIONS = {key: f"--{name.removesuffix('_').removesuffix('_file')}" for name, key in OPTION_KEYS.items()}
"""What the options are called on the command line, by the same keys."""


def _settings(settings_path: Path | None, options: dict[str, Any]) -> tuple[Config, str]:
    """Return the settings with the command line's options put over them, and a line for the person or ""."""
    if settings_path is not None:
        settings, note = config_file.load(settings_path, required=True), ""
    else:
        settings, note = config_file.load_or_last_good(config_file.default_path())
    return config_file.with_values(settings, _given(options), "command line"), note


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given, by the keys of the settings over which they win."""
    given = {OPTION_KEYS[name]: value for name, value in options.items() if value is not None}
    if "osc.targets" in given:
        given["osc.targets"] = [given["osc.targets"]]
    return given


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")


def _write_json(target: str, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    if target == "-":
        click.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", "utf-8")
    except OSError as error:
        raise AffettoError(f"{target}: cannot be written ({error.strerror}); choose another place") from None


def _summary(document: dict[str, Any]) -> str:
    overall = document["overall"]
    minutes, seconds = divmod(round(document["duration_s"]), 60)
    head = f"{document['file']}  {minutes}:{seconds:02d}  "
    if not overall["label"]:
        return head + "nothing was heard"
    ranked = sorted(overall["probabilities"].items(), key=lambda item: -item[1])
    return head + ", ".join(f"{label} {p:.0%}" for label, p in ranked)


if __name__ == "__main__":
    main()
