"""What keeps other web sites away from the guitar: a check of the Host header, and strict response headers."""

from __future__ import annotations

import ipaddress

from flask import Flask, Response, request

from edge.api.problems import refuse

_HEADERS = {
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
    def check_host() -> Response | None:
        name = host_name(request.headers.get("Host", ""))
        if is_ours(name, host):
            return None
        return refuse(403, "this guitar does not answer to that name; use its IP address or its name ending in .local")

    @app.before_request
    def check_origin() -> Response | None:
        # a form or a script of a foreign page may send what changes something, though it cannot read the answer
        origin = request.headers.get("Origin")
        if request.method in ("GET", "HEAD") or origin is None or origin.partition("://")[2] == request.host:
            return None
        return refuse(403, "this request comes from another web site; open the guitar's own page")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response


def host_name(header: str) -> str:
    """Return a Host header without its port and brackets, in lower case."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


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
