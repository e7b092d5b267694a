"""Explanations over HTTP: ask why, follow how the answer gets better, and listen to parts of the sound.

====================================================  =============================================================
POST /api/explanations                                ask; 202 and its address. JSON, all of it optional: time_s
                                                      (now), take (an id; time_s is in it then), of, by,
                                                      segments, samples, method, seed, select, gains_db
GET /api/explanations/moments                         what was told of the time that can be asked about
GET /api/explanations/<id>                            state, progress, and the best explanation so far
GET /api/explanations/<id>/events                     the same as server-sent events, until the state is final
GET /api/explanations/<id>/spectrogram.png            the sound's, grey; its edges are under `spectrogram`
GET /api/explanations/<id>/sounds/<file>              one version to listen to, as named under `audio`
DELETE /api/explanations/<id>                         cancel
====================================================  =============================================================
"""

from __future__ import annotations

import io
import itertools
import math
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Flask, Response, request, send_file
from werkzeug.exceptions import NotFound

from edge.api import answers
from edge.api.body import read_json
from edge.api.openapi import Events, documented
from edge.api.permission import also_on_stage, guests_may, is_owner
from edge.api.problems import problem
from edge.api.reply import fresh, not_kept
from edge.errors import ExplainError
from edge.explain.process.jobs import Job, Progress, QueueFullError, UnavailableError
from edge.explain.process.service import Explainer
from edge.explain.request import Request
from edge.mailbox import Mailbox
from edge.rate_limit import Allowance, RateLimit

if TYPE_CHECKING:
    from edge.takes.service import Takes

MOST_FOLLOWERS = 2
"""Streams of refinements that may be open at once; each takes one of the server's spare threads."""

GUEST_ASKS = Allowance(burst=12, every_s=5.0)
GUESTS_ASK = Allowance(burst=24, every_s=2.5)
"""What one guest may ask, and all of them together: an answer takes some seconds of work. The owner may always ask."""

MOST_BYTES = 4096
MOMENT_S = 0.5
WAY_STEPS = 40
HEARTBEAT_S = 1.0
RETRY_MS = 1000


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """As `Request`, and `time_s`, the moment in seconds of the recording, None is now; in `take`, if that names one."""

    time_s: float | None = None
    take: str = ""
    of: str = ""
    by: str = "regions"
    segments: str = ""
    samples: int = 0
    method: str = ""
    seed: int = 0
    select: str = "strongest"
    gains_db: tuple[float, ...] = ()


