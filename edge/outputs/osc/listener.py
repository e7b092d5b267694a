"""Takes OSC requests on a UDP port. No packet, however malformed, ends it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pythonosc.osc_packet import OscPacket

from edge.errors import OutputError
from edge.outputs.base import FIRST_RETRY_S, LAST_RETRY_S, one_line
from edge.outputs.osc.messages import Argument, message
from edge.rate_limit import Allowance, RateLimit

log = logging.getLogger(__name__)

Sender = tuple[str, int]
Reply = tuple[str, *tuple[Argument, ...]]
Handler = Callable[[Sender, list[Any]], Reply | None]

POLL_S = 0.2
MOST_MESSAGES = 32
"""Requests answered from one datagram: nobody makes us send thousands of replies with a single packet."""

MOST_BYTES = 1472
"""What crosses a network in one piece; no request needs more, and bundles cannot be nested deeply in it."""

EACH_SENDER = Allowance(burst=200, every_s=0.005)
ALL_SENDERS = Allowance(burst=400, every_s=0.0025)

PAUSE_S = 0.01
"""After a packet too many: meanwhile the kernel drops what its buffer does not hold, which costs the music nothing."""


class Listener:
    """A thread that hands each request to its handler and sends the reply to where it came from.

    A bundle is taken at once, whatever its time tag says, since waiting for it would let one sender stop all others.

    Parameters
    ----------
    host, port : str, int
        Where to listen.
    handlers : mapping of OSC address to handler
        A handler gets the sender and the arguments. An `OutputError` that it raises is answered as `/affetto/error`.
    """

    def __init__(self, host: str, port: int, handlers: Mapping[str, Handler]) -> None:
        self._where = (host, port)
        self._handlers = handlers
        self._stopping = threading.Event()
        self._limit = RateLimit(EACH_SENDER, ALL_SENDERS)
        self._thread = threading.Thread(target=self._run, name="OSC in", daemon=True)
        self.note = ""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            try:
                with _bound(self._where) as udp:
                    self.note, retry_s = "", FIRST_RETRY_S
                    self._serve(udp)
            except (OSError, UnicodeError) as error:
                host, port = self._where
                self.note = f"cannot listen on {host}:{port} ({one_line(error)}); is another program there?"
                log.warning("OSC: %s", self.note)
                self._stopping.wait(retry_s)
                retry_s = min(2 * retry_s, LAST_RETRY_S)

    def _serve(self, udp: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                packet, sender = udp.recvfrom(MOST_BYTES + 1)
            except TimeoutError:
                continue
            if self._limit.wait_s(sender[0]) > 0:
                self._stopping.wait(PAUSE_S)
                continue
            if len(packet) > MOST_BYTES:
                continue
            for reply in self._replies(packet, sender[:2]):
                try:
                    udp.sendto(message(*reply).dgram, sender)
                except OSError as error:
                    log.debug("OSC: no reply to %s: %s", sender, one_line(error))

    def _replies(self, packet: bytes, sender: Sender) -> list[Reply]:
        replies = []
        try:
            # the parser raises many kinds of errors, and anybody on the network chooses what it gets to read
            requests = [timed.message for timed in OscPacket(packet).messages][:MOST_MESSAGES]
        except Exception as error:
            log.debug("OSC: packet from %s is no OSC: %s", sender, one_line(error))
            return []
        for request in requests:
            handler = self._handlers.get(request.address)
            if handler is None:
                continue
            try:
                reply = handler(sender, list(request.params))
            except OutputError as error:
                reply = ("/affetto/error", one_line(error))
            except Exception as error:
                log.warning("OSC: %s: %s", request.address, one_line(error))
                reply = ("/affetto/error", f"{request.address}: failed; the log of Affetto says why")
            if reply is not None:
                replies.append(reply)
        return replies


def _bound(where: tuple[str, int]) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(*where, type=socket.SOCK_DGRAM)[0]
    udp = socket.socket(family, kind, protocol)
    try:
        udp.bind(address)
    except OSError:
        udp.close()
        raise
    udp.settimeout(POLL_S)
    return udp
