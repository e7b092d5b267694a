"""Where the settings in force come from, and what becomes of settings with which the service cannot start."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from edge import config_file
from edge.config import Config
from edge.errors import ConfigError

MOST_DEATHS = 3

_FAILED = "AFFETTO_SETTINGS_FAILED"  # in the environment of a process that starts with the last good ones: why


@dataclass(frozen=True)
class Origin:
    """What the settings in force were made of.

    Attributes
    ----------
    path : Path
        The settings file.
    text : str
        What the settings in force were read from; "" where there was no file.
    given : dict
        Values from the command line by "section.key"; they win over the file.
    options : dict
        The command line's options by the same names, such as "--port".
    failure : str
        Why `text` are the last good settings and not the file; "" when they are the file.
    """

    path: Path
    text: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def note(self) -> str:
        """One line for the person, or ""."""
        return config_file.using_last_good(self.failure)


def read(
    path: Path, given: dict[str, Any], options: dict[str, str], *, required: bool = False, deaths: int = 0
) -> tuple[Config, Origin]:
    """Return the settings of a file, or the last good ones if those of the file have failed, and their origin.

    `deaths` says how often a signal has ended the service of late.

    Raises
    ------
    ConfigError
        The file is damaged, or absent though `required`, and there are no last good settings.
    """
    failure = os.environ.pop(_FAILED, "") or _ended_again_and_again(path, deaths)
    settings = Config()
    if not failure:
        try:
            settings = config_file.load(path, required=required)
        except ConfigError as error:
            if not config_file.last_good(path).exists():
                raise
            failure = str(error)
    source = config_file.last_good(path) if failure else path
    if failure:
        settings = config_file.load(source, required=True)
    origin = Origin(path, config_file.read_text(source), given, options, failure)
    return config_file.with_values(settings, given, "command line"), origin


def start_with_last_good(origin: Origin, error: Exception) -> NoReturn:
    """Begin this process anew with the last good settings; raise `error` where these are the ones that failed."""
    if origin.failure or not _has_other_last_good(origin.path):
        raise error
    os.environ[_FAILED] = f"{origin.path}: Affetto cannot start with these settings ({error})"
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _ended_again_and_again(path: Path, deaths: int) -> str:
    if deaths < MOST_DEATHS or not _has_other_last_good(path):
        return ""
    return f"{path}: the service was ended {deaths} times within a minute with these settings"


def _has_other_last_good(path: Path) -> bool:
    good = config_file.last_good(path)
    return good.exists() and config_file.read_text(good) != config_file.read_text(path)
