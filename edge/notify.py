"""Tells the service manager how the service is doing, by the protocol of sd_notify(3): datagrams of lines KEY=VALUE."""

from __future__ import annotations

import contextlib
import os
import socket


class Notifier:
    """Sends to the socket that `NOTIFY_SOCKET` names, else to nobody. Never waits, never raises.

    Parameters
    ----------
    address : str, optional
        Path of a Unix socket, or with "@" in front the name of an abstract one; "" for nobody. Without it,
        what the environment says.
    """

    def __init__(self, address: str | None = None) -> None:
        if address is None:
            address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def tell(self, *lines: str) -> None:
        """Send lines such as "READY=1". A manager that is gone, or has no room for them, misses them."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto("\n".join(" ".join(line.split()) for line in lines).encode(), self._address)

    def close(self) -> None:
        """Give the socket back; nothing is sent afterwards."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
