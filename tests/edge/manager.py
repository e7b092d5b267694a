"""A service manager's socket, as systemd opens it for a unit of Type=notify."""

from __future__ import annotations

import socket
import threading
import time


class Manager:
    """Collects what a service says to it, with the time at which it came."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.lines: list[tuple[float, str]] = []
        self._came = threading.Condition()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while True:
            try:
                said = self._socket.recv(4096).decode()
            except OSError:
                return
            with self._came:
                self.lines += [(time.monotonic(), line) for line in said.splitlines()]
                self._came.notify_all()

    def wait_for(self, start: str, after: float = 0.0, timeout_s: float = 30.0) -> tuple[float, str]:
        """Return when a line that begins so came, and the line."""
        found: list[tuple[float, str]] = []

        def there() -> bool:
            found[:] = [(at, line) for at, line in self.lines if at >= after and line.startswith(start)]
            return bool(found)

        with self._came:
            assert self._came.wait_for(there, timeout_s), f"no {start} in {timeout_s} s; last: {self.lines[-5:]}"
        return found[0]

    def times(self, line: str) -> list[float]:
        with self._came:
            return [at for at, said in self.lines if said == line]

    def close(self) -> None:
        self._socket.close()
