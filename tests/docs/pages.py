"""The pages as data: headings, links, tables and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page of Markdown."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        """Return the blocks of code in these languages."""
        return [code for language, code in _FENCE.findall(self.text) if language in languages]

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """Return the anchors of all headings, as GitHub makes them."""
        found: set[str] = set()
        for title in re.findall(r"^#{1,6} (.+)$", self.prose, re.MULTILINE):
            words = re.sub(r"[^\w\- ]", "", title.lower().replace("`", "")).replace(" ", "-")
            same = 0
            while (anchor := f"{words}-{same}" if same else words) in found:
                same += 1
            found.add(anchor)
        return found

    def section(self, title: str) -> str:
        """Return what stands below a heading, as far as the next one of its kind."""
        found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert found, f"{self.path.name}: no heading “{title}”"
        return found[2]

    def table(self, title: str, number: int = 0) -> list[list[str]]:
        """Return the rows of a table below a heading, without its head; code marks are taken off."""
        rows = re.findall(r"(?:^\|.*\|$\n?)+", self.section(title), re.MULTILINE)[number].splitlines()
        cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]
        return [[cell.replace("`", "") for cell in row] for row in cells]


def page(name: str) -> Page:
    """Return a page of docs by its name without .md."""
    return Page(DOCS / f"{name}.md")
