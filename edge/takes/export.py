"""A take in the forms in which people take it away; each is written as a stream, a piece at a time."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import time
import wave
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np

from edge.analysis import SCHEMA, mean_of
from edge.audio.file import long_blocks, mono, open_sound
from edge.audio.resample import Resampler
from edge.errors import TakesError
from edge.explain.needs import what_is_missing
from edge.report import CSV_HEADER, MOST_STEPS, SOUND_RATE_HZ, Analysis, cell, csv_row, write_html
from edge.takes.recording import SOUND, STEPS
from edge.takes.steps import Steps, played, predictions_of, read_steps
from edge.takes.take import Take, TakeState
from edge.types import EMOTIONS

ALL = "affetto-takes.zip"
"""What a file with all takes is called."""

REPORT_MOST_S = 1200.0
"""A longer take makes no report: its sound is a part of it, and must fit into memory."""

FORMATS = {
    "flac": "audio/flac",
    "wav": "audio/wav",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "html": "text/html; charset=utf-8",
    "zip": "application/zip",
}
"""Each format's media type."""

_TOLD = ("id", "number", "name", "origin", "created_at", "lost_s", "tags", "meant", "note")
_PIECE = 500
_TABLE_HEADER = (
    *("number", "name", "created", "origin", "state", "duration_s", "rate_hz", "label"),
    *(f"p_{e}" for e in EMOTIONS),
    *("meant", "tags", "note"),
)


def file_name(take: Take, format: str) -> str:
    """Return a name for a file; that of the take may hold anything."""
    return f"affetto-take-{take.number}.{format}"


def check(take: Take, format: str) -> None:
    """Raise a TakesError when a take cannot be had in a format."""
    if format not in FORMATS:
        raise TakesError(f"format: one of {', '.join(FORMATS)}")
    if format == "png" and (missing := what_is_missing("pictures of takes")):
        raise TakesError(missing)
    if take.rate_hz == 0 or take.duration_s == 0:
        raise TakesError(f"{take.name}: holds no sound")
    if format == "html" and take.duration_s > REPORT_MOST_S:
        raise TakesError(
            f"{take.name}: longer than {REPORT_MOST_S / 60:.0f} minutes, too long for one page; take the ZIP"
        )


def write(take: Take, folder: Path, format: str, out: IO[bytes]) -> None:
    """Write a take in one of `FORMATS` to a stream, which need not be seekable.

    Raises
    ------
    AffettoError
        The take is damaged, or not to be had in that format.
    OSError
        The stream cannot be written.
    """
    check(take, format)
    _WRITERS[format](take, folder, out)


def write_all(takes: Sequence[Take], root: Path, out: IO[bytes]) -> None:
    """Write a ZIP of all takes to a stream: a table of them, and each as FLAC, CSV and JSON.

    Parameters
    ----------
    takes : sequence of Take
        Those without sound, or whose sound is not whole yet, are in the table only.
    root : Path
        In which the takes' folders lie.

    Raises
    ------
    AffettoError
        A take is damaged.
    OSError
        The stream cannot be written.
    """
    with zipfile.ZipFile(out, "w") as archive:
        with _entry(archive, "takes.csv") as member:
            _table(takes, member)
        for take in takes:
            if take.state is TakeState.READY:
                _add(archive, take, root / take.id, ["flac", "csv", "json"])


def _table(takes: Sequence[Take], out: IO[bytes]) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(_TABLE_HEADER)
    for take in takes:
        created = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(take.created_at))
        probabilities = [take.probabilities.get(emotion, "") for emotion in EMOTIONS]
        known = [
            take.number,
            cell(take.name),
            created,
            take.origin,
            take.state,
            take.duration_s,
            take.rate_hz,
            take.label,
        ]
        table.writerow([*known, *probabilities, take.meant, cell(", ".join(take.tags)), cell(take.note)])
    text.detach()


