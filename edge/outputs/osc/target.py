"""One receiver of OSC. What goes wrong with it stays with it: a name that does not resolve delays nobody else."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable

from pythonosc.osc_message import OscMessage

from edge.errors import OutputError
from edge.outputs.base import FIRST_RETRY_S, LAST_RETRY_S, one_line
from edge.outputs.osc.messages import Bundle
from edge.outputs.sent import Sent

log = logging.getLogger(__name__)

Packet = OscMessage | Bundle

_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.:%_-]{0,251}[0-9A-Za-z])?")


class Target:
    """Sends datagrams to a host and port; never raises, never waits for a name server.

    That nobody has the port is noticed where the other machine says so (ICMP): with the packet after the one that was
    refused. So only a second packet shows that a target is well.

    Parameters
    ----------
    host, port : str, int
    clock : callable
        Monotonic clock in seconds.
    sent : Sent, optional
        Told of each packet that went out.

    Raises
    ------
    OutputError
        No host or port can be called so.
    """

    def __init__(
        self, host: str, port: int, clock: Callable[[], float] = time.monotonic, sent: Sent | None = None
    ) -> None:
        if not _HOST.fullmatch(host):
            raise OutputError(f"{host!r} is no host name or address")
        if not 1 <= port <= 65535:
            raise OutputError(f"port {port} of {host} does not exist; take 1 to 65535")
        self.host, self.port = host, port
        self.note = ""
        self.greeted = False
        self._clock = clock
        self._sent = sent
        self._socket: socket.socket | None = None
        self._proven = False
        self._resolving: threading.Thread | None = None
        self._resolved = ""
        self._retry_s = FIRST_RETRY_S
        self._retry_at = -float("inf")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def send(self, content: Packet) -> bool:
        """Send a datagram now if the target can be reached; return whether it went out."""
        try:
            if self._socket is None and not self._connect():
                return False
            assert self._socket is not None
            self._socket.send(content.dgram)
        except BlockingIOError:
            return False  # the network card is busy: the next update is newer anyway
        except OSError as error:
            self._failed(one_line(error))
            return False
        if self._proven:
            self.note, self._retry_s = "", FIRST_RETRY_S
        self._proven = True
        if self._sent is not None:
            self._sent.note(str(self), content)
        return True

    def tell(self, usual: Packet | None, first: Callable[[], Packet]) -> None:
        """Send the usual packet if there is one, or at first contact, and after one that did not go out, the first one.

        Another thread may ask for a new first contact at any time by clearing `greeted`, so here it is only ever set
        *before* the packet that greets.
        """
        if self.greeted:
            packet = usual
        else:
            self.greeted = True
            packet = first()
        if packet is not None and not self.send(packet):
            self.greeted = False

    def close(self) -> None:
        open_socket, self._socket, self._proven = self._socket, None, False
        if open_socket is not None:
            open_socket.close()

    def _connect(self) -> bool:
        if self._clock() < self._retry_at or (self._resolving is not None and self._resolving.is_alive()):
            return False
        address = self._resolved or _numeric(self.host)
        if not address:
            self._resolving = threading.Thread(target=self._resolve, name=f"resolve {self.host}", daemon=True)
            self._resolving.start()
            return False
        self._resolved = ""
        family, kind, protocol, _, place = socket.getaddrinfo(address, self.port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.connect(place)
        return True

    def _resolve(self) -> None:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
            self._resolved = str(found[0][4][0])
        except (OSError, UnicodeError) as error:
            self._failed(one_line(error))

    def _failed(self, why: str) -> None:
        self.close()
        self.greeted = False
        self._retry_at = self._clock() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
        note = f"{self}: {why}"
        if note != self.note:
            log.warning("OSC: %s", note)
        self.note = note


def _numeric(host: str) -> str:
    """Return the host if it is an address already, else ""."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return ""
    return host
