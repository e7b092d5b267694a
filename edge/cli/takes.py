"""`affetto takes`: what was recorded, from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.options import AS_JSON, SETTINGS, settings_with


@click.group()
def takes() -> None:
    """Show, export or delete what was recorded."""


@takes.command("list")
@AS_JSON
@SETTINGS
def takes_list(as_json: bool, settings_path: Path | None) -> None:
    """List the takes, newest first."""
    from edge.takes.command import show

    show(settings_with(settings_path, {})[0], as_json=as_json)


@takes.command("export")
@click.argument("number", type=int)
@click.argument("format", default="zip", metavar="[flac|wav|csv|json|png|html|zip]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write it.")
@SETTINGS
def takes_export(number: int, format: str, out: Path | None, settings_path: Path | None) -> None:
    """Write take NUMBER into a file, by default everything of it as a ZIP."""
    from edge.takes.command import take_away

    take_away(settings_with(settings_path, {})[0], number, format, out)


@takes.command("delete")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...")
@SETTINGS
def takes_delete(numbers: tuple[int, ...], settings_path: Path | None) -> None:
    """Delete takes. Within an hour, the page can restore them."""
    from edge.takes.command import delete

    delete(settings_with(settings_path, {})[0], numbers)
