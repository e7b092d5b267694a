"""The captive portal: a phone that joins the guitar's Wi-Fi is shown the page, and stays though there is no Internet.

Each system asks for an address of its own to find out whether a network leads to the Internet. Until the visitor has
opened the page, it is sent there; from then on it is told what it expects from the Internet, or it would leave.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, Response, request

REMEMBERED_S = 12 * 3600.0
MOST_VISITORS = 256


class Success(NamedTuple):
    """What a system expects from the Internet."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


_APPLE = Success(200, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n", "text/html")
_ANDROID = Success(204)

PROBES: dict[str, Success | None] = {
    "/hotspot-detect.html": _APPLE,
    "/library/test/success.html": _APPLE,
    "/generate_204": _ANDROID,
    "/gen_204": _ANDROID,
    "/connecttest.txt": Success(200, "Microsoft Connect Test"),
    "/ncsi.txt": Success(200, "Microsoft NCSI"),
    "/redirect": None,  # where Windows leads its browser, always
    "/success.txt": Success(200, "success\n"),
    "/canonical.html": Success(
        200,
        '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>\n',
        "text/html",
    ),
}
"""What Apple's, Google's, Microsoft's and Mozilla's systems ask for, under any host name."""


class Visitors:
    """The addresses from which the page was opened; each for some hours, and only the newest of many."""

    def __init__(self, most: int = MOST_VISITORS, remembered_s: float = REMEMBERED_S) -> None:
        self._most, self._remembered_s = most, remembered_s
        self._seen_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, address: str) -> None:
        with self._lock:
            self._seen_at[address] = time.monotonic()
            self._seen_at.move_to_end(address)
            while len(self._seen_at) > self._most:
                self._seen_at.popitem(last=False)

    def __contains__(self, address: str) -> bool:
        with self._lock:
            return time.monotonic() - self._seen_at.get(address, -float("inf")) < self._remembered_s


def install(app: Flask, follows: Callable[[str], bool]) -> None:
    """Answer `PROBES` before anything else of `app` does, also the guard: they come under names that are not ours.

    Parameters
    ----------
    follows
        Tells whether somebody at an address follows the live stream now.
    """
    visitors = Visitors()

    @app.before_request
    def probed() -> Response | None:
        if request.path not in PROBES or request.method not in ("GET", "HEAD"):
            return None
        visitor = request.remote_addr or ""
        success = PROBES[request.path]
        # at its first success Android closes the sheet that shows the page
        reads = success is _ANDROID and follows(visitor)
        if success is None or visitor not in visitors or reads:
            response = Response(status=302, headers={"Location": page_for(visitor, request.environ["SERVER_PORT"])})
        else:
            response = Response(success.body, success.status, content_type=success.content_type)
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.after_request
    def opened(response: Response) -> Response:
        if request.path == "/" and response.status_code in (200, 304):
            visitors.add(request.remote_addr or "")
        return response


def page_for(visitor: str, port: str) -> str:
    """Return the page's address as a visitor at an IP address reaches it; a name might lead a phone elsewhere."""
    family = socket.AF_INET6 if ":" in visitor else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as towards:
            towards.connect((visitor, 9))  # sends nothing: it only chooses the way
            own = towards.getsockname()[0]
    except OSError:
        own = f"{socket.gethostname().partition('.')[0]}.local"
    host = f"[{own}]" if ":" in own else own
    return f"http://{host}/" if port == "80" else f"http://{host}:{port}/"
