"""Finds every text of the page that a visitor may read, where it is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from playwright.sync_api import Page

from edge.explain.sound.sources import ATTACK, REGISTERS, STRINGS
from edge.setup.settings import schema
from edge.setup.verdict import TEXTS
from webui import FOLDER

EDGE = FOLDER.parent / "edge"
ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "label")

_TEXT = r"'((?:[^'\\\n]|\\.)*)'"
_LITERAL = re.compile(rf"(?<![\w.])t\(\s*{_TEXT}")
_COUNTED = re.compile(rf"(?<![\w.])plural\([^'\"`]+{_TEXT},\s*{_TEXT}")
_TOLD = re.compile(r"known\('[^']+', \[(.*?)\]\);", re.DOTALL)
_ONLY_ENGLISH = re.compile(
    r"\b([Tt]he|of|is|are|and|with|by|[Hh]eard|[Pp]laying|[Tt]his|from|usual|[Nn]obody|[Ww]hat)\b"
)
_SAID = re.compile(r'(?<!\w)say\(\s*"([^"\n]+)"')


class _Texts(HTMLParser):
    """Collects what `translate` in webui/language.js would translate."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._left: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._left or ("translate", "no") in attrs:
            self._left.append(tag)
        else:
            self.found += [value for name, value in attrs if name in ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if self._left and self._left[-1] == tag:
            self._left.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._left:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self._left:
            self.found.append(" ".join(data.split()))


def of_markup() -> set[str]:
    return {text for path in FOLDER.glob("*.html") for text in _Texts(path.read_text()).found}


def of_code() -> set[str]:
    """Return the literals given to `t`, and for `plural` the one for many."""
    literals = {_unescaped(text) for path in FOLDER.glob("*.js") for text in _LITERAL.findall(path.read_text())}
    return literals | counted()


def counted() -> set[str]:
    """Return what depends on a count."""
    return {_unescaped(many) for path in FOLDER.glob("*.js") for _, many in _COUNTED.findall(path.read_text())}


def told() -> set[str]:
    """Return what the page knows of the guitar's own sentences and names."""
    code = (FOLDER / "told.js").read_text()
    return {_unescaped(text) for part in _TOLD.findall(code) for text in re.findall(_TEXT, part)}


def of_explanations() -> set[str]:
    found = {text for path in (EDGE / "explain" / "told").glob("*.py") for text in _SAID.findall(path.read_text())}
    return found | {f"the {name.split(',')[0]}" for name in (ATTACK, *REGISTERS, *STRINGS)}


def of_check() -> set[str]:
    """Return what the guided check of the input may find."""
    return set(TEXTS.values())


def of_settings() -> set[str]:
    """Return the names of all settings, which stand for their descriptions."""
    return {f"{section}.{key}" for section, about in schema().items() for key in about}


def needed() -> set[str]:
    """Return what a dictionary must hold: all that has words."""
    found = of_markup() | of_code() | told() | of_explanations() | of_check() | of_settings()
    return {text for text in found if re.search(r"[^\W\d_]", re.sub(r"\{\w+\}", "", text))}


def dictionaries() -> Iterator[tuple[Path, dict[str, str | dict[str, str]]]]:
    for path in sorted(FOLDER.glob("lang-*.json")):
        yield path, json.loads(path.read_text())


def english_in(page: Page, selector: str) -> list[str]:
    """Return what a visitor may read or hear in English below an element, names of devices and files aside."""
    found: list[str] = page.locator(selector).evaluate(
        """(root, names) => {
            const said = [];
            const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
            for (let node = walker.currentNode; node; node = walker.nextNode()) {
                const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
                if (element.closest('[translate=no], [hidden], code')) continue;
                if (node.nodeType === Node.TEXT_NODE) said.push(node.data.trim());
                else said.push(...names.map((name) => node.getAttribute(name)));
            }
            return said.filter(Boolean);
        }""",
        [*ATTRIBUTES, "aria-valuetext"],
    )
    own = {text for _, said in dictionaries() for text in said.values() if isinstance(text, str)}
    keys = needed() - own
    return [text for text in found if (len(text) > 1 and " ".join(text.split()) in keys) or _english(text)]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def _english(text: str) -> bool:
    return bool(_ONLY_ENGLISH.search(re.sub(r"\S*/\S*", "", text)))  # in the names of files, too


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
