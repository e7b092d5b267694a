"""Looks, before settings that need a restart are saved, whether the service could start with them."""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.audio.choose import check_input
from edge.config import Config
from edge.errors import AffettoError, RequestError
from edge.model import Model


def check(wanted: Config, in_force: Config) -> None:
    """Raise a RequestError that names the key which would keep the service from starting.

    Only what differs is looked at. A sound card that is not there is no hindrance: it may be plugged in later.
    """
    _check_texts(wanted)
    if wanted.audio != in_force.audio:
        _named("audio.input", lambda: check_input(wanted.audio))
    if wanted.model.file not in ("", in_force.model.file):
        _named("model.file", lambda: Model(wanted.model.file))
    web = wanted.web
    if (web.host, web.port) != (in_force.web.host, in_force.web.port):
        # our own port is taken, by ourselves
        _check_address(web.host, web.port if web.port != in_force.web.port else 0)
    if wanted.takes.folder not in ("", in_force.takes.folder):
        _check_folder(Path(wanted.takes.folder).expanduser())


def _named(key: str, look: Callable[[], object]) -> None:
    try:
        look()
    except AffettoError as error:
        raise RequestError(f"{key}: {error}") from None


def _check_texts(config: Config) -> None:
    for section, keys in msgspec.to_builtins(config).items():
        for key, value in keys.items():
            for text in value if isinstance(value, list | tuple) else [value]:
                if isinstance(text, str) and any(unicodedata.category(letter).startswith("C") for letter in text):
                    raise RequestError(f"{section}.{key}: holds a character that cannot be seen; leave it out")


def _check_address(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError):
        raise RequestError(f"web.host: this machine has no address {host}; take 127.0.0.1 or 0.0.0.0") from None
    except OSError as error:
        key = "web.port" if port else "web.host"
        place = f"{host}:{port}" if port else host
        raise RequestError(f"{key}: cannot serve on {place} ({error.strerror}); choose another") from None


def _check_folder(folder: Path) -> None:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise RequestError(f"takes.folder: {there} cannot be written to; choose a folder of yours")
