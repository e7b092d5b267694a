"""The owner over HTTP: pairing a device, those that are paired, and stage mode.

====================================================  =============================================================
GET /api/owner                                        who the asker is taken for, and whether stage mode is on
POST /api/owner/pair                                  let the lights show a code; its id, length and time
DELETE /api/owner/pair/<id>                           end that
POST /api/owner/answer                                {"code": ["red", …], "id": …}; the answer sets the cookie.
                                                      Without id: a code that `affetto pair` has printed
GET /api/owner/devices                                those that are paired
DELETE /api/owner/devices, /<id>                      forget all of them, or one
POST /api/stage                                       {"on": true} lets nobody change anything until it is off
====================================================  =============================================================

The cookie is HttpOnly and SameSite=Strict, and not Secure, since the guitar's own Wi-Fi has no HTTPS: no authority
gives a certificate to an address such as 192.168.4.1. Who listens there has the passphrase of the Wi-Fi already.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from flask import Blueprint, Flask, Response, current_app, g, request
from msgspec import Meta, Struct

from edge.api.body import read_json
from edge.api.openapi import documented
from edge.api.permission import COOKIE, also_on_stage, asker_of, guests_may, is_owner, refusal
from edge.api.problems import problem
from edge.api.reply import fresh
from edge.errors import OwnerError
from edge.owner.access import Access, Asker
from edge.owner.device_name import device_name
from edge.owner.pairing import LENGTH, SHOWN_S, SHOWN_TRIES, Pairing, PairingError
from edge.rate_limit import Allowance, RateLimit

__all__ = ["also_on_stage", "guests_may", "install", "is_owner"]

COOKIE_S = 400 * 86400
"""As long as browsers keep a cookie at most; it is renewed on each day on which the device is here."""

Symbol = Literal["red", "yellow", "green", "blue"]


class OwnerNow(Struct):
    """What a page needs to know of the owner.

    Is the asker the owner, and why; is stage mode on; are there lights to show a code.
    """

    owner: bool
    because: Literal["paired", "this machine", ""]
    stage: bool
    lights: bool


class Code(Struct, forbid_unknown_fields=True):
    """A code as it was read, and the id under which it is shown, if it is."""

    code: Annotated[tuple[Symbol, ...], Meta(max_length=LENGTH)]
    id: Annotated[str, Meta(max_length=64)] = ""


class CodeShown(Struct):
    """A code is being shown: the id to answer with, how many colours it has, how long it is good, and how often."""

    id: str
    length: int
    seconds: float
    tries: int


class DeviceShown(Struct):
    """A paired device; the days are as 2026-05-17, `this` is the one that asks."""

    id: str
    name: str
    paired_on: str
    seen_on: str
    this: bool


class Devices(Struct):
    """All paired devices, the last paired first."""

    devices: list[DeviceShown]


class Stage(Struct, forbid_unknown_fields=True):
    """Whether nobody may change anything."""

    on: bool


def install(app: Flask, access: Access, pairing: Pairing) -> None:
    """Add the check of who may do what, and the addresses, to `app`."""
    addresses = Blueprint("owner", __name__)
    # on top of the waits of `Pairing`, against lights that blink all the time and a flood of answers
    beginnings = RateLimit(each=Allowance(6, 30.0), total=Allowance(12, 15.0))
    answers = RateLimit(each=Allowance(6, 4.0), total=Allowance(12, 2.0))

    @app.before_request
    def check_owner() -> Response | None:
        g.asker = asker_of(access, request.remote_addr or "", request.headers)
        if not request.path.startswith("/api/") or request.endpoint is None:
            return None
        view = current_app.view_functions[request.endpoint]
        refused = refusal(access, g.asker, view, request.method, request.headers)
        if refused is None:
            return None
        return problem(refused.status, refused.detail, type=refused.type, title=refused.title)

    @app.after_request
    def renew_cookie(response: Response) -> Response:
        asker: Asker | None = g.get("asker")
        if asker is not None and asker.device is not None and access.seen(asker.device):
            _set_cookie(response, request.cookies[COOKIE])
        return response

    @app.errorhandler(OwnerError)
    def trouble(error: OwnerError) -> Response:
        if not isinstance(error, PairingError):
            return problem(507, str(error))
        wait = {"Retry-After": str(math.ceil(error.wait_s))} if error.wait_s else None
        return problem(error.status, str(error), wait)

    @addresses.get("/api/owner")
    @documented(answers={200: OwnerNow})
    @guests_may
    def owner() -> Response:
        """Who the asker is taken for, and whether stage mode is on."""
        asker: Asker = g.asker
        return now(asker)

    @addresses.post("/api/owner/pair")
    @documented(answers={201: CodeShown}, problems=(409, 429))
    @guests_may
    def begin() -> Response:
        """Let the guitar's lights show a code."""
        _count(beginnings)
        return fresh(CodeShown(pairing.begin(), LENGTH, SHOWN_S, SHOWN_TRIES), 201)

    @addresses.delete("/api/owner/pair/<id>")
    @documented(answers={204: None})
    @also_on_stage
    @guests_may
    def cancel(id: str) -> Response:
        """Stop showing a code."""
        pairing.cancel(id)
        return Response(status=204)

    @addresses.post("/api/owner/answer")
    @documented(body=Code, answers={200: OwnerNow}, problems=(409, 429, 507))
    @also_on_stage
    @guests_may
    def answer() -> Response:
        """Make this device the owner's by the code that the lights show or `affetto pair` has printed."""
        given = read_json(Code)
        _count(answers)
        token = pairing.answer(given.code, given.id, device_name(request.headers.get("User-Agent", "")))
        response = now(access.asker("", token))
        _set_cookie(response, token)
        return response

    @addresses.get("/api/owner/devices")
    @documented(answers={200: Devices})
    def devices() -> Response:
        """The paired devices, the last paired first."""
        asker: Asker = g.asker
        mine = asker.device.id if asker.device else ""
        return fresh(
            Devices([DeviceShown(d.id, d.name, d.paired_on, d.seen_on, d.id == mine) for d in access.devices()])
        )

    @addresses.delete("/api/owner/devices")
    @documented(answers={204: None}, problems=(507,))
    def revoke_all() -> Response:
        """Forget all paired devices."""
        access.revoke()
        return Response(status=204)

    @addresses.delete("/api/owner/devices/<id>")
    @documented(answers={204: None}, problems=(507,))
    def revoke(id: str) -> Response:
        """Forget a paired device."""
        return Response(status=204) if access.revoke(id) else problem(404, "this device is not paired any more")

    @addresses.post("/api/stage")
    @documented(body=Stage, answers={200: OwnerNow}, problems=(507,))
    @also_on_stage
    def stage() -> Response:
        """Switch stage mode, in which nobody can change anything."""
        access.set_stage(read_json(Stage).on)
        asker: Asker = g.asker
        return now(asker)

    app.register_blueprint(addresses)

    def now(asker: Asker) -> Response:
        because: Literal["paired", "this machine", ""] = "this machine" if asker.on_machine else ""
        if asker.device:
            because = "paired"
        return fresh(OwnerNow(asker.is_owner, because, access.stage, pairing.can_show))


def _count(limit: RateLimit) -> None:
    if (wait_s := limit.wait_s(request.remote_addr or "")) > 0:
        raise PairingError(f"too many attempts; try again in {math.ceil(wait_s)} s", 429, wait_s)


def _set_cookie(response: Response, token: str) -> None:
    response.set_cookie(COOKIE, token, max_age=COOKIE_S, httponly=True, samesite="Strict")
