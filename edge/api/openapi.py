"""The description of every address under /api for other programs: OpenAPI 3.1, from what stands beside each route.

A view declares with `documented` what it takes and answers; the first line of its docstring is its summary. The
document is built when it is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from flask import Flask, Response, request
from werkzeug.http import HTTP_STATUS_CODES

from edge import __version__
from edge.api.answers import Id, ProblemDetails
from edge.api.permission import guests_may

View = TypeVar("View", bound=Callable[..., Any])

ADDRESS = "/api/openapi.json"

_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_PART = r"<(?:(\w+):)?(\w+)>"
_REFERENCE = "#/components/schemas/{name}"
_ABOUT = (
    "What a guitar with Affetto hears, and what it can be told to do. Times are in seconds, levels in dB relative to "
    "full scale, probabilities from 0 to 1. Errors are problem details (RFC 9457) whose `detail` says what to do. "
    "Operations without the security requirement are open to everybody on the same network."
)


class Events(NamedTuple):
    """A stream of server-sent events: the type of the JSON in each, by the event's name."""

    by_name: Mapping[str, Any]


class Declared(NamedTuple):
    """What a view says of itself; see `documented`."""

    body: Any
    query: Any
    path: Mapping[str, Any]
    answers: Mapping[int, Any]
    problems: tuple[int, ...]


