"""Large bodies, for the one address that takes them: bounded, and on the disk of the takes; /tmp may be in memory."""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from flask import Flask, Response, request
from waitress.buffers import FileBasedBuffer, OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error
from werkzeug.formparser import FormDataParser
from werkzeug.test import create_environ

from edge.errors import TakesError

ADDRESS = "/api/takes/upload"

_COPY = 1 << 16


def channel_class(app: Flask, folder: Path, most_bytes: int) -> type[HTTPChannel]:
    """Return a waitress channel that lets `ADDRESS` take `most_bytes`, and receives them into `folder`.

    What `app` refuses before it looks at the body (a guest, a foreign page, stage mode) is refused before the body is
    received.
    """

    class Buffer(OverflowableBuffer):  # type: ignore[misc]  # waitress has no types
        def _set_large_buffer(self) -> None:
            old: Any = self.buf
            self.buf: Any = _File(folder, old)
            if old is not None:
                old.close()
            self.overflowed = True

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        def __init__(self, adj: Any, peer: str) -> None:
            super().__init__(adj)
            self._peer = peer

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.path == ADDRESS and self.command == "POST" and self.body_rcv is not None:
                if (response := _refusal(app, self._peer, self.headers)) is not None:
                    self.error: Any = _RefusedError(response)
                    self.body_rcv: Any = None
                    self.content_length, self.expect_continue = 0, False
                    return
                adjusted: Any = copy.copy(self.adj)
                adjusted.max_request_body_size = most_bytes
                self.adj: Any = adjusted
                self.body_rcv.buf = Buffer(adjusted.inbuf_overflow)

    class Channel(HTTPChannel):  # type: ignore[misc]
        def parser_class(self, adj: Any) -> Parser:
            return Parser(adj, self.addr[0])

    return Channel


class _RefusedError(Error):  # type: ignore[misc]
    """Answers as Flask would have."""

    def __init__(self, response: Response) -> None:
        super().__init__("")
        self._response = response

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        return self._response.status, list(self._response.headers), self._response.get_data()


def _refusal(app: Flask, peer: str, headers: dict[str, str]) -> Response | None:
    sent = {f"HTTP_{name}": value for name, value in headers.items()}
    environment = create_environ(ADDRESS, method="POST", environ_overrides={**sent, "REMOTE_ADDR": peer})
    with app.request_context(environment):
        refused = app.preprocess_request()
        return None if refused is None else app.process_response(app.make_response(refused))


class _File(FileBasedBuffer):  # type: ignore[misc]
    """As waitress's own, in a folder that is on a disk; /tmp may be in memory."""

    def __init__(self, folder: Path, from_buffer: Any = None) -> None:
        self._folder = folder
        super().__init__(self.newfile(), from_buffer)

    def newfile(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile("w+b", dir=self._folder)


@contextlib.contextmanager
def received_file(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file that the request carries, raw or in the field `file` of a form, and what its sender calls it.

    It may be moved away; what is left of it goes at the end.

    Raises
    ------
    TakesError
        There is none, or it cannot be written.
    """
    path: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, place = tempfile.mkstemp(dir=folder, prefix=".upload-")
        path = Path(place)
        with os.fdopen(descriptor, "w+b") as out:
            name = _form(folder, out) if request.mimetype == "multipart/form-data" else _raw(out)
            size = out.tell()
        if size == 0:
            raise TakesError(f"send a sound file as the body of POST {ADDRESS}?name=…, or as field `file` of a form")
        yield path, Path(name.encode("utf-8", "replace").decode()).name[:200] or "upload"
    except OSError as error:
        reason = error.strerror or str(error)
        raise TakesError(f"the file cannot be kept ({reason}); check the folder of the takes") from None
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def _raw(out: IO[bytes]) -> str:
    shutil.copyfileobj(request.stream, out, _COPY)
    return request.args.get("name", "")


def _form(folder: Path, out: IO[bytes]) -> str:
    def receive(*_args: Any, **_named: Any) -> IO[bytes]:
        return tempfile.TemporaryFile("w+b", dir=folder)

    parser = FormDataParser(receive, max_form_parts=8)
    _, _, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    file = files.get("file")
    if file is None:
        return ""
    with contextlib.closing(file):
        shutil.copyfileobj(file.stream, out, _COPY)
    return file.filename or ""
