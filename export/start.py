"""Starts `affetto-model`, or says how to get what it needs: the `train` extra, which no guitar has."""

from __future__ import annotations

import sys

import click

OWN = ("edge", "export")


def main() -> None:
    """Run the command; the entry point."""
    try:
        from export.cli import main as command
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] in OWN:
            raise
        click.echo(f"affetto-model: needs {missing.name}: pip install 'affetto[train]'", err=True)
        sys.exit(2)
    command()
