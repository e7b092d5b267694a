"""The threat model promises nothing that is not tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def functions_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_each_defence_names_a_test_that_there_is() -> None:
    assert len(NAMED) > 40
    missing = [f"{file}::{name}" for file, name in NAMED
               if not (ROOT / file).exists() or name not in functions_in(ROOT / file)]  # fmt: skip
    assert missing == []


def test_each_stranger_has_defences_and_something_left() -> None:
    sections = TEXT.split("\n## ")[1:]
    assert len(sections) == 7
    for section in sections:
        assert "`tests/" in section, section.splitlines()[0]
        assert "*Left*" in section or "*Then*" in section, section.splitlines()[0]


def test_what_it_names_can_be_typed() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {name for name in re.findall(r"`make ([\w-]+)`", TEXT)} <= targets
