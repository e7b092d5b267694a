"""The settings file: one TOML file, validated whole; an error names the key and what it may be."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from msgspec import Struct

from edge.config import Config
from edge.errors import ConfigError


def default_path() -> Path:
    """Where the settings live unless told otherwise: $AFFETTO_CONFIG, or affetto/config.toml in the user's settings."""
    if named := os.environ.get("AFFETTO_CONFIG"):
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "affetto" / "config.toml"


def load(path: Path, *, required: bool = False) -> Config:
    """Read and check the settings.

    A file that does not exist gives the defaults, unless it is `required`.

    Raises
    ------
    ConfigError
        The file cannot be read, is no TOML, or holds a key or a value that is not allowed.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if required:
            raise ConfigError(
                f"{path}: no such settings file; `affetto config show` prints one to start from"
            ) from None
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({_reason(error)}); check that it is a text file of yours") from None
    return parse(text, str(path))


def load_or_last_good(path: Path) -> tuple[Config, str]:
    """As `load`, but when the file is damaged take the last good ones. Also return a line that says so, or ""."""
    try:
        return load(path), ""
    except ConfigError as error:
        if not last_good(path).exists():
            raise
        return load(last_good(path)), f"{using_last_good(str(error))}, {last_good(path)}"


def using_last_good(failure: str) -> str:
    """Return the line that tells a person why the last good settings hold; "" where nothing has failed."""
    return f"{failure}; using the last good settings" if failure else ""


def last_good(path: Path) -> Path:
    """Return where the settings are kept with which the service last ran well."""
    return path.with_name(path.name + ".last-good")


def read_text(path: Path) -> str:
    """Return what a settings file holds, "" where there is none or it cannot be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def parse(text: str, where: str = "settings") -> Config:
    """Return the settings that a TOML text holds; `where` names it in errors."""
    try:
        return checked(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}; write it as in `affetto config show`") from None
    except RecursionError:
        raise ConfigError(
            f"{where}: its brackets are nested without end; write it as in `affetto config show`"
        ) from None


def checked(values: dict[str, Any], where: str) -> Config:
    """Return the settings that plain tables hold, or say which key is wrong and what it may be."""
    try:
        return msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_explain(str(error))}") from None


def with_values(config: Config, changes: dict[str, Any], where: str) -> Config:
    """Return `config` with some keys replaced; `changes` maps "section.key" to a value.

    Raises
    ------
    ConfigError
        A key does not exist or a value is not allowed.
    """
    values = msgspec.to_builtins(config)
    for name, value in changes.items():
        section, _, key = name.partition(".")
        values.setdefault(section, {})[key] = value
    return checked(values, where)


def save(path: Path, text: str, good: str | None = None) -> None:
    """Write a settings file so that a power cut leaves either the old or the new one whole.

    Parameters
    ----------
    path : Path
    text : str
    good : str, optional
        What the file held when the service last ran well; kept beside it, for when that no longer can.

    Raises
    ------
    ConfigError
        The folder or the disk refuses. The old file is there as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if good is not None:
            keep_as_good(path, good)
        write_atomically(path, text)
    except OSError as error:
        raise ConfigError(f"{path}: settings not saved ({_reason(error)}); the old ones stay in force") from error


def keep_as_good(path: Path, text: str) -> None:
    """Note that the service runs well with `text` as its settings file; raises OSError."""
    kept = last_good(path)
    if not kept.exists() or read_text(kept) != text:
        write_atomically(kept, text)


def documented(config: Config) -> str:
    """Return the settings as a TOML file in which a comment explains every key."""
    out = ["# Settings of Affetto. `affetto config check` tests this file.\n"]
    for section in msgspec.structs.fields(Config):
        table = getattr(config, section.name)
        out.append(f"\n[{section.name}]\n")
        for field, description, allowed in _documented_fields(type(table)):
            out.append(f"# {description}{f' ({allowed})' if allowed else ''}\n")
            out.append(tomli_w.dumps({field: msgspec.to_builtins(getattr(table, field))}))
    return "".join(out)


def allowed_values(name: str) -> str:
    """Return in words what the key "section.key" may be, or "" where its description says all."""
    section, _, key = name.partition(".")
    table = next((f.type for f in msgspec.structs.fields(Config) if f.name == section), None)
    if table is None:
        return ", ".join(f.name for f in msgspec.structs.fields(Config))
    for field, _description, allowed in _documented_fields(table):
        if field == key:
            return allowed
    return ", ".join(f.name for f in msgspec.structs.fields(table))


def _documented_fields(table: type[Struct]) -> Iterator[tuple[str, str, str]]:
    info = msgspec.inspect.type_info(table)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        kind, description = field.type, ""
        while isinstance(kind, msgspec.inspect.Metadata):
            description = description or (kind.extra_json_schema or {}).get("description", "")
            kind = kind.type
        yield field.name, description, _in_words(kind)


def _in_words(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.LiteralType):
        return "one of: " + ", ".join(str(v) for v in kind.values)
    if isinstance(kind, msgspec.inspect.BoolType):
        return "true or false"
    if isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        low = kind.ge if kind.ge is not None else kind.gt
        if low is None or kind.le is None:
            return ""
        return f"{'more than ' if kind.ge is None else ''}{low:g} to {kind.le:g}"
    if isinstance(kind, msgspec.inspect.StrType) and kind.pattern:
        return "#rrggbb" if "#" in kind.pattern else "HOST:PORT, with a port from 1 to 65535"
    if isinstance(kind, msgspec.inspect.VarTupleType):
        item = kind.item_type
        return _in_words(item.type if isinstance(item, msgspec.inspect.Metadata) else item)
    return ""


def _explain(message: str) -> str:
    """Turn msgspec's message into one that names the key as written in the file and what it may be."""
    problem, _, place = message.partition(" - at `$")
    place = re.sub(r"\[\.*\d*\]", "", place.rstrip("`")).lstrip(".")
    if unknown := re.search(r"unknown field `(\w+)`", problem):
        table = f"[{place}]" if place else "the file"
        return f"there is no key `{unknown[1]}` in {table}; it may hold: {allowed_values(place + '.' if place else '')}"
    allowed = allowed_values(place)
    if allowed and "matching regex" in problem:
        return f"{place}: must be {allowed}"
    return f"{place}: {problem[:1].lower()}{problem[1:]}{f'; allowed: {allowed}' if allowed else ''}"


def write_atomically(path: Path, text: str) -> None:
    """Write so that a power cut leaves either the old or the new file whole; raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it holds no UTF-8 text"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
