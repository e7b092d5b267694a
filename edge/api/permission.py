"""Who may do what: every address under /api is for the owner, unless its function says that guests may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import g
from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie

from edge.api.guard import host_name, is_certain
from edge.owner.access import Access, Asker

V = TypeVar("V", bound=Callable[..., Any])

COOKIE = "affetto_owner"
STAGE_MODE = "/problems/stage-mode"

_READING = ("GET", "HEAD", "OPTIONS")
_PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")


class Refusal(NamedTuple):
    """The fields of a problem."""

    status: int
    detail: str
    type: str = "about:blank"
    title: str = ""


def guests_may(view: V) -> V:
    """Let everybody use an address. Stands below the route."""
    view.guests_may = True  # type: ignore[attr-defined]
    return view


def also_on_stage(view: V) -> V:
    """Leave an address open in stage mode though it is no mere reading: it changes nothing of the guitar."""
    view.also_on_stage = True  # type: ignore[attr-defined]
    return view


def is_owner() -> bool:
    """Tell whether the request being answered is the owner's."""
    asker: Asker = g.asker
    return asker.is_owner


def refusal(access: Access, asker: Asker, view: object, method: str, headers: Headers) -> Refusal | None:
    """Return what a request is refused with, None if it is allowed."""
    if not asker.is_owner and not getattr(view, "guests_may", False):
        return Refusal(401, "only the owner of this guitar may do that; pair this device on the page first")
    if method in _READING:
        return None
    if asker.device is not None and "Origin" not in headers:
        # a browser always says which page a change comes from; the cookie alone does not prove that it was ours
        return Refusal(403, "a change by a paired device needs the header Origin, as browsers send it")
    if not getattr(view, "also_on_stage", False) and access.stage:
        detail = "stage mode is on: nothing can be changed until the owner switches it off"
        return Refusal(403, detail, STAGE_MODE, "Stage mode")
    return None


def asker_of(access: Access, address: str, headers: Headers) -> Asker:
    """Return who sends a request with these headers from the peer `address`."""
    try:
        token = parse_cookie(headers.get("Cookie", "")).get(COOKIE, "")
    except UnicodeDecodeError:  # no browser sends that
        token = ""
    # a page that came under a name which only points to this machine is as foreign as one that a proxy passed on
    foreign = not is_certain(host_name(headers.get("Host", "")))
    return access.asker(address, token, passed_on=foreign or any(name in headers for name in _PROXY_HEADERS))
