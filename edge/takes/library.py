"""The folder in which the takes lie: finds, names, tags, deletes, restores and cleans up."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from edge.config import Takes as Settings
from edge.errors import TakesError
from edge.takes import folders
from edge.takes.catalogue import Catalogue, is_damage, open_catalogue, put_aside
from edge.takes.take import FullError, NoSuchTakeError, Take, TakeState, clean_name, clean_tags
from edge.types import EMOTIONS

log = logging.getLogger(__name__)
T = TypeVar("T")

PRIVATE = 0o700
"""Who may enter the folders: what somebody played is nobody else's business, also on a machine with other users."""

UNDO_S = 3600.0
"""How long a deleted take can be restored, unless its room is needed before."""


def default_folder() -> Path:
    """Where takes lie unless told otherwise."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "affetto" / "takes"


class Library:
    """All takes of one folder, which is made when the first take is. Usable from any thread.

    Raises
    ------
    TakesError
        From every method, in one line: no such take, no permission, no room.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = Path(settings.folder).expanduser() if settings.folder else default_folder()
        self._catalogue: Catalogue | None = None
        self._lock = threading.RLock()
        self._deleted_since: dict[str, float] = {}  # by id, on a clock that does not jump
        self.changes = 0
        """Counts up whenever a take is made, changed or removed here, so that others know when to look again."""

    def open(self) -> None:
        """Finish what was cut off, clean up, and make the catalogue agree with the folder; once, before all else."""
        if self.folder.is_dir():
            if not self.settings.folder:
                # made by an earlier version; a card that knows no permissions refuses
                with contextlib.suppress(OSError):
                    self.folder.chmod(PRIVATE)
            self._do(lambda catalogue: folders.reconcile(catalogue, self.folder))
            self.clean_up()

    def close(self) -> None:
        with self._lock:
            if self._catalogue is not None:
                self._catalogue.close()
                self._catalogue = None

    # -- reading

    def all(self, *, deleted: bool = False) -> list[Take]:
        """Return the takes, newest first; or those that can be restored."""
        if not self.folder.is_dir():
            return []
        return self._do(lambda catalogue: catalogue.all(deleted=deleted))

    def get(self, id: str, *, deleted: bool = False) -> Take:
        """Return a take that is not deleted, or with `deleted`, one that is."""
        take = None
        if folders.ID.fullmatch(id) and self.folder.is_dir():
            take = self._do(lambda catalogue: catalogue.get(id))
        if take is None or (take.deleted_at > 0) != deleted:
            raise NoSuchTakeError("there is no such take; it may have been deleted")
        return take

    def folder_of(self, take: Take) -> Path:
        assert folders.ID.fullmatch(take.id)
        return self.folder / take.id

    def free_mb(self) -> float:
        """Return what is free on the disk for an ordinary user, in megabytes."""
        place = self.folder
        while not place.exists() and place != place.parent:
            place = place.parent
        disk = os.statvfs(place)
        return disk.f_bavail * disk.f_frsize / 1e6

    def minutes(self) -> float:
        """Return how long all takes are together, without those that were deleted."""
        return sum(take.duration_s for take in self.all()) / 60

    # -- changing

    def new(self, origin: str, state: TakeState, name: str = "", **known: Any) -> Take:
        """Make an empty take with a folder of its own."""
        with self._lock:
            try:
                self.folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            except OSError as error:
                raise _refused(self.folder, error) from None

            def make(catalogue: Catalogue) -> Take:
                number = catalogue.next_number()
                take = Take(
                    id=secrets.token_hex(6),
                    number=number,
                    name=clean_name(name) or f"Take {number}",
                    origin=origin,
                    created_at=round(time.time(), 3),
                    state=state,
                    **known,
                )
                self.folder_of(take).mkdir(mode=PRIVATE)
                self._put(catalogue, take)
                return take

            return self._do(make)

    def change(self, id: str, **changes: Any) -> Take:
        """Change a take: `name`, `tags`, `meant`, or what the makers of takes know."""
        if "name" in changes:
            changes["name"] = clean_name(changes["name"])
            if not changes["name"]:
                raise TakesError("name: must not be empty")
        if "tags" in changes:
            changes["tags"] = clean_tags(changes["tags"])
        if changes.get("meant", "") not in ("", *EMOTIONS):
            raise TakesError(f"meant: one of {', '.join(EMOTIONS)}, or empty")
        with self._lock:
            take = replace(self.get(id), **changes)
            self._do(lambda catalogue: self._put(catalogue, take))
            return take

    def finish(self, id: str, model: dict[str, Any], note: str = "", lost_s: float = 0.0) -> Take:
        """Note what has become of a take whose sound is whole; without sound, it fails."""
        take = self.get(id)
        return self.change(
            id, **folders.found(self.folder_of(take)), model=model or take.model, note=note, lost_s=lost_s
        )

    def finish_cut(self) -> None:
        """Finish takes whose recording ended in trouble; for when none is recorded."""
        for take in self.all():
            if take.state is TakeState.RECORDING:
                self._do(functools.partial(folders.recover, root=self.folder, take=take))
                self.changes += 1

    def delete(self, id: str) -> Take:
        """Delete a take; it can be restored until it is cleaned up."""
        with self._lock:
            take = self.get(id)
            if take.state in (TakeState.RECORDING, TakeState.ANALYSING):
                raise TakesError(f"{take.name}: is still {take.state}; stop it first, or wait")
            take = replace(take, deleted_at=round(time.time(), 3))
            self._do(lambda catalogue: self._put(catalogue, take))
            self._deleted_since[id] = time.monotonic()
            return take

    def restore(self, id: str) -> Take:
        with self._lock:
            take = replace(self.get(id, deleted=True), deleted_at=0.0)
            self._do(lambda catalogue: self._put(catalogue, take))
            return take

    def discard(self, id: str) -> None:
        """Remove a take at once, for good."""
        self._do(lambda catalogue: folders.remove(catalogue, self.folder, id))
        self.changes += 1

    def clean_up(self, older_than_s: float = UNDO_S) -> None:
        """Remove what was deleted so long ago, for good.

        The time of day is not asked: on a board without a clock it jumps by years. What was deleted in an earlier run
        counts from when this one finds it.
        """
        now = time.monotonic()
        with self._lock:
            ids = [take.id for take in self.all(deleted=True)]
            self._deleted_since = {id: self._deleted_since.get(id, now) for id in ids}
        for id in ids:
            if now - self._deleted_since[id] >= older_than_s:
                self.discard(id)

    def make_room(self, minutes: float = 0.0, megabytes: float = 0.0) -> None:
        """See that a take of this size can be added; remove what was deleted, and old takes where that is wanted.

        Raises
        ------
        FullError
        """
        settings = self.settings
        if self.free_mb() < settings.min_free_mb + megabytes:
            self.clean_up(0.0)
        if self.free_mb() < settings.min_free_mb + megabytes:
            raise FullError(
                f"the disk is almost full: {self.free_mb():.0f} MB are free and {settings.min_free_mb} must stay so; "
                "delete takes or other files, or set takes.min_free_mb lower"
            )
        if not settings.keep_minutes:
            return
        takes = self.all()
        too_long = sum(take.duration_s for take in takes) / 60 + minutes - settings.keep_minutes
        yielding = []
        for take in reversed(takes) if settings.delete_oldest else ():
            if too_long >= 0 and not take.tags and take.state in (TakeState.READY, TakeState.FAILED):
                yielding.append(take)
                too_long -= take.duration_s / 60
        if too_long >= 0:
            raise FullError(
                f"the takes reach {settings.keep_minutes:g} minutes, as many as may be kept; "
                "delete some, or set takes.keep_minutes higher"
            )
        for take in yielding:
            log.info("deleting take %d (%s) to make room", take.number, take.id)
            self.discard(take.id)

    # -- inside

    def _put(self, catalogue: Catalogue, take: Take) -> None:
        folders.put(catalogue, self.folder, take)
        self.changes += 1

    def _do(self, what: Callable[[Catalogue], T]) -> T:
        """Do something with the catalogue; if it turns out to be damaged, make it anew and do it again."""
        with self._lock, self._in_words():
            try:
                return what(self._open())
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                log.warning("the list of takes is damaged (%s); making it anew from the takes", error)
                self.close()
                put_aside(self.folder)
                return what(self._open())

    def _open(self) -> Catalogue:
        if self._catalogue is None:
            self._catalogue = open_catalogue(self.folder)
            folders.refill(self._catalogue, self.folder)
        return self._catalogue

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise _refused(self.folder, error) from None


def _refused(folder: Path, error: Exception) -> TakesError:
    reason = getattr(error, "strerror", None) or str(error)
    if "full" in reason or "No space" in reason:
        return FullError(f"{folder}: the disk is full; delete takes or other files")
    return TakesError(f"{folder}: cannot be used ({reason}); check the folder, or set takes.folder")
