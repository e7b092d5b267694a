"""The files of the page, packed for those who can unpack them: the first paint on a phone waits for their bytes."""

from __future__ import annotations

import functools
import gzip

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from webui import FOLDER

_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


def install(app: Flask) -> None:
    """Add the addresses of the page to `app`."""

    @app.get("/")
    def index() -> Response:
        return page_file("index.html")

    @app.get("/<name>")
    def page_file(name: str) -> Response:
        content_type = _CONTENT_TYPES.get(name[name.rfind(".") :])
        if content_type is None:
            raise NotFound
        # without a max_age the browser asks each time and gets a 304 by its ETag: an update shows at once
        response = send_from_directory(FOLDER, name, mimetype=content_type)
        response.content_type = content_type
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.accept_encodings["gzip"]:
            response = _pack(response, name)
        return response


def _pack(response: Response, name: str) -> Response:
    etag, _ = response.get_etag()
    packed = Response(_packed(name, etag or ""), headers=response.headers)
    packed.headers["Content-Encoding"] = "gzip"
    packed.headers.pop("Content-Length")
    packed.set_etag(f"{etag}-gzip")
    response.close()
    packed.make_conditional(request)
    return packed


@functools.lru_cache(maxsize=128)
def _packed(name: str, _etag: str) -> bytes:
    """Pack a file once for each of its versions; the whole page is some 60 kB."""
    return gzip.compress((FOLDER / name).read_bytes(), 9, mtime=0)
