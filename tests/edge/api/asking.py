"""Requests of a page to the real service, errors included."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.edge.service import RunningService


def ask(service: RunningService, method: str, path: str, body: Any = None, timeout_s: float = 30.0) -> Any:
    """Return the JSON with which a request is answered, and the status of an error as `status` in it."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/toml" if isinstance(body, bytes) else "application/json"
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}", data, {"Content-Type": kind}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)