def _flac(take: Take, folder: Path, out: IO[bytes]) -> None:
    with open(folder / SOUND, "rb") as file:
        shutil.copyfileobj(file, out, 1 << 16)


def _wav(take: Take, folder: Path, out: IO[bytes]) -> None:
    with open_sound(folder / SOUND) as file, wave.open(out, "wb") as wav:
        wav.setnchannels(file.channels)
        wav.setsampwidth(3)
        wav.setframerate(file.samplerate)
        # said before, since a stream cannot be corrected afterwards
        wav.setnframes(file.frames)
        while len(block := file.read(file.samplerate, dtype="int32", always_2d=True)):
            wav.writeframesraw(block.astype("<i4").reshape(-1, 1).view(np.uint8)[:, 1:].tobytes())


def _csv(take: Take, folder: Path, out: IO[bytes]) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(CSV_HEADER)
    for prediction in predictions_of(read_steps(folder / STEPS)):
        table.writerow(csv_row(take.name, prediction.to_dict()))
    text.detach()


def _json(take: Take, folder: Path, out: IO[bytes]) -> None:
    steps = read_steps(folder / STEPS)
    head = msgspec.json.encode({**_document(take, steps), "take": _about(take)})
    out.write(head[:-1] + b',"predictions":[')
    for start in range(0, len(steps), _PIECE):
        piece = [prediction.to_dict() for prediction in predictions_of(steps[start : start + _PIECE])]
        out.write((b"," if start else b"") + msgspec.json.encode(piece)[1:-1])
    out.write(b"]}\n")


def _png(take: Take, folder: Path, out: IO[bytes]) -> None:
    from edge.takes.picture import picture

    out.write(picture(take, read_steps(folder / STEPS)))


def _html(take: Take, folder: Path, out: IO[bytes]) -> None:
    steps = read_steps(folder / STEPS)
    # a report thins them out evenly anyway; all of them as documents would take much memory
    shown = steps[:: max(1, -(-len(steps) // MOST_STEPS))]
    document = {**_document(take, steps), "predictions": [p.to_dict() for p in predictions_of(shown)]}
    with open_sound(folder / SOUND) as file:
        resampler = Resampler(file.samplerate, SOUND_RATE_HZ)
        pieces = [resampler.push(mono(block)) for block in long_blocks(file, Path(take.name))]
        pieces.append(resampler.push(np.empty(0, np.float32), last=True))
    with tempfile.TemporaryDirectory(dir=folder) as place:
        page = Path(place) / "report.html"
        write_html(page, [Analysis(document, np.concatenate(pieces), SOUND_RATE_HZ)])
        with page.open("rb") as file:
            shutil.copyfileobj(file, out, 1 << 16)


def _zip(take: Take, folder: Path, out: IO[bytes]) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        _add(archive, take, folder, ["flac", "csv", "json"] + ["html"] * (take.duration_s <= REPORT_MOST_S))


def _add(archive: zipfile.ZipFile, take: Take, folder: Path, formats: Sequence[str]) -> None:
    for format in formats:
        with _entry(archive, file_name(take, format)) as member:
            _WRITERS[format](take, folder, member)


def _entry(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    entry = zipfile.ZipInfo(name, zipfile.ZipInfo().date_time)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".flac") else zipfile.ZIP_DEFLATED
    return archive.open(entry, "w", force_zip64=True)


_WRITERS: dict[str, Callable[[Take, Path, IO[bytes]], None]] = {
    "flac": _flac,
    "wav": _wav,
    "csv": _csv,
    "json": _json,
    "png": _png,
    "html": _html,
    "zip": _zip,
}


def _document(take: Take, steps: Steps) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "file": take.name,
        "duration_s": take.duration_s,
        "model": take.model,
        "overall": mean_of(steps["probabilities"][played(steps)]),
    }


def _about(take: Take) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.to_builtins(take)
    return {key: known[key] for key in _TOLD}
