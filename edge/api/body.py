"""What a request says, in JSON or in its query, read into a type that says what may stand there."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from flask import request

from edge.errors import RequestError

T = TypeVar("T")

MOST_BYTES = 8192


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No keys."""


def read_json(kind: type[T], most_bytes: int = MOST_BYTES) -> T:
    """Return the JSON of the request that is being answered, as a `kind`; no body at all stands for {}.

    Raises
    ------
    RequestError
        With a line such as "samples: Expected `int`, got `str`", and the status to answer with.
    """
    if (request.content_length or 0) > most_bytes:
        raise RequestError(f"this request has at most {most_bytes} bytes", status=413)
    body = request.get_data()
    if body and request.mimetype != "application/json":
        raise RequestError("send JSON, with Content-Type: application/json", status=415)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise _unusable(error) from None
    except (UnicodeDecodeError, RecursionError):
        raise RequestError("this is no JSON that can be read: not UTF-8, or nested without end") from None


def read_query(kind: type[T]) -> T:
    """Return the parameters of the request's query as a `kind`; what that does not know is ignored.

    Raises
    ------
    RequestError
        With a line such as "most: Expected `int` >= 1".
    """
    try:
        return msgspec.convert(request.args.to_dict(), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unusable(error) from None


def _unusable(error: msgspec.MsgspecError) -> RequestError:
    text, _, place = str(error).partition(" - at `$")
    name = re.sub(r"\W", "", place)
    return RequestError(f"{name}: {text}" if name else text)
