"""The table of faults: what was said, and how soon, as the tests have just seen it."""

from __future__ import annotations

import json
import os
from pathlib import Path

FILE = "AFFETTO_FAULTS_TABLE"
"""Environment variable that names the file into which the tests write their rows."""

COLUMNS = ("fault", "lights", "page", "OSC", "MIDI", "well again", "what to do, as told")


def row(
    fault: str, *, lights: str = "", page: str = "", osc: str = "", midi: str = "", again: str = "", told: str = ""
):
    """Add a row to the table, if somebody wants one."""
    if path := os.environ.get(FILE):
        with open(path, "a") as file:
            file.write(json.dumps([fault, lights, page, osc, midi, again, told]) + "\n")


def markdown(path: Path) -> str:
    """Return the rows as a table for people."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(str(cell).replace("|", "/") or "–" for cell in cells) + " |" for cells in rows]
    return "\n".join(lines)
