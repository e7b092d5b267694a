"""How long the web server waits for a client, and how many connections one address may have, so that all find a place.

waitress itself times out only who has no request in progress, and by the clock on the wall, which may jump.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from waitress.channel import HTTPChannel

LOOK_S = 1.0  # between two looks at the connections, at most, while the service is well

STALLED_S = 3.0
"""A client that has taken none of its waiting bytes for so long is cut off."""

ASKING_S = 3.0
"""And one that has not told within this what it wants: the header of a request is a packet or two."""

IDLE_S = 20.0
"""And one that asks for nothing, or sends no more of what it began to send."""


class Patience:
    """Watches connections; for the thread of the web server."""

    def __init__(self) -> None:
        self._waiting: dict[HTTPChannel, tuple[object, float]] = {}  # what must change, and since when it has not
        self._looked_at = time.monotonic()

    def cut_off(self, entries: Iterable[Any]) -> None:
        """Close the connections on which nothing has happened for too long."""
        now, waiting = time.monotonic(), {}
        # a service that stood still itself, on a machine that was busy or asleep, must not blame the clients
        stood_still_s = max(0.0, now - self._looked_at - LOOK_S)
        self._looked_at = now
        for channel in entries:
            if not isinstance(channel, HTTPChannel) or (due := _due(channel)) is None:
                continue
            progress, limit_s = due
            seen, since = self._waiting.get(channel, (progress, now))
            waiting[channel] = (progress, since + stood_still_s if seen == progress else now)
            if now - waiting[channel][1] > limit_s:
                # at once: its flag will_close is looked at only when the socket can be written again
                channel.handle_close()
        self._waiting = waiting


def _due(channel: HTTPChannel) -> tuple[object, float] | None:
    """Return what must change within how many seconds; None while it is us who are at work."""
    if channel.total_outbufs_len:
        return ("taking", channel.last_activity), STALLED_S
    if channel.requests:
        return None
    request = channel.request
    if request is not None and not request.headers_finished:
        return ("asking", id(request)), ASKING_S
    return ("idle", channel.last_activity), IDLE_S


def with_places(kind: type[HTTPChannel], most: int) -> type[HTTPChannel]:
    """Return a kind of connection of which one address may have `most` at a time; further ones are closed at once."""

    class Channel(kind):  # type: ignore[misc]
        def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
            super().__init__(server, sock, addr, adj, map)
            others = [other for other in tuple(self._map.values()) if isinstance(other, HTTPChannel)]
            if sum(other.addr[0] == addr[0] for other in others) > most:
                self.handle_close()

    return Channel
