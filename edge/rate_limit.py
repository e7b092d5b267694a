"""How often something may be asked for: by each client, and by all of them together."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

MOST_CLIENTS = 1000


class Allowance(NamedTuple):
    """As many as `burst` at once, and one more every `every_s` seconds."""

    burst: int
    every_s: float


class RateLimit:
    """Counts by token buckets. Remembers the last thousand clients; who is forgotten still counts in the total.

    Parameters
    ----------
    each
        What one client may.
    total
        What all of them may.
    clock
        Monotonic clock in seconds.
    """

    def __init__(self, each: Allowance, total: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._total, self._clock = each, total, clock
        self._counting = threading.Lock()
        # a bucket is when it will be full again; times before now mean that it is
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._all_full_at = 0.0

    def wait_s(self, address: str) -> float:
        """Count a request from a client's IP address and return 0, or the seconds after which it may come again."""
        client = network(address)
        with self._counting:
            now = self._clock()
            mine = max(self._full_at.get(client, now), now)
            everybodys = max(self._all_full_at, now)
            wait_s = max(0.0, _missing_s(mine - now, self._each), _missing_s(everybodys - now, self._total))
            if wait_s == 0:
                self._full_at[client] = mine + self._each.every_s
                self._all_full_at = everybodys + self._total.every_s
            elif client not in self._full_at:
                return wait_s
            self._full_at.move_to_end(client)
            if len(self._full_at) > MOST_CLIENTS:
                self._full_at.popitem(last=False)
            return wait_s


def network(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 in which a device chooses IPv6 addresses freely."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def _missing_s(until_full_s: float, allowed: Allowance) -> float:
    return until_full_s - (allowed.burst - 1) * allowed.every_s