def install(app: Flask, explainer: Explainer, closing: threading.Event, takes: Takes | None = None) -> None:
    """Add the addresses to `app`; streams end soon after `closing` is set."""
    places = threading.BoundedSemaphore(MOST_FOLLOWERS)
    questions = RateLimit(GUEST_ASKS, GUESTS_ASK)

    @app.post("/api/explanations")
    @documented(body=Question, answers={202: answers.Answer}, problems=(401, 404, 409, 429, 503))
    @also_on_stage
    @guests_may
    def ask() -> Response:
        """Ask why a moment sounds as it does; the answer gets better at the address under Location."""
        asked = read_json(Question, MOST_BYTES)
        try:
            question = _request(asked)
        except ExplainError as error:
            return problem(400, str(error))
        if not is_owner():
            if asked.take:
                return problem(401, "takes are the owner's; pair this device on the page first")
            if (wait_s := questions.wait_s(request.remote_addr or "")) > 0:
                wait = str(math.ceil(wait_s))
                return problem(429, f"many questions are asked here; ask again in {wait} s", {"Retry-After": wait})
        try:
            excerpt = None
            if asked.take:
                if takes is None:
                    raise UnavailableError("there are no takes here")
                excerpt = takes.excerpt(takes.library.get(asked.take), asked.time_s or 0.0)
            job = explainer.ask(question, asked.time_s, excerpt=excerpt)
        except QueueFullError as error:
            return problem(429, str(error), {"Retry-After": "5"})
        except UnavailableError as error:
            return problem(503, str(error))
        except ExplainError as error:
            return problem(409, str(error))
        response = _answer(job, 202)
        response.headers["Location"] = _address(job)
        return response

    @app.get("/api/explanations/moments")
    @documented(answers={200: answers.Moments})
    @guests_may
    def moments() -> Response:
        """What was told of the time that can be asked about, for pages that were away meanwhile."""
        from_s, told = explainer.told(MOMENT_S)
        way = explainer.way(WAY_STEPS)
        return fresh({"from_s": round(from_s, 3), "every_s": MOMENT_S, "told": told, "way": way})

    @app.get("/api/explanations/<hex:id>")
    @documented(answers={200: answers.Answer})
    @guests_may
    def look(id: str) -> Response:
        """How far an answer is, and the best so far."""
        return _answer(_find(id))

    @app.delete("/api/explanations/<hex:id>")
    @documented(answers={200: answers.Answer, 202: answers.Answer})
    @also_on_stage
    @guests_may
    def cancel(id: str) -> Response:
        """Give up a question; 202 while it is still worked on."""
        job = _find(id)
        explainer.cancel(job)
        return _answer(job, 200 if job.now.state.is_over else 202)

    @app.get("/api/explanations/<hex:id>/events")
    @documented(answers={200: Events({"explanation": answers.Answer})}, problems=(503,))
    @guests_may
    def events(id: str) -> Response:
        """Follow an answer until it is final."""
        job = _find(id)
        if not places.acquire(blocking=False):
            return problem(503, f"{MOST_FOLLOWERS} explanations are followed already; close one", {"Retry-After": "5"})
        mailbox = job.news.subscribe()
        response = not_kept(Response(_events(job, mailbox, closing), content_type="text/event-stream; charset=utf-8"))

        @response.call_on_close
        def leave() -> None:
            job.news.unsubscribe(mailbox)
            places.release()

        return response

    @app.get("/api/explanations/<hex:id>/spectrogram.png")
    @documented(answers={200: "image/png"})
    @guests_may
    def spectrogram(id: str) -> Response:
        """The sound that is explained, as a grey picture; its edges are under `spectrogram`."""
        picture = _find(id).picture
        if picture is None:
            raise NotFound
        return send_file(io.BytesIO(picture.png), mimetype="image/png", etag=id, max_age=3600)

    @app.get("/api/explanations/<hex:id>/sounds/<name>")
    @documented(answers={200: "audio/wav", 206: "audio/wav"}, problems=(416,))
    @guests_may
    def sound(id: str, name: str) -> Response:
        """One version of the sound to listen to, as named under `audio`."""
        file = _find(id).sounds.get(name)
        if file is None:
            raise NotFound
        # conditional: browsers ask for ranges, and Safari plays nothing without them
        return send_file(io.BytesIO(file), mimetype="audio/wav", conditional=True, etag=f"{id}-{name}", max_age=3600)

    def _find(id: str) -> Job:
        job = explainer.get(id)
        if job is None:
            raise NotFound
        return job


def _request(asked: Question) -> Request:
    """Return what was asked, checked; raises ExplainError with a line that names what is wrong."""
    return Request(
        of=asked.of,
        by=asked.by,  # type: ignore[arg-type]  # Request looks at it
        segments=asked.segments,
        samples=asked.samples,
        method=asked.method,  # type: ignore[arg-type]
        seed=asked.seed,
        select=asked.select,  # type: ignore[arg-type]
        gains_db=asked.gains_db,
    )


def _address(job: Job) -> str:
    return f"/api/explanations/{job.id}"


def _answer(job: Job, status: int = 200) -> Response:
    return fresh(_document(job, job.now), status)


def _document(job: Job, progress: Progress) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": progress.state,
        "progress": round(progress.fraction, 3),
        "note": progress.note,
        "time_s": round(job.time_s, 3),
        "request": asdict(job.request),
        "spectrogram": job.picture.where() if job.picture is not None else None,
        # as it came: reading and writing it anew would take the interpreter away from the analysis for too long
        "explanation": msgspec.Raw(progress.explanation or b"null"),
    }


def _events(job: Job, mailbox: Mailbox[Progress], closing: threading.Event) -> Iterator[bytes]:
    ids = itertools.count(1)
    progress: Progress | None = job.now
    yield f"retry: {RETRY_MS}\n\n".encode()
    while not closing.is_set():
        if progress is None:
            yield b": still there\n\n"  # writing is how a client that vanished is noticed
        else:
            yield b"event: explanation\nid: %d\ndata: %s\n\n" % (
                next(ids),
                msgspec.json.encode(_document(job, progress)),
            )
            if progress.state.is_over:
                return
        progress = mailbox.take(HEARTBEAT_S)
