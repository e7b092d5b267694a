"""In which languages the page can speak: one for each dictionary that lies beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from flask import Flask, Response

from edge.api.openapi import documented
from edge.api.owner import guests_may
from edge.api.reply import as_json
from webui import FOLDER

ENGLISH = "English"
"""The entry in which a dictionary says its own name; the language of the page itself."""


class Language(msgspec.Struct):
    """A language by its code (ISO 639), with its name in itself."""

    code: str
    name: str


class Languages(msgspec.Struct):
    """English first."""

    languages: list[Language]


def install(app: Flask) -> None:
    """Add the address."""

    @app.get("/api/languages")
    @documented(answers={200: Languages})
    @guests_may
    def languages() -> Response:
        """The languages that the page can speak."""
        return as_json(Languages([Language("en", ENGLISH), *dictionaries(FOLDER)]))


def dictionaries(folder: Path) -> list[Language]:
    """Return the language of every dictionary in a folder, by its file's name."""
    return [
        Language(path.stem.removeprefix("lang-"), msgspec.json.decode(path.read_bytes())[ENGLISH])
        for path in sorted(folder.glob("lang-*.json"))
    ]
