"""The Flask application: every address that the guitar answers to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from edge.api import answers, explanations, guard, languages, metrics, openapi, owner, page, portal, problems
from edge.api.live import LiveStreams
from edge.api.openapi import Events, documented
from edge.api.owner import guests_may
from edge.api.reply import fresh, not_kept
from edge.config import Web
from edge.explain.process.service import Explainer
from edge.mailbox import Broadcast
from edge.owner.access import Access
from edge.owner.pairing import Lights, Pairing
from edge.types import Prediction

if TYPE_CHECKING:
    from edge.setup.service import Setup
    from edge.takes.service import Takes

STREAMS = "affetto.streams"
"""Where `app.extensions` holds the `LiveStreams`, so that a server can end them."""

UPLOADS = "affetto.uploads"
"""Where it holds the `Library` whose folder receives what is uploaded, if there is one."""

FRESH_S = 2.0


class HexConverter(BaseConverter):
    """Lets only an id stand in a path, so that it is not taken for an address beside it, such as takes/keep."""

    regex = "[0-9a-f]{12}"


def create_app(
    broadcast: Broadcast[Prediction],
    status: Callable[[], dict[str, Any]],
    mirror: Callable[[], list[str]],
    settings: Web,
    explainer: Explainer | None = None,
    takes: Takes | None = None,
    access: Access | None = None,
    lights: Lights | None = None,
    setup: Setup | None = None,
) -> Flask:
    """Build the application.

    Parameters
    ----------
    broadcast
        Where every prediction is published.
    status
        Returns what the service says of itself, ready for JSON; called about once a second for each page.
    mirror
        Returns the colours that the LEDs show now, as "#rrggbb"; called up to ten times a second for each page.
    settings
        `host` is allowed as the name of this machine, `streams` limits the pages that follow live.
    explainer
        Answers what is asked under /api/explanations; without it, there are no such addresses.
    takes
        The same for /api/takes.
    access
        Knows the owner; without it nothing of that outlasts the application.
    lights
        Shows the code by which a device is paired.
    setup
        Answers what the page's part of that name asks; without it, there are no such addresses.
    """
    app = Flask("affetto", static_folder=None)
    app.url_map.converters["hex"] = HexConverter
    streams = LiveStreams(broadcast, status, mirror, settings.streams)
    app.extensions[STREAMS] = streams
    if settings.portal:
        portal.install(app, streams.follows)
    guard.install(app, settings.host)
    problems.install(app)
    access = access or Access(trust_this_machine=settings.trust_this_machine)
    owner.install(app, access, Pairing(access, lights))
    openapi.install(app)
    languages.install(app)
    metrics.install(app, streams)
    page.install(app)
    if explainer is not None:
        explanations.install(app, explainer, streams.closing, takes)
    if takes is not None:
        # only here, since it loads what the rest does without
        from edge.api import takes as takes_addresses

        takes_addresses.install(app, takes)
        app.extensions[UPLOADS] = takes.library
    if setup is not None:
        from edge.api import setup as setup_addresses
        from edge.api import trials

        setup_addresses.install(app, setup)
        trials.install(app, setup)

    @app.get("/api/live")
    @documented(answers={200: Events({"prediction": answers.ToldLive, "status": answers.Status})}, problems=(503,))
    @guests_may
    def live() -> Response:
        """Follow what is heard: predictions up to ten times a second, the service's status once a second."""
        stream = streams.open(request.remote_addr or "")
        if stream is None:
            return problems.problem(
                503,
                f"as many pages as allowed ({settings.streams}) follow already; close one, or set web.streams higher",
                {"Retry-After": "5"},
            )
        response = not_kept(Response(stream, content_type="text/event-stream; charset=utf-8"))
        # not left to the iterator: a HEAD request never starts it
        response.call_on_close(stream.close)
        return response

    @app.get("/api/status")
    @documented(answers={200: answers.Status})
    @guests_may
    def state() -> Response:
        """What the service says of itself."""
        return fresh(streams.status())

    @app.get("/healthz")
    @documented(answers={200: "text/plain", 503: "text/plain"})
    @guests_may
    def health() -> Response:
        """Whether predictions come."""
        well = streams.hears_within(FRESH_S)
        text = "ok\n" if well else f"no prediction for {FRESH_S:g} s: the analysis stands still; see the log\n"
        return Response(text, 200 if well else 503, content_type="text/plain; charset=utf-8")

    return app
