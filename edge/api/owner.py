"""The owner over HTTP.

====================================================  =============================================================
GET /api/owner                                        who the asker is taken for, and whether stage mode is on
POST /api/stage                                       {"on": true} lets nobody change anything until it is off
====================================================  =============================================================

The cookie is HttpOnly and SameSite=Strict, and not Secure, since the guitar's own Wi-Fi has no HTTPS: no authority
gives a certificate to an address such as 192.168.4.1. Who listens there has the passphrase of the Wi-Fi already.
"""

from __future__ import annotations

import msgspec
from flask import Flask, Response, current_app, g, request

from edge.api.body import read_json
from edge.api.openapi import documented
from edge.api.permission import also_on_stage, asker_of, guests_may, is_owner, refusal
from edge.api.problems import as_json, problem
from edge.owner.access import Access, Asker

__all__ = ["ACCESS", "also_on_stage", "guests_may", "install", "is_owner"]

ACCESS = "affetto.access"
"""Where `app.extensions` holds the `Access`."""


class OwnerNow(msgspec.Struct):
    """What a page needs to know: is it the owner's (`because` "paired" or "this machine"), and is stage mode on?"""

    owner: bool
    because: str
    stage: bool


class Stage(msgspec.Struct, forbid_unknown_fields=True):
    on: bool


def install(app: Flask, access: Access) -> None:
    """Add the check and the addresses to `app`."""
    app.extensions[ACCESS] = access

    @app.before_request
    def check_owner() -> Response | None:
        g.asker = asker_of(access, request.remote_addr or "", request.headers)
        if not request.path.startswith("/api/") or request.endpoint is None:
            return None
        view = current_app.view_functions[request.endpoint]
        refused = refusal(access, g.asker, view, request.method)
        if refused is None:
            return None
        return problem(refused.status, refused.detail, type=refused.type, title=refused.title)

    @app.get("/api/owner")
    @documented(answers={200: OwnerNow})
    @guests_may
    def owner() -> Response:
        """Tell who the asker is taken for."""
        return now()

    @app.post("/api/stage")
    @documented(body=Stage, answers={200: OwnerNow})
    @also_on_stage
    def stage() -> Response:
        """Switch stage mode: read-only for everybody."""
        access.set_stage(read_json(Stage).on)
        return now()

    def now() -> Response:
        asker: Asker = g.asker
        because = "paired" if asker.device else "this machine" if asker.on_machine else ""
        response = as_json(OwnerNow(asker.is_owner, because, access.stage))
        response.headers["Cache-Control"] = "no-store"
        return response
