"""The last lines of the log, kept in memory for the page."""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque

from msgspec import Struct

MOST_LINES = 300
_LONGEST = 500


class Line(Struct, frozen=True):
    """One line: a number that grows, local time, level such as WARNING, and what it says."""

    id: int
    time: str
    level: str
    text: str


class LogRing(logging.Handler):
    """Keeps the newest lines. What is logged with `extra={"secret": True}` is not kept."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._ids = itertools.count(1)
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "secret", False):
            return
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f" ({record.exc_info[1]!r})"
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(record.created))
        self._lines.append(Line(next(self._ids), when, record.levelname, text[:_LONGEST]))

    def after(self, id: int) -> list[Line]:
        """Return the lines that are newer than the one with this number, oldest first."""
        return [line for line in tuple(self._lines) if line.id > id]
