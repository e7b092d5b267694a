"""The HTTP server: waitress in a thread of its own, set so that no client can hold it up."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

from edge.api.app import STREAMS, UPLOADS
from edge.api.live import LiveStreams
from edge.api.patience import STALLED_S, Patience, with_places
from edge.api.refused import RefusedTask
from edge.api.uploads import channel_class
from edge.config import Web
from edge.errors import AffettoError

if TYPE_CHECKING:
    from edge.takes.library import Library

SPARE_THREADS = 4
"""Threads beside those of the live streams: the page loads even while all streams are taken.

Two of them may follow explanations. A few more threads would make malloc keep 14 MB more in arenas of their own.
"""

ANSWER_S = 3.0
"""How long the server may take to answer itself; longer than the address asked may wait for a prediction."""

NEVER_S = 10**12

_SOCKET_OPTIONS = [
    (socket.SOL_TCP, socket.TCP_NODELAY, 1),
    # a client that vanished without a word is given up by the kernel, even while too little is sent to stall
    (socket.SOL_TCP, socket.TCP_USER_TIMEOUT, int(2 * STALLED_S * 1000)),
    # little is queued for a slow client, so what it gets is never old
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 16384),
]


class Server:
    """Serves an application of `create_app` until it is closed.

    Parameters
    ----------
    app
    settings
        `host` and `port` to listen on; port 0 takes a free one.

    Raises
    ------
    AffettoError
        The port is taken or not allowed, or there is no such address here.
    """

    def __init__(self, app: Flask, settings: Web) -> None:
        self._streams: LiveStreams = app.extensions[STREAMS]
        library: Library | None = app.extensions.get(UPLOADS)
        self._sockets: dict[int, Any] = {}
        self._patience = Patience()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        # that a page left, or a request waited, is of no use to the person who reads the log
        logging.getLogger("waitress").setLevel(logging.WARNING)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        connections = settings.streams * 2 + 60
        try:
            self._server = create_server(
                app,
                map=self._sockets,
                listen=f"{host}:{settings.port}",
                threads=settings.streams + SPARE_THREADS,
                ident="Affetto",
                # that somebody leaves is no error
                log_socket_errors=False,
                # stay readable while streaming: this is how a closed connection is noticed at once
                channel_request_lookahead=1,
                connection_limit=connections,
                # never: it counts on the wall's clock, which may jump; `Patience` does it
                channel_timeout=NEVER_S,
                # wait with the next event until the client has taken the last one
                outbuf_high_watermark=4096,
                max_request_header_size=16384,
                max_request_body_size=65536,
                # nobody is believed what they say of the address they come from, but that a proxy says something counts
                clear_untrusted_proxy_headers=False,
            )
        except (OSError, ValueError) as error:
            raise AffettoError(_in_words(error, settings)) from None
        for entry in self._sockets.values():
            if hasattr(entry, "adj"):
                entry.adj.socket_options = _SOCKET_OPTIONS
                kind = HTTPChannel
                if library is not None:
                    kind = channel_class(app, library.folder, library.settings.upload_mb * 1_000_000)
                kind = type("Refusing", (kind,), {"error_task_class": RefusedTask})
                # whoever takes as many places as they can get leaves the other half to others
                entry.channel_class = with_places(kind, connections // 2)
        self.port: int = self._listening()[0]

    @property
    def url(self) -> str:
        """Address of the page as seen from this machine."""
        return f"http://{self._listening()[1]}:{self.port}/"

    def start(self) -> None:
        """Serve, in a thread of its own."""
        self._thread.start()

    def answers(self) -> bool:
        """Ask as a monitor does whether predictions come; waits a few seconds at most."""
        port, host = self._listening()
        try:
            with socket.create_connection((host.strip("[]"), port), timeout=ANSWER_S) as connection:
                connection.sendall(f"GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                return b" 200 " in connection.recv(64)
        except OSError:
            return False

    def close(self) -> None:
        """End all streams and stop listening. May be called again."""
        if self._stopping.is_set():
            return
        self._streams.close()
        self._stopping.set()
        for entry in tuple(self._sockets.values()):
            if hasattr(entry, "pull_trigger"):  # wakes the loop
                entry.pull_trigger()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        self._server.task_dispatcher.shutdown(timeout=2)
        wasyncore.close_all(self._sockets)

    def _run(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=0.5, use_poll=True, map=self._sockets, count=1)
            self._patience.cut_off(tuple(self._sockets.values()))

    def _listening(self) -> tuple[int, str]:
        listening = getattr(self._server, "effective_listen", None) or [
            (self._server.effective_host, self._server.effective_port)
        ]
        host, port = listening[0]
        if host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return int(port), f"[{host}]" if ":" in host else host


def _in_words(error: Exception, settings: Web) -> str:
    place = f"{settings.host}:{settings.port}"
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return f"{place}: another program already serves there; stop it, or choose another port with --port"
    if code == errno.EACCES:
        return f"{place}: this user may not open that port; choose one above 1023 with --port"
    if code == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror | ValueError):
        return f"{place}: this machine has no such address; set web.host to 127.0.0.1 or 0.0.0.0"
    return f"{place}: cannot serve there ({error}); choose another port with --port"
