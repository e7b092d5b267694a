"""`affetto run`, and what is asked or said about the machine that it runs on."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import click

from edge import config_file
from edge.cli.options import AS_JSON, MODEL, OPTIONS, SETTINGS, by_key


@click.command()
@SETTINGS
@click.option(
    "--input",
    "input_",
    metavar="demo|DEVICE|FILE|udp://HOST:PORT",
    help="What to listen to: the demo take, a sound card as `affetto devices` names it, a sound file, or raw PCM "
    "by UDP. Without it: the sound card, or the demo take when there is none.",
)
@click.option("--host", metavar="H", help="Address of the page: 127.0.0.1 for this machine, 0.0.0.0 lets phones in.")
@click.option("--port", type=int, metavar="N", help="Port of the page; 8080 unless the settings say otherwise.")
@click.option("--osc", metavar="HOST:PORT", help="Send OSC messages there; the settings can name several receivers.")
@click.option("--midi", metavar="PORT", help='Send MIDI to the port of that name; "virtual" makes one.')
@click.option("--led", metavar="DRIVER", help="What the lights are: none, pwm, ws2812, apa102, leds0, terminal.")
@MODEL
def run(settings_path: Path | None, **options: Any) -> int:
    """Listen, and let lights, OSC, MIDI and the page follow. Ctrl-C ends it.

    Options win over the settings file.
    """
    from edge.supervisor import recent_deaths, supervise

    supervise()
    # what the service and its helpers write is its user's alone: takes, settings, the list of paired phones
    os.umask(0o077)
    _log_to_stderr()
    from edge.app import Service
    from edge.setup import origin

    given = by_key(options)
    path = settings_path or config_file.default_path()
    settings, made_of = origin.read(
        path, given, {key: OPTIONS[key] for key in given}, required=settings_path is not None, deaths=recent_deaths()
    )
    if made_of.note:
        logging.warning("%s", made_of.note)
    try:
        service = Service(settings, made_of)
    except Exception as error:  # whatever it is, settings must not keep the guitar from starting
        origin.start_with_last_good(made_of, error)
    return service.run()


@click.command()
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


@click.command()
@SETTINGS
@AS_JSON
def doctor(settings_path: Path | None, as_json: bool) -> int:
    """Check everything Affetto needs, and say what to do.

    Looks at sound card, model, lights, MIDI, network, disk, clock, the board's power and heat, and the priority of what
    listens. Exit code 1 when something must be mended.
    """
    from edge.doctor import examine, report

    findings = examine(settings_path or config_file.default_path())
    click.echo(json.dumps([f.to_dict() for f in findings], indent=2) if as_json else report(findings))
    return int(any(f.result == "fail" for f in findings))


@click.command()
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


@click.command()
@click.argument("switch", required=False, type=click.Choice(["on", "off"]))
def stage(switch: str | None) -> None:
    """Switch stage mode on or off, or tell which it is.

    While it is on, nobody can change anything on the page, not even the owner.
    """
    from edge.owner import command
    from edge.owner.state import state_folder

    command.stage(state_folder(), None if switch is None else switch == "on")


COMMANDS = (run, devices, doctor, pair, stage)


def _log_to_stderr() -> None:
    from edge.setup.logs import Seldom

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Seldom())
