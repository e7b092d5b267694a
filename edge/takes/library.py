"""The folder in which the takes lie: finds, names, tags, deletes, restores and cleans up."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import soundfile
from msgspec.structs import replace

from edge.analysis import mean_of
from edge.config import Takes as Settings
from edge.config_file import write_atomically
from edge.errors import TakesError
from edge.takes.catalogue import Catalogue, open_catalogue, put_aside
from edge.takes.recording import PART, SOUND, STEPS
from edge.takes.repair import repair
from edge.takes.steps import played, read_steps, timeline
from edge.takes.take import FullError, NoSuchTakeError, Take, TakeState
from edge.types import EMOTIONS

log = logging.getLogger(__name__)
T = TypeVar("T")

DOCUMENT = "take.json"
UNDO_S = 3600.0
"""How long a deleted take can be restored, unless its room is needed before."""

MOST_NAME = 120
MOST_TAGS = 16
MOST_TAG = 40

CUT_OFF = "cut off while it was recorded"

_WORTH_KEEPING = 100_000
"""Bytes of a sound, a second or more, that stay although nothing can be read, for somebody who can."""

_ID = re.compile(r"[0-9a-f]{12}")


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

    def open(self) -> None:
        """Finish what was cut off, clean up, and make the catalogue agree with the folder; once, before all else."""
        if self.folder.is_dir():
            self._do(self._reconcile)
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
        if _ID.fullmatch(id) and self.folder.is_dir():
            take = self._do(lambda catalogue: catalogue.get(id))
        if take is None or (take.deleted_at > 0) != deleted:
            raise NoSuchTakeError("there is no such take; it may have been deleted")
        return take

    def folder_of(self, take: Take) -> Path:
        assert _ID.fullmatch(take.id)
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
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _refused(self.folder, error) from None

            def make(catalogue: Catalogue) -> Take:
                number = catalogue.next_number()
                take = Take(
                    id=secrets.token_hex(6),
                    number=number,
                    name=_name(name) or f"Take {number}",
                    origin=origin,
                    created_at=round(time.time(), 3),
                    state=state,
                    **known,
                )
                self.folder_of(take).mkdir()
                self._put(catalogue, take)
                return take

            return self._do(make)

    def change(self, id: str, **changes: Any) -> Take:
        """Change a take: `name`, `tags`, `meant`, or what the makers of takes know."""
        if "name" in changes:
            changes["name"] = _name(changes["name"])
            if not changes["name"]:
                raise TakesError("name: must not be empty")
        if "tags" in changes:
            changes["tags"] = _tags(changes["tags"])
        if changes.get("meant", "") not in ("", *EMOTIONS):
            raise TakesError(f"meant: one of {', '.join(EMOTIONS)}, or empty")
        with self._lock:
            take = replace(self.get(id), **changes)
            self._do(lambda catalogue: self._put(catalogue, take))
            return take

    def finish(self, id: str, model: dict[str, Any], note: str = "", lost_s: float = 0.0) -> Take:
        """Note what has become of a take whose sound is whole; without sound, it fails."""
        take = self.get(id)
        return self.change(id, **self._found(take), model=model or take.model, note=note, lost_s=lost_s)

    def finish_cut(self) -> None:
        """Finish takes whose recording ended in trouble; for when none is recorded."""
        for take in self.all():
            if take.state is TakeState.RECORDING:
                self._do(functools.partial(self._recover, take=take))

    def delete(self, id: str) -> Take:
        """Delete a take; it can be restored until it is cleaned up."""
        with self._lock:
            take = self.get(id)
            if take.state in (TakeState.RECORDING, TakeState.ANALYSING):
                raise TakesError(f"{take.name}: is still {take.state}; stop it first, or wait")
            take = replace(take, deleted_at=round(time.time(), 3))
            self._do(lambda catalogue: self._put(catalogue, take))
            return take

    def restore(self, id: str) -> Take:
        with self._lock:
            take = replace(self.get(id, deleted=True), deleted_at=0.0)
            self._do(lambda catalogue: self._put(catalogue, take))
            return take

    def discard(self, id: str) -> None:
        """Remove a take at once, for good."""
        self._do(lambda catalogue: self._remove(catalogue, id))

    def clean_up(self, older_than_s: float = UNDO_S) -> None:
        """Remove what was deleted so long ago, for good; a clock that was set back keeps it longer."""
        for take in self.all(deleted=True):
            if time.time() - take.deleted_at >= older_than_s:
                self.discard(take.id)

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

    def _found(self, take: Take) -> dict[str, Any]:
        """Return what the files of a take say about it."""
        folder = self.folder_of(take)
        try:
            info = soundfile.info(folder / SOUND)
        except (soundfile.LibsndfileError, OSError, RuntimeError):
            return {"state": TakeState.FAILED}
        steps = read_steps(folder / STEPS)
        whole = mean_of(steps["probabilities"][played(steps)])
        return {
            "state": TakeState.READY,
            "rate_hz": info.samplerate,
            "channels": info.channels,
            "duration_s": round(info.frames / info.samplerate, 3),
            "bytes": sum(file.stat().st_size for file in folder.iterdir()),
            "label": whole["label"],
            "probabilities": whole["probabilities"],
            "timeline": timeline(steps, info.frames / info.samplerate),
        }

    def _reconcile(self, catalogue: Catalogue) -> None:
        known = {take.id: take for deleted in (False, True) for take in catalogue.all(deleted=deleted)}
        there = {entry.name for entry in self.folder.iterdir() if entry.is_dir() and _ID.fullmatch(entry.name)}
        for id in known.keys() - there:
            catalogue.remove(id)
        for id in sorted(there, key=lambda id: (self.folder / id).stat().st_mtime):
            take = known.get(id) or self._from_folder(catalogue, id)
            if id not in known or take.state in (TakeState.RECORDING, TakeState.ANALYSING):
                self._recover(catalogue, take)

    def _from_folder(self, catalogue: Catalogue, id: str) -> Take:
        """Return a take that the catalogue does not know as its folder tells of it."""
        folder = self.folder / id
        with contextlib.suppress(OSError, msgspec.DecodeError):
            take = msgspec.json.decode((folder / DOCUMENT).read_bytes(), type=Take)
            if take.id == id:
                return take
        number = catalogue.next_number()
        created_at = round(folder.stat().st_mtime, 3)
        return Take(
            id=id,
            number=number,
            name=f"Take {number}",
            origin="recorded",
            created_at=created_at,
            state=TakeState.RECORDING,
        )

    def _recover(self, catalogue: Catalogue, take: Take) -> None:
        """Make a take of what its folder holds; one without sound worth keeping is removed."""
        folder = self.folder_of(take)
        part = folder / PART
        cut_at = part.stat().st_size if part.exists() else 0
        # what was uploaded and is not analysed yet is still at the person who sent it
        unfinished = take.state is TakeState.ANALYSING and not (folder / SOUND).exists()
        if unfinished or not repair(folder):
            if unfinished or cut_at < _WORTH_KEEPING:
                log.info("removing take %d (%s), of which no sound is there", take.number, take.id)
                self._remove(catalogue, take.id)
                return
            take = replace(take, note="damaged: nothing of its sound can be read")
        elif take.state is not TakeState.READY:
            log.info("take %d (%s) was cut off; it has been finished", take.number, take.id)
            take = replace(take, note=CUT_OFF)
        self._put(catalogue, replace(take, **self._found(take)))

    def _put(self, catalogue: Catalogue, take: Take) -> None:
        write_atomically(self.folder_of(take) / DOCUMENT, msgspec.json.encode(take).decode() + "\n")
        catalogue.put(take)

    def _remove(self, catalogue: Catalogue, id: str) -> None:
        catalogue.remove(id)
        shutil.rmtree(self.folder / id, ignore_errors=True)

    def _do(self, what: Callable[[Catalogue], T]) -> T:
        """Do something with the catalogue; if it turns out to be damaged, make it anew and do it again."""
        with self._lock, self._in_words():
            try:
                return what(self._open())
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                log.warning("the list of takes is damaged (%s); making it anew from the takes", error)
                self.close()
                put_aside(self.folder)
                return what(self._open())

    def _open(self) -> Catalogue:
        if self._catalogue is None:
            self._catalogue = open_catalogue(self.folder)
            self._catalogue_made_anew(self._catalogue)
        return self._catalogue

    def _catalogue_made_anew(self, catalogue: Catalogue) -> None:
        """Fill an empty catalogue from the folders; a recording that runs is left alone."""
        if catalogue.next_number() > 1:
            return
        for folder in sorted(self.folder.iterdir(), key=lambda entry: entry.stat().st_mtime):
            if folder.is_dir() and _ID.fullmatch(folder.name) and (folder / DOCUMENT).exists():
                catalogue.put(self._from_folder(catalogue, folder.name))

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


def _name(text: str) -> str:
    """Return a name on one line, without what does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_NAME].strip()


def _tags(tags: Any) -> tuple[str, ...]:
    cleaned = tuple(dict.fromkeys(filter(None, (_name(tag)[:MOST_TAG].strip() for tag in tags))))
    if len(cleaned) > MOST_TAGS:
        raise TakesError(f"tags: {MOST_TAGS} at most")
    return cleaned
