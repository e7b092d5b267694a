"""How the newest value reaches those who show it: a slow reader misses values, and never delays the writer."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest value only. The lock is held for an assignment, never while a reader works."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._closed = False

    def put(self, value: T) -> None:
        """Replace what is there."""
        with self._changed:
            self._value = value
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """Wait for a value not taken yet; None when none came in time or the mailbox was closed."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while self._value is None and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            value, self._value = self._value, None
            return value

    def close(self) -> None:
        """Wake the reader for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed


class Broadcast(Generic[T]):
    """Gives every value to all mailboxes that are subscribed at that moment; remembers the last one, and how many."""

    def __init__(self) -> None:
        self._mailboxes: tuple[Mailbox[T], ...] = ()
        self._subscribing = threading.Lock()
        self.last: T | None = None
        self.count = 0

    def publish(self, value: T) -> None:
        self.last = value
        self.count += 1
        for mailbox in self._mailboxes:
            mailbox.put(value)

    def subscribe(self) -> Mailbox[T]:
        """Return a new mailbox that gets every value from now on."""
        mailbox: Mailbox[T] = Mailbox()
        with self._subscribing:
            self._mailboxes = (*self._mailboxes, mailbox)
        return mailbox

    def unsubscribe(self, mailbox: Mailbox[T]) -> None:
        with self._subscribing:
            self._mailboxes = tuple(m for m in self._mailboxes if m is not mailbox)
        mailbox.close()

    def __len__(self) -> int:
        return len(self._mailboxes)
