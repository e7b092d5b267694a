"""`affetto pair` and `affetto stage`: who can type them is the owner. They and the service share a file."""

from __future__ import annotations

from pathlib import Path

import click

from edge.errors import OwnerError
from edge.owner.access import Access
from edge.owner.pairing import PRINTED_S, print_code
from edge.owner.state import StateFile

_GROUP = 4


def pair(folder: Path) -> None:
    """Print a code that the running service takes."""
    file = StateFile(folder)
    if not file.is_served():
        raise OwnerError(
            f"no running service uses {folder}; start it, or type this as the user who runs it: "
            "sudo -u USER affetto pair"
        )
    symbols = print_code(file)
    words = [click.style(f" {symbol} ", fg="black", bg=symbol) for symbol in symbols]
    click.echo(f"On the page, tap Guest, and enter within {PRINTED_S / 60:.0f} minutes:\n")
    for k in range(0, len(words), _GROUP):
        click.echo("    " + "  ".join(words[k : k + _GROUP]))


def show(folder: Path) -> None:
    """Print the devices that are paired."""
    devices = Access(folder).devices()
    if not devices:
        click.echo("No device is paired; `affetto pair` prints a code for one.")
    for device in devices:
        click.echo(f"{device.id}  {device.name}  paired {device.paired_on}, last here {device.seen_on}")


def revoke(folder: Path, id: str) -> None:
    """Forget a device, or with "all" all of them; the running service knows at once."""
    gone = Access(folder).revoke("" if id == "all" else id)
    if not gone and id != "all":
        raise OwnerError(f"{id}: no such device is paired; `affetto pair --list` shows them")
    for device in gone:
        click.echo(f"revoked: {device.id}  {device.name}")


def stage(folder: Path, on: bool | None) -> None:
    """Switch stage mode, or with None tell whether it is on; the running service knows at once."""
    access = Access(folder)
    if on is not None:
        access.set_stage(on)
    click.echo(
        "Stage mode is on: nobody can change anything on the page."
        if access.stage
        else "Stage mode is off: the owner can change things on the page."
    )
