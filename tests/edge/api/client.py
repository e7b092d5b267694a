"""A plain HTTP client on a socket, because the tests must be able to misbehave."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Event:
    """A server-sent event, and the monotonic clock when it was whole."""

    name: str
    id: int
    value: dict[str, Any]
    at: float


def get(port: int, path: str, host: str | None = None, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (lower case) and body."""
    with request(port, path, host, method) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, body


def request(
    port: int, path: str, host: str | None = None, method: str = "GET", receive_buffer: int = 0
) -> socket.socket:
    """Send a request; reading, or not, is up to the test."""
    connection = socket.socket()
    connection.settimeout(10)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", port))
    lines = f"{method} {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\nConnection: close\r\n\r\n"
    connection.sendall(lines.encode())
    return connection


def follow(connection: socket.socket, for_s: float) -> Iterator[Event]:
    """Yield the events that come in during some seconds."""
    until, text = time.monotonic() + for_s, b""
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            received = connection.recv(65536)
        except TimeoutError:
            return
        if not received:
            return
        text += received
        while b"\n\n" in text:
            block, _, text = text.partition(b"\n\n")
            # a chunk's length may stand before the fields
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line)
            if "event" in fields:
                yield Event(fields["event"], int(fields["id"]), json.loads(fields["data"]), time.monotonic())


def wait_until(condition: Any, timeout_s: float) -> float:
    """Wait for something to become true; return how long that took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > timeout_s:
            raise AssertionError(f"not so after {timeout_s} s")
        time.sleep(0.02)
    return time.monotonic() - began
