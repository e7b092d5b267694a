"""The command line. Whatever is wrong with what a person typed is said in one line, with exit code 2."""

from __future__ import annotations

import os

# one thread is enough for small matrices, and more of them cost a small board memory and time
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys

import click

from edge import __version__
from edge.cli import instrument, recordings, settings, takes
from edge.errors import AffettoError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="affetto")
def cli() -> None:
    """Affetto hears your guitar and says which emotion your playing expresses, and why.

    Each command has a --help of its own. What cannot be done is said in one line, with exit code 2.
    """


for each in (*instrument.COMMANDS, *recordings.COMMANDS, takes.takes, settings.config):
    cli.add_command(each)


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
        see = "? See" if message.endswith("?") else "; see"
        _fail(f"{message.rstrip('?')}{see} `{command} --help`")
    except AffettoError as error:
        _fail(str(error))
    except BrokenPipeError:
        # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(line: str) -> None:
    click.echo(f"affetto: {line}", err=True)
    sys.exit(2)
