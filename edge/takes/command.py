"""`affetto takes`: what is kept, to read, to take away and to delete, also while the service runs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.config import Config
from edge.errors import TakesError
from edge.takes.export import check, file_name, write
from edge.takes.library import Library
from edge.takes.take import Take


def show(settings: Config, *, as_json: bool) -> None:
    """Print the takes, newest first."""
    takes = Library(settings.takes).all()
    if as_json:
        click.echo(json.dumps([_told(take) for take in takes], indent=2, ensure_ascii=False))
        return
    if not takes:
        click.echo("There are no takes yet; record one on the guitar's page.")
    for take in takes:
        minutes, seconds = divmod(round(take.duration_s), 60)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(take.created_at))
        more = [take.label, *(f"#{tag}" for tag in take.tags), take.note]
        click.echo(
            f"{take.number:>4}  {when}  {minutes:>3}:{seconds:02d}  {take.name}  {'  '.join(filter(None, more))}"
        )


def take_away(settings: Config, number: int, format: str, out: Path | None) -> None:
    """Write a take in one of the formats of `edge.takes.export` into a file."""
    library = Library(settings.takes)
    take = _numbered(library, number)
    check(take, format)
    path = out or Path(file_name(take, format))
    try:
        with path.open("wb") as file:
            write(take, library.folder_of(take), format, file)
    except OSError as error:
        raise TakesError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    click.echo(f"written: {path}")


def delete(settings: Config, numbers: tuple[int, ...]) -> None:
    """Delete takes; the page can restore them for an hour."""
    library = Library(settings.takes)
    for take in [_numbered(library, number) for number in numbers]:
        library.delete(take.id)
        click.echo(f"deleted: {take.number}  {take.name}")


def _numbered(library: Library, number: int) -> Take:
    found = [take for take in library.all() if take.number == number]
    if not found:
        raise TakesError(f"there is no take {number}; `affetto takes list` shows them")
    return found[0]


def _told(take: Take) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.to_builtins(take)
    del known["timeline"]
    return known
