"""`affetto config`: the settings, from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from edge import config_file
from edge.cli.options import SETTINGS


@click.group()
def config() -> None:
    """Show or check the settings."""


@config.command("show")
@SETTINGS
def config_show(settings_path: Path | None) -> None:
    """Print the settings in force, every key explained, as a file to start from."""
    path = settings_path or config_file.default_path()
    click.echo(config_file.documented(config_file.load(path, required=settings_path is not None)), nl=False)


@config.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@SETTINGS
def config_check(file: Path | None, settings_path: Path | None) -> None:
    """Check a settings file, by default the one in force."""
    path = file or settings_path or config_file.default_path()
    config_file.load(path, required=True)
    click.echo(f"{path}: all settings are good")
