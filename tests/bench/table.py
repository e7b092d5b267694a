"""Plain tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def show(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    note: str = "",
    put: Callable[[str], object] = print,
) -> None:
    """Print a table: first column to the left, all others to the right."""
    cells = [list(map(str, header)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[k]) for row in cells) for k in range(len(header))]
    put(f"\n{title}")
    for row in cells:
        first, *others = (cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths)))  # noqa: B905
        put("  " + "  ".join([first, *others]))
    if note:
        put(f"  {note}")