def documented(
    *,
    answers: Mapping[int, Any],
    body: Any = None,
    query: Any = None,
    path: Mapping[str, Any] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Declare what a view takes and answers. Stands below the route's own decorator.

    Parameters
    ----------
    answers
        By status: a type that msgspec knows for JSON, a media type such as "audio/wav" for anything else, a tuple of
        either, `Events`, or None for no content.
    body
        The same; None when there is none.
    query
        A Struct with a field for each parameter of the query; one without a default is required.
    path
        The type of a part of the path by its name; any text where nothing is said.
    problems
        Status of each error beside those that follow: 401 for owners' views, 403 for all, 404 where the path has
        parts, 400 with a query or a body, 413 and 415 with a body.
    """

    def declare(view: View) -> View:
        view.__dict__["declared"] = Declared(body, query, path or {}, answers, problems)
        return view

    return declare


def install(app: Flask) -> None:
    """Add the address of the document to `app`."""
    written: list[bytes] = []

    @app.get(ADDRESS)
    @documented(answers={200: dict[str, Any]})
    @guests_may
    def openapi() -> Response:
        """This description of all addresses."""
        if not written:
            written.append(msgspec.json.encode(document(app)))
        response = Response(written[0], content_type="application/json")
        response.add_etag()
        response.make_conditional(request)
        return response


def document(app: Flask) -> dict[str, Any]:
    """Return the description of `app`: all rules under /api, and those elsewhere that are documented."""
    rules = [rule for rule in app.url_map.iter_rules()
             if rule.rule.startswith("/api/") or hasattr(app.view_functions[rule.endpoint], "declared")]  # fmt: skip
    schemas = _Schemas([_declared(app.view_functions[rule.endpoint]) for rule in rules])
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(rules, key=lambda rule: rule.rule):
        address = re.sub(_PART, r"{\2}", rule.rule)
        for method in sorted(set(_METHODS) & (rule.methods or set())):
            operation = _operation(rule.rule, method.lower(), app.view_functions[rule.endpoint], schemas)
            paths.setdefault(address, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Affetto", "version": __version__, "summary": "A guitar that says what it hears, and why",
                 "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"owner": {"type": "apiKey", "in": "cookie", "name": "affetto_owner"}},
        },
    }  # fmt: skip


def _declared(view: Callable[..., Any]) -> Declared:
    return getattr(view, "declared", Declared(None, None, {}, {200: "*/*"}, ()))


def _operation(rule: str, method: str, view: Callable[..., Any], schemas: _Schemas) -> dict[str, Any]:
    declared = _declared(view)
    summary, _, more = (view.__doc__ or "").strip().partition("\n")
    address, parts = re.sub(_PART, r"{\2}", rule), re.findall(_PART, rule)
    owners = not getattr(view, "guests_may", False)
    parameters = [
        {"name": name, "in": "path", "required": True,
         "schema": schemas.of(declared.path.get(name, Id if converter else _Text))}
        for converter, name in parts
    ]  # fmt: skip
    parameters += schemas.parameters(declared.query)
    answers = {str(status): _answer(status, kind, schemas) for status, kind in declared.answers.items()}
    problems = {403, *declared.problems}
    problems |= {401} if owners else set()
    problems |= {404} if parts else set()
    problems |= {400} if declared.query is not None or declared.body is not None else set()
    problems |= {413, 415} if declared.body is not None else set()
    for status in sorted(problems):
        answers[str(status)] = {
            "description": HTTP_STATUS_CODES[status],
            "content": {"application/problem+json": {"schema": schemas.of(ProblemDetails)}},
        }
    operation: dict[str, Any] = {
        "operationId": f"{method}_{re.sub(r'[^a-z0-9]+', '_', address.lower()).strip('_')}",
        "summary": summary,
        "tags": [address.removeprefix("/api/").strip("/").partition("/")[0].partition(".")[0]],
        "responses": answers,
    }
    if more.strip():
        operation["description"] = re.sub(r"\s+", " ", more).strip()
    if parameters:
        operation["parameters"] = parameters
    if declared.body is not None:
        optional = not isinstance(declared.body, str | tuple) and not schemas.requires(declared.body)
        operation["requestBody"] = {"required": not optional, "content": _content(declared.body, schemas)}
    if owners:
        operation["security"] = [{"owner": []}]
    return operation


def _answer(status: int, kind: Any, schemas: _Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTP_STATUS_CODES[status]}
    if kind is not None:
        answer["content"] = _content(kind, schemas)
    return answer


def _content(kind: Any, schemas: _Schemas) -> dict[str, Any]:
    if isinstance(kind, Events):
        events = {name: schemas.of(type) for name, type in kind.by_name.items()}
        return {"text/event-stream": {"schema": {"type": "string"}, "x-events": events}}
    kinds = kind if isinstance(kind, tuple) else (kind,)
    content: dict[str, Any] = {}
    for name in kinds:
        if isinstance(name, str):
            content[name] = {"schema": {"type": "string"}} if name.startswith("text/") else {}
    any_of = [schemas.of(type) for type in kinds if not isinstance(type, str)]
    if any_of:
        content["application/json"] = {"schema": any_of[0] if len(any_of) == 1 else {"anyOf": any_of}}
    return content


class _Schemas:
    """The JSON Schemas of all types that views declare, each with the first paragraph of its docstring."""

    def __init__(self, declared: list[Declared]) -> None:
        kinds: list[Any] = [ProblemDetails, Id, _Text]
        for one in declared:
            kinds += [one.query, *one.path.values()]
            for kind in (one.body, *one.answers.values()):
                several = tuple(kind.by_name.values()) if isinstance(kind, Events) else kind
                kinds += several if isinstance(kind, tuple) else [kind]
        self._kinds = [kind for kind in kinds if not (kind is None or isinstance(kind, str))]
        schemas, self.components = msgspec.json.schema_components(self._kinds, ref_template=_REFERENCE)
        self._schemas = list(schemas)
        for component in self.components.values():
            if "description" in component:
                component["description"] = _first_paragraph(component["description"])

    def of(self, kind: Any) -> dict[str, Any]:
        return self._schemas[self._kinds.index(kind)]

    def requires(self, kind: Any) -> bool:
        """Whether some field of a type must be given."""
        return bool(self._whole(kind).get("required"))

    def parameters(self, query: Any) -> list[dict[str, Any]]:
        if query is None:
            return []
        whole = self._whole(query)
        needed = whole.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in needed, "schema": schema}
            for name, schema in whole["properties"].items()
        ]

    def _whole(self, kind: Any) -> dict[str, Any]:
        schema = self.of(kind)
        whole: dict[str, Any] = self.components.get(schema.get("$ref", "").rpartition("/")[2], schema)
        return whole


def _first_paragraph(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().partition("\n\n")[0])
