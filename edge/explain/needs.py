"""What explanations need beyond what live playing does: the libraries of the `explain` extra."""

from __future__ import annotations

from importlib.util import find_spec

from edge.errors import ExplainError

NEEDED = ("lime", "matplotlib", "scipy", "skimage", "sklearn")
"""Their modules. All or nothing: one extra brings them."""


def what_is_missing(who: str = "explanations") -> str:
    """Say in one line which of them `who` lacks, without importing any; "" when all are there."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    return f"{who} need {', '.join(absent)}: pip install 'affetto[explain]'" if absent else ""


def check_needs(who: str = "explanations") -> None:
    """Raise `ExplainError`, with that line, unless all are there."""
    line = what_is_missing(who)
    if line:
        raise ExplainError(line)
