"""What the server itself refuses before any view sees it, answered as views answer: too large, no HTTP, not known."""

from __future__ import annotations

from typing import Any

from waitress.task import ErrorTask
from waitress.utilities import (
    BadRequest,
    Error,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
)
from werkzeug.wrappers import Response

from edge.api import guard, problems

_DETAILS: dict[type[Error], str] = {
    RequestEntityTooLarge: "the request is larger than this address takes",
    RequestHeaderFieldsTooLarge: "the headers of the request are too large; delete this site's cookies",
    ServerNotImplemented: "this transfer encoding is not known here; send Content-Length",
    InternalServerError: "something went wrong inside; the log says what",
    BadRequest: "this is not HTTP as it should be",
}


class RefusedTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Tells a client why its request went no further."""

    def execute(self) -> None:
        error: Any = self.request.error
        if not hasattr(self.request, "path"):
            # waitress wants to name it when such a client does not wait for the answer
            self.request.path = "/api"
        if type(error) in _DETAILS:
            # too long a header is not read at all, not even for what is asked
            path = "/api" if error.code == 431 else getattr(self.request, "path", "/api")
            self.request.error = _ToldError(error.code, _DETAILS[type(error)], path)
        super().execute()


class _ToldError(Error):  # type: ignore[misc]
    def __init__(self, status: int, detail: str, path: str) -> None:
        super().__init__("")
        self._status, self._detail, self._path = status, detail, path

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        response: Response = problems.said(self._path, self._status, self._detail)
        response.headers.update(guard.HEADERS)
        return response.status, list(response.headers), response.get_data()
