"""A look at what an output sends, for the page. It costs one comparison for each packet while nobody looks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LOOKED_S = 10.0
"""For so long after somebody has looked, what is sent is kept."""

_MOST_PACKETS = 64


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that was sent: where to, what it is called, its value, and when (on the monotonic clock)."""

    to: str
    what: str
    value: str
    at: float


class Sent:
    """Keeps the last packets as they are; they are put into words only when somebody looks.

    Parameters
    ----------
    words : callable
        Returns the (what, value) pairs of a packet.
    """

    def __init__(self, words: Callable[[Any], list[tuple[str, str]]]) -> None:
        self._words = words
        self._until = 0.0
        self._packets: deque[tuple[float, str, Any]] = deque(maxlen=_MOST_PACKETS)

    def note(self, to: str, packet: Any) -> None:
        """Keep a packet if somebody looks; from the output's thread."""
        if self._until and (now := time.monotonic()) < self._until:
            self._packets.append((now, to, packet))

    def look(self) -> list[Message]:
        """Return the newest value of each thing that was sent to each receiver since somebody began to look."""
        now = time.monotonic()
        if now >= self._until:
            self._packets.clear()
        self._until = now + LOOKED_S
        newest: dict[tuple[str, str], Message] = {}
        for at, to, packet in tuple(self._packets):
            for what, value in self._words(packet):
                newest[to, what] = Message(to, what, value, at)
        return list(newest.values())
