"""How addresses answer: in JSON, and without any cache keeping what changes."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response


def as_json(value: Any, status: int = 200) -> Response:
    """Return a value as JSON."""
    return Response(msgspec.json.encode(value), status, content_type="application/json")


def fresh(value: Any, status: int = 200) -> Response:
    """Return a value as JSON that is right at this moment only."""
    return not_kept(as_json(value, status))


def not_kept(response: Response) -> Response:
    """Forbid browsers to keep a response."""
    response.headers["Cache-Control"] = "no-store"
    return response
