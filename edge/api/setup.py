"""Setting up over HTTP: settings, backup, first steps, and how the guitar is doing.

====================================================  =============================================================
GET, PATCH /api/settings                              look, with limits and descriptions; change some keys
POST /api/restart                                     start the service anew, which takes a second
GET /api/backup, POST /api/restore, /restore/undo     the settings file, to save; take it back
GET /api/setup, POST /api/setup/done                  whether the first steps are still to be shown
GET /api/hotspot, /hotspot/wifi.svg, /page.svg        the guitar's own Wi-Fi and the page's address, as QR codes
GET /api/model                                        the model's card and figures
GET /api/doctor                                       the self-test; takes some seconds
GET /api/logs                                         the last lines of the log, ?after= a number only newer ones
====================================================  =============================================================
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

import msgspec
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import NotFound

from edge.api.body import Nothing, read_json, read_query
from edge.api.openapi import documented
from edge.api.permission import guests_may
from edge.api.reply import fresh, not_kept
from edge.config import Config
from edge.errors import RequestError
from edge.setup import settings as kept
from edge.setup.card import ModelCard
from edge.setup.hotspot import Hotspot
from edge.setup.logs import Line
from edge.setup.service import Setup

MOST_TOML_BYTES = 65536


class SettingsNow(msgspec.Struct, kw_only=True):
    """The settings as they are saved, what of them needs a restart, and what the last change has put into force."""

    file: str
    note: str
    values: Config
    fixed: dict[str, str]
    restart_needed: list[str]
    applied: list[str]
    can_undo: bool


class SettingsWhole(SettingsNow, kw_only=True):
    """The same with the defaults and the JSON schema of each key, by section."""

    defaults: Config
    schema: dict[str, dict[str, Any]]


class Restarting(msgspec.Struct):
    """Where the page is afterwards; "" for where it is now."""

    restarting: bool
    url: str


class FirstSteps(msgspec.Struct):
    """Whether the first steps are still to be shown."""

    first_run: bool


class Finding(msgspec.Struct):
    """One line of the self-test: `remedy` says what to do, or is ""."""

    check: str
    result: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str


class Findings(msgspec.Struct):
    """What the self-test found, and the seconds it took."""

    findings: list[Finding]
    took_s: float


class LogLines(msgspec.Struct):
    """Lines of the log, oldest first, and the number of the last one."""

    lines: list[Line]
    last: int


class After(msgspec.Struct):
    after: Annotated[int, msgspec.Meta(ge=0, description="Only lines newer than the one with this number.")] = 0


def install(app: Flask, setup: Setup) -> None:
    """Add the addresses to `app`."""
    addresses = Blueprint("setup", __name__)
    settings = setup.settings

    @addresses.get("/api/settings")
    @documented(answers={200: SettingsWhole})
    def look() -> Response:
        """All settings, with limits, descriptions and defaults."""
        return fresh(SettingsWhole(**_settings([]), defaults=Config(), schema=kept.schema()))

    @addresses.patch("/api/settings")
    @documented(body=kept.Changes, answers={200: SettingsNow}, problems=(409, 503, 507))
    def change() -> Response:
        """Change some settings.

        A value of null gives a key its default again. What cannot be put into force at once is named by
        `restart_needed`. After an error, nothing has changed.
        """
        return _changed(settings.change(read_json(kept.Changes)))

    @addresses.post("/api/restart")
    @documented(body=Nothing, answers={202: Restarting}, problems=(409,))
    def restart() -> Response:
        """Start the service anew."""
        read_json(Nothing)
        setup.restart()
        wanted, now = settings.wanted.web, settings.in_force.web
        moved = (wanted.host, wanted.port) != (now.host, now.port)
        name = request.host.rpartition(":")[0] or request.host
        return fresh(Restarting(True, f"http://{name}:{wanted.port}/" if moved else ""), 202)

    @addresses.get("/api/backup")
    @documented(answers={200: "application/toml"})
    def backup() -> Response:
        """The settings file, to save."""
        response = Response(settings.text, content_type="application/toml; charset=utf-8")
        name = f"affetto-settings-{time.strftime('%Y-%m-%d')}.toml"
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        return not_kept(response)

    @addresses.post("/api/restore")
    @documented(body="application/toml", answers={200: SettingsNow}, problems=(503, 507))
    def restore() -> Response:
        """Take a settings file that was saved; the present one is kept until that is undone."""
        if (request.content_length or 0) > MOST_TOML_BYTES:
            raise RequestError(f"a settings file has at most {MOST_TOML_BYTES} bytes", status=413)
        try:
            text = request.get_data().decode("utf-8")
        except UnicodeDecodeError:
            raise RequestError("this is no settings file: it is not text") from None
        if not text.strip():
            raise RequestError("send a settings file, as GET /api/backup returns it, as the body")
        return _changed(settings.restore(text))

    @addresses.post("/api/restore/undo")
    @documented(body=Nothing, answers={200: SettingsNow}, problems=(409, 503, 507))
    def undo() -> Response:
        """Take back the last restore."""
        read_json(Nothing)
        return _changed(settings.undo())

    @addresses.get("/api/setup")
    @documented(answers={200: FirstSteps})
    @guests_may
    def first_steps() -> Response:
        """Whether the first steps are still to be shown."""
        return fresh(FirstSteps(not settings.in_force.web.setup_done))

    @addresses.post("/api/setup/done")
    @documented(body=Nothing, answers={200: FirstSteps}, problems=(503, 507))
    def done() -> Response:
        """Note that the first steps were gone through or skipped."""
        read_json(Nothing)
        settings.change({"web": {"setup_done": True}})
        return fresh(FirstSteps(False))

    @addresses.get("/api/hotspot")
    @documented(answers={200: Hotspot})
    def hotspot() -> Response:
        """Name and passphrase of the guitar's own Wi-Fi, and where the page is."""
        return fresh(setup.hotspot(request.host))

    @addresses.get("/api/hotspot/wifi.svg")
    @documented(answers={200: "image/svg+xml"}, problems=(404,))
    def wifi_code() -> Response:
        """The QR code by which a phone joins the guitar's Wi-Fi."""
        return _picture(setup.wifi_code())

    @addresses.get("/api/hotspot/page.svg")
    @documented(answers={200: "image/svg+xml"}, problems=(404,))
    def page_code() -> Response:
        """The QR code of the page's address, for a device in the same network."""
        return _picture(setup.page_code(request.host))

    @addresses.get("/api/model")
    @documented(answers={200: ModelCard})
    def model() -> Response:
        """The model's card, with the figures of the one that comes with Affetto."""
        return fresh(setup.model_card())

    @addresses.get("/api/doctor")
    @documented(answers={200: Findings}, problems=(429, 503))
    def doctor() -> Response:
        """The self-test, as `affetto doctor` does it; takes some seconds."""
        findings, took_s = setup.examine()
        return fresh(Findings(msgspec.convert(findings, list[Finding]), took_s))

    @addresses.get("/api/logs")
    @documented(query=After, answers={200: LogLines})
    def logs() -> Response:
        """The last lines of the log."""
        lines = setup.logs.after(asked := read_query(After).after)
        return fresh(LogLines(lines, lines[-1].id if lines else asked))

    app.register_blueprint(addresses)

    def _settings(applied: list[str]) -> dict[str, Any]:
        return {
            "file": str(settings.origin.path),
            "note": settings.note,
            "values": settings.wanted,
            "fixed": {key: settings.origin.options.get(key, "") for key in settings.origin.given},
            "restart_needed": settings.restart_needed,
            "applied": applied,
            "can_undo": settings.can_undo,
        }

    def _changed(applied: list[str]) -> Response:
        return fresh(SettingsNow(**_settings(applied)))


def _picture(svg: bytes | None) -> Response:
    if svg is None:
        raise NotFound
    return not_kept(Response(svg, content_type="image/svg+xml"))
