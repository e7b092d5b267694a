"""The folders of the takes: each holds a sound, its steps and a document, and all together can replace the list."""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import soundfile
from msgspec.structs import replace

from edge.analysis import mean_of
from edge.config_file import write_atomically
from edge.takes.catalogue import Catalogue
from edge.takes.recording import PART, SOUND, STEPS
from edge.takes.repair import repair
from edge.takes.steps import played, read_steps, timeline
from edge.takes.take import Take, TakeState

log = logging.getLogger(__name__)

DOCUMENT = "take.json"

CUT_OFF = "cut off while it was recorded"

ID = re.compile(r"[0-9a-f]{12}")
"""What a take's folder is called."""

_WORTH_KEEPING = 100_000
"""Bytes of a sound, a second or more, that stay although nothing can be read, for somebody who can."""


def put(catalogue: Catalogue, root: Path, take: Take) -> None:
    """Note what is known about a take, in its folder and in the list."""
    write_atomically(root / take.id / DOCUMENT, msgspec.json.encode(take).decode() + "\n")
    catalogue.put(take)


def remove(catalogue: Catalogue, root: Path, id: str) -> None:
    """Remove a take for good."""
    catalogue.remove(id)
    shutil.rmtree(root / id, ignore_errors=True)


def documents(root: Path, ids: Iterable[str]) -> list[Take]:
    """Return what lies in the folders about takes; one that is gone or unreadable is left out."""
    takes = []
    for id in ids:
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            takes.append(msgspec.json.decode((root / id / DOCUMENT).read_bytes(), type=Take))
    return takes


def found(folder: Path) -> dict[str, Any]:
    """Return what the files of a take say about it."""
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


def reconcile(catalogue: Catalogue, root: Path) -> None:
    """Finish what was cut off, and make the list agree with the folders."""
    known = {take.id: take for deleted in (False, True) for take in catalogue.all(deleted=deleted)}
    there = {entry.name for entry in root.iterdir() if entry.is_dir() and ID.fullmatch(entry.name)}
    for id in known.keys() - there:
        catalogue.remove(id)
    for id in sorted(there, key=lambda id: (root / id).stat().st_mtime):
        take = known.get(id) or _from_folder(catalogue, root / id)
        if id not in known or take.state in (TakeState.RECORDING, TakeState.ANALYSING):
            recover(catalogue, root, take)


def recover(catalogue: Catalogue, root: Path, take: Take) -> None:
    """Make a take of what its folder holds; one without sound worth keeping is removed."""
    folder = root / take.id
    part = folder / PART
    cut_at = part.stat().st_size if part.exists() else 0
    # what was uploaded and is not analysed yet is still at the person who sent it
    unfinished = take.state is TakeState.ANALYSING and not (folder / SOUND).exists()
    if unfinished or not repair(folder):
        if unfinished or cut_at < _WORTH_KEEPING:
            log.info("removing take %d (%s), of which no sound is there", take.number, take.id)
            remove(catalogue, root, take.id)
            return
        take = replace(take, note="damaged: nothing of its sound can be read")
    elif take.state is not TakeState.READY:
        log.info("take %d (%s) was cut off; it has been finished", take.number, take.id)
        take = replace(take, note=CUT_OFF)
    put(catalogue, root, replace(take, **found(folder)))


def refill(catalogue: Catalogue, root: Path) -> None:
    """Fill a list that is empty from the folders; a recording that runs is left alone."""
    if catalogue.next_number() > 1:
        return
    for folder in sorted(root.iterdir(), key=lambda entry: entry.stat().st_mtime):
        if folder.is_dir() and ID.fullmatch(folder.name) and (folder / DOCUMENT).exists():
            catalogue.put(_from_folder(catalogue, folder))


def _from_folder(catalogue: Catalogue, folder: Path) -> Take:
    """Return a take that the list does not know as its folder tells of it."""
    with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
        take = msgspec.json.decode((folder / DOCUMENT).read_bytes(), type=Take)
        if take.id == folder.name:
            return take
    number = catalogue.next_number()
    return Take(
        id=folder.name,
        number=number,
        name=f"Take {number}",
        origin="recorded",
        created_at=round(folder.stat().st_mtime, 3),
        state=TakeState.RECORDING,
    )
