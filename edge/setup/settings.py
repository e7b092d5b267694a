"""The settings as the page sees and changes them: checked, saved, and put into force where that needs no restart."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge import config_file
from edge.config import Config, Decision
from edge.errors import AffettoError, ConfigError, RequestError
from edge.setup.edited import HEAD, edited
from edge.setup.origin import Origin
from edge.setup.preflight import check

NOW = ("decision", "led", "osc", "midi")
"""Sections that are put into force at once; what else is changed needs a restart, but for `_NOW_TOO`."""

_NOW_TOO = ("web.hotspot_file", "web.setup_done")

PROVEN_S = 5.0
"""Settings are good when the service has run with them for so long."""

Changes = dict[str, dict[str, Any]]
Prepare = Callable[[Config], Callable[[], None]]


class Settings:
    """The settings file and what of it is in force.

    Parameters
    ----------
    origin : Origin
    config : Config
        In force, the command line's values included.
    prepare : callable
        Takes new settings, raises an AffettoError if they cannot be, and returns what puts the sections `NOW` of them
        into force.
    """

    def __init__(self, origin: Origin, config: Config, prepare: Prepare) -> None:
        self.origin = origin
        self._in_force = config
        self._prepare = prepare
        self._saved = config_file.parse(origin.text)
        self._text = origin.text
        self._started = time.monotonic()
        self._proven = bool(origin.failure)
        self._failure = origin.failure
        self._changing = threading.Lock()

    # -- what holds

    @property
    def wanted(self) -> Config:
        """What holds after the next restart: the file, with the command line's values over it."""
        return config_file.with_values(self._saved, self.origin.given, "command line")

    @property
    def in_force(self) -> Config:
        return self._in_force

    @property
    def note(self) -> str:
        """What is wrong with the file, "" if nothing is."""
        return config_file.using_last_good(self._failure)

    @property
    def restart_needed(self) -> list[str]:
        """Keys whose new values are not in force yet."""
        return list(_differing(self._in_force, self.wanted))

    @property
    def can_undo(self) -> bool:
        return _beside(self.origin.path, "before-restore").exists()

    @property
    def text(self) -> str:
        """What the file holds."""
        return self._text or HEAD

    def still_well(self) -> None:
        """Note, once they have proved it, that the settings at the start are good; called now and then."""
        if self._proven or time.monotonic() - self._started < PROVEN_S:
            return
        self._proven = True
        # a disk that cannot be written to needs no way back from what was written
        with contextlib.suppress(OSError):
            if self.origin.path.exists():
                config_file.keep_as_good(self.origin.path, self.origin.text)

    # -- changes

    def change(self, changes: Changes) -> list[str]:
        """Change some keys, None gives a key its default again; return those that hold at once.

        Raises
        ------
        RequestError
            A value cannot be, was given on the command line, or cannot be saved. Nothing has changed then.
        """
        with self._changing:
            values, defaults = msgspec.to_builtins(self._saved), msgspec.to_builtins(Config())
            for section, keys in changes.items():
                table = values.setdefault(section, {})
                for key, value in keys.items():
                    if (name := f"{section}.{key}") in self.origin.given:
                        option = self.origin.options.get(name, "an option")
                        raise RequestError(f"{name}: was given on the command line ({option}) and wins", status=409)
                    table[key] = defaults.get(section, {}).get(key, value) if value is None else value
            saved = _checked(values)
            return self._save(saved, edited(self._text, changes, saved))

    def restore(self, text: str) -> list[str]:
        """Take a settings file from elsewhere; the previous one is kept for `undo`. Raises as `change`."""
        try:
            saved = config_file.parse(text)
        except ConfigError as error:
            raise RequestError(_bare(error)) from None
        with self._changing:
            return self._save(saved, text, before=_beside(self.origin.path, "before-restore"))

    def undo(self) -> list[str]:
        """Take back the last `restore`. Raises as `change`, or when there is none."""
        before = _beside(self.origin.path, "before-restore")
        with self._changing:
            if not before.exists():
                raise RequestError("there is nothing to undo", status=409)
            text = config_file.read_text(before)
            holds = self._save(_checked(msgspec.to_builtins(config_file.parse(text))), text)
            before.unlink(missing_ok=True)
            return holds

    def _save(self, saved: Config, text: str, before: Path | None = None) -> list[str]:
        wanted = config_file.with_values(saved, self.origin.given, "command line")
        try:
            check(wanted, self._in_force)
            put_into_force = self._prepare(wanted)
        except RequestError:
            raise
        except (AffettoError, ImportError) as error:
            raise RequestError(_bare(error)) from None
        self._write(text, before)
        self._saved, self._text, self._failure = saved, text, ""
        put_into_force()
        holding = _held_at_once(self._in_force, wanted)
        holds = list(_differing(self._in_force, holding))
        self._in_force = holding
        return holds

    def _write(self, text: str, before: Path | None) -> None:
        path = self.origin.path
        try:
            if self._failure and path.exists():
                config_file.write_atomically(_beside(path, "failed"), config_file.read_text(path))
            if before is not None:
                config_file.write_atomically(before, self._text)
            config_file.save(path, text, self.origin.text if self._is_good() else None)
        except (ConfigError, OSError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
            line = str(error) if isinstance(error, ConfigError) else f"{path}: settings not saved ({error.strerror})"
            raise RequestError(line, status=507 if full else 503) from None

    def _is_good(self) -> bool:
        """Whether the settings at the start are the way back from those that are saved now."""
        if self.origin.failure:
            return False  # they are that already
        proven = self._proven or time.monotonic() - self._started >= PROVEN_S
        return proven or not config_file.last_good(self.origin.path).exists()


def decision_with(settings: Decision, changes: dict[str, Any]) -> Decision:
    """Return settings of the decision with some keys changed; raises RequestError naming one that cannot be."""
    given = {f"decision.{key}": value for key, value in changes.items()}
    try:
        return config_file.with_values(msgspec.structs.replace(Config(), decision=settings), given, "settings").decision
    except ConfigError as error:
        raise RequestError(_bare(error)) from None


def schema() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each key, by section, with `restart`: whether a change of it needs one."""
    _, components = msgspec.json.schema_components([Config])
    properties = components["Config"]["properties"]
    defaults = msgspec.to_builtins(Config())
    out: dict[str, dict[str, Any]] = {}
    for section, default in defaults.items():
        kind = _section_name(properties[section])
        out[section] = {
            key: {**about, "default": default[key], "restart": not _is_now(section, key)}
            for key, about in components[kind]["properties"].items()
        }
    return out


def _section_name(reference: dict[str, Any]) -> str:
    refers = reference.get("$ref") or next(part["$ref"] for part in reference.get("allOf", reference.get("anyOf", ())))
    return str(refers).rpartition("/")[2]


def _is_now(section: str, key: str) -> bool:
    return section in NOW or f"{section}.{key}" in _NOW_TOO


def _checked(values: dict[str, Any]) -> Config:
    try:
        return config_file.checked(values, "settings")
    except ConfigError as error:
        raise RequestError(_bare(error)) from None


def _bare(error: Exception) -> str:
    return str(error).removeprefix("settings: ")


def _differing(old: Config, new: Config) -> Iterator[str]:
    for section in msgspec.structs.fields(Config):
        one, other = getattr(old, section.name), getattr(new, section.name)
        for key in msgspec.structs.fields(type(one)):
            if getattr(one, key.name) != getattr(other, key.name):
                yield f"{section.name}.{key.name}"


def _held_at_once(in_force: Config, wanted: Config) -> Config:
    """Return what holds after a change: of `wanted` what needs no restart, of `in_force` the rest."""
    values, new = msgspec.to_builtins(in_force), msgspec.to_builtins(wanted)
    for section, keys in values.items():
        for key in keys:
            if _is_now(section, key):
                keys[key] = new[section][key]
    return config_file.checked(values, "settings")


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")
