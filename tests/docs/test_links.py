"""Every link of the documents leads somewhere, and every document is reached from the README."""

from __future__ import annotations

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, Page

ELSEWHERE = (ROOT / "edge/explain/README.md", ROOT / "edge/models/README.md")
ALL = [Page(path) for path in (*PAGES, *ELSEWHERE)]


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Page) -> None:
    broken = []
    for link in page.links():
        parts = urlsplit(link)
        if parts.scheme:
            if parts.scheme not in ("https", "http") or not parts.netloc:
                broken.append(link)
            continue
        target = (page.path.parent / parts.path).resolve() if parts.path else page.path
        there = target.is_relative_to(ROOT) and target.exists()
        if not there or (parts.fragment and parts.fragment not in Page(target).anchors()):
            broken.append(link)
    assert broken == []


def test_every_page_and_every_example_is_reached() -> None:
    linked = {(p.path.parent / urlsplit(link).path).resolve() for p in ALL for link in p.links()}
    offered = {*DOCS.glob("*.md"), *(DOCS / "examples").glob("*.*"), *(DOCS / "pictures").glob("*.[sp][vn]g")}
    assert offered - linked == set()
    from_readme = {(ROOT / urlsplit(link).path).resolve() for link in Page(ROOT / "README.md").links()}
    assert set(DOCS.glob("*.md")) - from_readme == set()


def test_pictures_say_what_they_show_to_those_who_cannot_see_them() -> None:
    for page in ALL[: len(PAGES)]:
        for text in re.findall(r"!\[([^\]]*)\]", page.prose):
            assert len(text) > 8, f"{page.path.name}: {text!r}"


def test_the_picture_of_the_lights_is_what_the_lights_show() -> None:
    script = "import sys; sys.path.insert(0, 'docs/pictures'); import lights; sys.stdout.write(lights.picture())"
    drawn = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (DOCS / "pictures/lights.svg").read_text("utf-8") == drawn.stdout, "run python docs/pictures/lights.py"


@pytest.mark.parametrize("page", ALL[: len(PAGES)], ids=lambda page: page.path.name)
def test_files_that_are_named_are_there(page: Page) -> None:
    named = re.findall(r"`((?:edge|export|tests|webui|systemd|docs)/[\w./-]+)`", page.prose)
    assert [path for path in named if "NAME" not in path and not (ROOT / path).exists()] == []


def test_the_glossary_is_in_order_and_each_word_has_its_meaning() -> None:
    rows = Page(DOCS / "architecture.md").table("Glossary")
    words = [word for word, _ in rows]
    assert words == sorted(set(words))
    assert all(len(meaning) > 15 for _, meaning in rows)
