"""What keeps other web sites away from the guitar: a check of the Host header, and strict response headers."""

from __future__ import annotations

import ipaddress
import socket

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from edge.api.problems import refuse

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(app: Flask, host: str) -> None:
    """Guard `app`; `host` is one more name under which it may be called."""

    @app.before_request
    def check() -> Response | None:
        detail = refused_host(request.headers, host) or refused_origin(request.method, request.headers)
        return refuse(403, detail) if detail else None

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def refused_host(headers: Headers, host: str) -> str:
    """Return why a request is refused for the name by which it calls this machine, or ""."""
    if is_ours(host_name(headers.get("Host", "")), host):
        return ""
    return "this guitar does not answer to that name; use its IP address or its name ending in .local"


def refused_origin(method: str, headers: Headers) -> str:
    """Return why a request is refused for the page that sends it, or ""."""
    # a form or a script of a foreign page may send what changes something, though it cannot read the answer
    if method in ("GET", "HEAD"):
        return ""
    origin = headers.get("Origin")
    ours = origin is None or origin.partition("://")[2] == headers.get("Host", "")
    if ours and headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none"):
        return ""
    return "this request comes from another web site; open the guitar's own page"


def host_name(header: str) -> str:
    """Return a Host header without its port and brackets, in lower case."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def is_certain(name: str) -> bool:
    """Tell whether a request for `name` comes from our own page even if somebody in this network forges names.

    Any machine may say by multicast that a name ending in .local is at our address, even at 127.0.0.1.
    """
    own = socket.gethostname().lower()
    if name in ("localhost", own, f"{own}.local"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_ours(name: str, host: str) -> bool:
    """Tell whether a request for `name` can come from our own page.

    With DNS rebinding a foreign page calls us under its own name, which points to our address. It cannot do so
    under an address of a private range, nor under a .local name, which only the local network resolves.
    """
    if name in ("localhost", host.lower()) or name.endswith(".local"):
        return bool(name)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_link_local
