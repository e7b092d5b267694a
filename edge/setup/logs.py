"""The log: its last lines, kept in memory for the page, and that it does not say the same again and again."""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable

from msgspec import Struct

MOST_LINES = 300
MOST_ALIKE, WITHIN_S = 3, 60.0
_LONGEST = 500


class Line(Struct, frozen=True):
    """One line: a number that grows, local time, level such as WARNING, and what it says."""

    id: int
    time: str
    level: str
    text: str


class Seldom(logging.Filter):
    """Lets the same line through a few times in a minute: `MOST_ALIKE` within `WITHIN_S`.

    What fails twice a second must not wear out the memory card, nor hide what else is said.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}  # since when, and how often

    def filter(self, record: logging.LogRecord) -> bool:
        text, now = record.getMessage(), self._clock()
        since, times = self._said.pop(text, (now, 0))
        if now >= since + WITHIN_S:
            since, times = now, 0
        while len(self._said) >= MOST_LINES:
            del self._said[next(iter(self._said))]
        self._said[text] = (since, times + 1)
        return times < MOST_ALIKE


class LogRing(logging.Handler):
    """Keeps the newest lines. What is logged with `extra={"secret": True}` is not kept."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.addFilter(Seldom())
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
