"""Changes in the text of a settings file: comments, order and keys that nobody changes stay as a person wrote them."""

from __future__ import annotations

from typing import Any

import msgspec

from edge import config_file
from edge.config import Config
from edge.errors import ConfigError

HEAD = "# Settings of Affetto. What is not here has its default; `affetto config show` explains every key.\n"
"""How a settings file begins that did not exist."""


def edited(text: str, changes: dict[str, dict[str, Any]], config: Config) -> str:
    """Return `text` with some keys changed to what they are in `config`; those whose change is None are left out.

    A file that is written in a way in which that cannot be done is written anew.
    """
    import tomlkit  # rare, and not light
    from tomlkit.exceptions import TOMLKitError

    values = msgspec.to_builtins(config)
    try:
        document = tomlkit.parse(text or HEAD)
        for section, keys in changes.items():
            if not keys:
                continue
            if section not in document:
                document[section] = tomlkit.table()
            table: Any = document[section]
            for key, value in keys.items():
                if value is None:
                    table.pop(key, None)
                else:
                    table[key] = values[section][key]
        new = tomlkit.dumps(document)
        if config_file.parse(new) == config:
            return new
    except (TOMLKitError, ConfigError, TypeError, AttributeError):
        pass
    return config_file.documented(config)
