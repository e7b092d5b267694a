"""The list of takes: SQLite with a write-ahead log. It can be made anew, since each take's row lies beside it too."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path

import msgspec

from edge.takes.take import Take

log = logging.getLogger(__name__)

FILE = "takes.sqlite"

_OUTER_TROUBLE = (
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS takes (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID
"""


class Catalogue:
    """Takes by their ids. One thread at a time.

    Raises
    ------
    sqlite3.Error
        From every method. `is_damage` tells whether the file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / FILE, check_same_thread=False, isolation_level=None, timeout=5.0)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            # each change is safe on the disk before anybody is told that it was made
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA cache_size = -256")
            self._database.execute(_SCHEMA)
            fault = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise sqlite3.DatabaseError(fault)
            for row in self._database.execute("SELECT document FROM takes"):
                _read(row[0])
        except BaseException:
            self._database.close()
            raise

    def put(self, take: Take) -> None:
        """Add a take, or replace what is known about it."""
        self._database.execute(
            "INSERT OR REPLACE INTO takes VALUES (?, ?, ?, ?)",
            (take.id, take.number, take.deleted_at > 0, msgspec.json.encode(take).decode()),
        )

    def get(self, id: str) -> Take | None:
        row = self._database.execute("SELECT document FROM takes WHERE id = ?", (id,)).fetchone()
        return _read(row[0]) if row else None

    def all(self, *, deleted: bool = False) -> list[Take]:
        """Return the takes, or those that were deleted and can be restored, newest first."""
        rows = self._database.execute(
            "SELECT document FROM takes WHERE deleted = ? ORDER BY number DESC, id", (deleted,)
        )
        return [_read(row[0]) for row in rows]

    def remove(self, id: str) -> None:
        self._database.execute("DELETE FROM takes WHERE id = ?", (id,))

    def next_number(self) -> int:
        return 1 + int(self._database.execute("SELECT coalesce(max(number), 0) FROM takes").fetchone()[0])

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._database.close()


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether an error says that the file is damaged; with no room or no permission, it may be well."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF not in _OUTER_TROUBLE  # the rest of the code says more of the same kind


def open_catalogue(folder: Path) -> Catalogue:
    """Open the catalogue in a folder. A damaged one is put aside, and an empty one takes its place."""
    try:
        return Catalogue(folder)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        log.warning("%s: damaged (%s); making it anew from the takes", FILE, error)
        put_aside(folder)
        return Catalogue(folder)


def put_aside(folder: Path) -> None:
    """Rename a damaged catalogue, for somebody who wants to look at it."""
    (folder / FILE).replace(folder / f"{FILE}.damaged")
    for ending in ("-wal", "-shm"):
        (folder / f"{FILE}{ending}").unlink(missing_ok=True)


def _read(document: str) -> Take:
    try:
        return msgspec.json.decode(document, type=Take)
    except msgspec.DecodeError as error:
        raise sqlite3.DatabaseError(f"a row cannot be read: {error}") from None
