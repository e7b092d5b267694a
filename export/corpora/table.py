"""The tables that corpora are published in: comma-separated text whose headers differ in case and spaces."""

from __future__ import annotations

import csv
from pathlib import Path

from export.notes import CorpusError

Row = dict[str, str]


def read_table(path: Path, columns: tuple[str, ...], source: str, delimiter: str = ",") -> list[Row]:
    """Return a table's rows by column, names in lower case without outer spaces.

    Parameters
    ----------
    columns : tuple of str
        That must be there; others may.
    source : str
        Where a person gets the corpus, for the error message.

    Raises
    ------
    CorpusError
        The file is missing, lacks a column or holds no row.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: no such file; get the corpus from {source}")
    # some of these tables were exported by spreadsheets in the code page of their machine; only names suffer
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [c for c in columns if c not in header]
        if missing:
            raise CorpusError(f"{path}: no column {', '.join(missing)}; get the file anew from {source}")
        rows = [dict(zip(header, (cell.strip() for cell in row), strict=False)) for row in reader if any(row)]
    if not rows:
        raise CorpusError(f"{path}: holds no rows; get the file anew from {source}")
    for line, row in enumerate(rows, 2):
        short = [c for c in columns if c not in row]
        if short:
            raise CorpusError(f"{path}, row {line}: ends before column {short[0]}; get the file anew from {source}")
    return rows


def number(row: Row, column: str, path: Path) -> float:
    """Return a cell as a number; CorpusError where it is none."""
    try:
        return float(row[column])
    except ValueError:
        raise CorpusError(f"{path}: {column} is {row[column]!r}, not a number; get the file anew") from None
