"""The files of the page, packed and not."""

from __future__ import annotations

import gzip
import re

import pytest

from edge.api import create_app
from edge.config import Web
from edge.mailbox import Broadcast
from tests.edge.api.playing import mirror, status
from webui import FOLDER

PACKED = {"Accept-Encoding": "gzip, deflate"}


@pytest.mark.parametrize("file", [f for f in sorted(FOLDER.iterdir()) if f.suffix in (".html", ".css", ".js", ".json")])
def test_who_can_unpack_gets_a_third_and_nothing_twice(file) -> None:
    client = create_app(Broadcast(), status, mirror, Web()).test_client()
    plain, packed = client.get(f"/{file.name}"), client.get(f"/{file.name}", headers=PACKED)
    assert gzip.decompress(packed.data) == plain.data == file.read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert packed.content_type == plain.content_type
    assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"] == "no-cache"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for first, headers in ((plain, {}), (packed, PACKED)):
        again = client.get(f"/{file.name}", headers={"If-None-Match": first.headers["ETag"], **headers})
        assert (again.status_code, again.data) == (304, b"")


def test_the_head_says_what_would_come() -> None:
    client = create_app(Broadcast(), status, mirror, Web()).test_client()
    whole, head = client.get("/", headers=PACKED), client.head("/", headers=PACKED)
    assert head.data == b""
    assert dict(head.headers) | {"Date": ""} == dict(whole.headers) | {"Date": ""}


def at_first() -> list[str]:
    """Return what a browser loads before anybody asks for more: what index.html links, and what that imports."""
    index = (FOLDER / "index.html").read_text()
    names, found = ["index.html"], re.findall(r'(?:href|src)="([\w-]+\.(?:css|js|svg))"', index)
    while found:
        if (name := found.pop()) not in names:
            names.append(name)
            found += re.findall(r"^(?:import|export) .*?from '\./([\w-]+\.js)';", (FOLDER / name).read_text(), re.M)
    return names


def test_the_page_is_small() -> None:
    first = at_first()
    assert {"index.html", "main.js", "language.js"} < set(first)
    assert not {"why-view.js", "takes.js", "setup.js"} & set(first)
    assert sum((FOLDER / name).stat().st_size for name in first) < 115_000
    every = [f for f in FOLDER.iterdir() if f.suffix in (".html", ".css", ".js", ".svg", ".json")]
    assert sum(len(gzip.compress(f.read_bytes(), 9)) for f in every) < 150_000


def test_the_first_paint_waits_for_little() -> None:
    waited_for = [name for name in at_first() if name.endswith((".html", ".css"))]
    assert sum(len(gzip.compress((FOLDER / name).read_bytes(), 9)) for name in waited_for) < 20_000


def test_no_module_is_found_only_by_reading_another() -> None:
    # each such finding costs a phone a round trip
    index = (FOLDER / "index.html").read_text()
    linked = set(re.findall(r'(?:href|src)="([\w-]+\.js)"', index))
    assert linked == {name for name in at_first() if name.endswith(".js")}
