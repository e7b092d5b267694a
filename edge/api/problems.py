"""What is said when a request cannot be answered: problem details (RFC 9457) under /api, a plain line elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from edge.api.reply import fresh
from edge.errors import RequestError

TYPE = "application/problem+json"


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, *, type: str = "about:blank", title: str = ""
) -> Response:
    """Return an error as JSON: `status`, its standard `title`, and in `detail` what happened and what to do."""
    response = fresh(details(status, detail, type, title), status)
    response.content_type = TYPE
    response.headers.update(headers or {})
    return response


def details(status: int, detail: str, type: str = "about:blank", title: str = "") -> dict[str, Any]:
    """Return what a problem's JSON holds; without a `type` of its own, a `title` is that of its status."""
    return {"type": type, "title": title or HTTP_STATUS_CODES[status], "status": status, "detail": detail}


def refuse(status: int, detail: str) -> Response:
    """Answer with an error in the form that fits the path of the request."""
    return said(request.path, status, detail)


def said(path: str, status: int, detail: str) -> Response:
    """Return an error in the form that fits a path."""
    if f"{path}/".startswith("/api/"):
        return problem(status, detail)
    return Response(f"{status} {HTTP_STATUS_CODES[status]}: {detail}\n", status, content_type="text/plain")


def install(app: Flask) -> None:
    """Let every error of `app` be answered this way; what was not foreseen is in the log only."""

    @app.errorhandler(RequestError)
    def unusable(error: RequestError) -> Response:
        return problem(error.status, str(error))

    @app.errorhandler(HTTPException)
    def answer(error: HTTPException) -> Response:
        status = error.code or 500
        detail = {
            404: f"there is no {request.path}; the page is at /",
            405: f"{request.method} is not possible here",
            500: "something went wrong inside; the log says what",
        }.get(status, error.description or "")
        response = refuse(status, detail)
        for name, value in error.get_headers():
            if name in ("Allow", "Content-Range", "Retry-After"):
                response.headers[name] = value
        return response
