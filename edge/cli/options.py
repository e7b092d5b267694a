"""Options that several commands have, and the settings that come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge import config_file
from edge.config import Config

SETTINGS = click.option(
    "--config",
    "settings_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file to use; else $AFFETTO_CONFIG, or ~/.config/affetto/config.toml.",
)
MODEL = click.option(
    "--model", "model_file", metavar="F", help="ONNX model to use instead of the one that comes along."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON, for programs.")

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


def settings_with(settings_path: Path | None, options: dict[str, Any]) -> tuple[Config, str]:
    """Return the settings with the command line's options put over them, and a line for the person or ""."""
    if settings_path is not None:
        settings, note = config_file.load(settings_path, required=True), ""
    else:
        settings, note = config_file.load_or_last_good(config_file.default_path())
    return config_file.with_values(settings, by_key(options), "command line"), note


def by_key(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given, by the keys of the settings over which they win."""
    given = {OPTION_KEYS[name]: value for name, value in options.items() if value is not None}
    if "osc.targets" in given:
        given["osc.targets"] = [given["osc.targets"]]
    return given
