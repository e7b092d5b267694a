"""The live stream: server-sent events that carry the newest prediction to each page that follows."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from edge.api.histogram import Histogram
from edge.mailbox import Broadcast, Mailbox
from edge.owner.access import is_loopback
from edge.types import STALE_AFTER_S, Prediction

PREDICTION_INTERVAL_S = 0.1
STATUS_INTERVAL_S = 1.0
RETRY_MS = 1000
MOST_OF_EACH = 4
"""Streams that one machine may follow, so that no stranger takes all of them; the guitar's own computer may."""

LATENCY_BOUNDS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)


class LiveStreams:
    """Hands out a limited number of streams, and ends them all when the server closes."""

    def __init__(
        self,
        broadcast: Broadcast[Prediction],
        status: Callable[[], dict[str, Any]],
        mirror: Callable[[], list[str]],
        limit: int,
    ) -> None:
        self.broadcast = broadcast
        self.mirror = mirror
        self.limit = limit
        self.closing = threading.Event()
        self.event_ids = itertools.count(1)
        self.latency = Histogram(LATENCY_BOUNDS_S)
        self._status = status
        self._said: tuple[Prediction, bytes] | None = None
        self._status_said: tuple[float, bytes] = (-float("inf"), b"")
        self._open: set[Stream] = set()
        self._places = threading.Lock()

    def open(self, client: str = "") -> Stream | None:
        """Return a new stream for a client's address; None when all places, or all of its own, are taken.

        Whoever takes one closes it.
        """
        with self._places:
            if len(self._open) >= self.limit or self.closing.is_set():
                return None
            if not is_loopback(client) and sum(stream.client == client for stream in self._open) >= MOST_OF_EACH:
                return None
            stream = Stream(self, client)
            self._open.add(stream)
            return stream

    def follows(self, client: str) -> bool:
        """Tell whether a stream is open for a client's address."""
        with self._places:
            return any(stream.client == client for stream in self._open)

    def leave(self, stream: Stream) -> None:
        with self._places:
            self._open.discard(stream)

    def status(self) -> dict[str, Any]:
        """What the service says of itself, and how many pages follow."""
        return {**self._status(), "streams": {"open": len(self), "limit": self.limit}}

    def status_said(self) -> bytes:
        """The status as JSON; what is said to one page is said to those that ask soon after, too."""
        at, said = self._status_said
        if time.monotonic() - at > STATUS_INTERVAL_S / 2:
            said = msgspec.json.encode(self.status())
            self._status_said = (time.monotonic(), said)
        return said

    def said(self, prediction: Prediction) -> bytes:
        """A prediction as JSON for pages, made once for all of them."""
        known = self._said
        if known is None or known[0] is not prediction:
            leds = {"level_dbfs": round(prediction.level_dbfs, 1), "clipped": prediction.clipped, "leds": self.mirror()}
            # unlike json, msgspec writes NaN and infinity as null, which every browser can read
            known = self._said = (prediction, msgspec.json.encode({**prediction.to_dict(), **leds}))
        return known[1]

    def hears_within(self, timeout_s: float) -> bool:
        """Wait for the next prediction; False when none came in time."""
        mailbox = self.broadcast.subscribe()
        try:
            return mailbox.take(timeout_s) is not None
        finally:
            self.broadcast.unsubscribe(mailbox)

    def close(self) -> None:
        """End every stream; no new one opens."""
        self.closing.set()
        with self._places:
            streams = tuple(self._open)
        for stream in streams:
            stream.mailbox.close()

    def __len__(self) -> int:
        return len(self._open)


class Stream:
    """The events for one page. It has its own mailbox, so it can only ever delay itself."""

    def __init__(self, streams: LiveStreams, client: str = "") -> None:
        self._streams = streams
        self.client = client
        self.mailbox: Mailbox[Prediction] = streams.broadcast.subscribe()

    def close(self) -> None:
        """Give the place back. May be called again."""
        self._streams.broadcast.unsubscribe(self.mailbox)
        self._streams.leave(self)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._events()
        finally:
            self.close()

    def _events(self) -> Iterator[bytes]:
        streams, mailbox = self._streams, self.mailbox
        status_due = time.monotonic()
        stale_due = status_due + STALE_AFTER_S
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not mailbox.closed:
            now = time.monotonic()
            if now >= status_due:
                # its regularity is also the heartbeat: writing is how a client that vanished is noticed
                status_due = now + STATUS_INTERVAL_S
                yield self._event("status", streams.status_said())
            if now >= stale_due:
                stale_due = now + STATUS_INTERVAL_S
                if streams.broadcast.last is not None:
                    yield self._event("prediction", streams.said(streams.broadcast.last.outdated()))
            prediction = mailbox.take(max(0.0, min(status_due, stale_due) - time.monotonic()))
            if prediction is not None:
                came_at = time.monotonic()
                stale_due = prediction.stale_at(came_at)
                if prediction.heard_at:
                    streams.latency.add(came_at - prediction.heard_at)
                yield self._event("prediction", streams.said(prediction))
                # what comes in meanwhile replaces itself in the mailbox: the newest value wins
                streams.closing.wait(max(0.0, came_at + PREDICTION_INTERVAL_S - time.monotonic()))

    def _event(self, name: str, data: bytes) -> bytes:
        return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), next(self._streams.event_ids), data)
