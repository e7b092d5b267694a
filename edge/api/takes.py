"""Takes over HTTP: record, keep what was just played, upload, listen, name, correct, take away.

====================================================  =============================================================
GET /api/takes                                        newest first, each with a thumbnail timeline; ?deleted=1 those
                                                      that can be restored
POST /api/takes/record, /stop                         start and end a recording; JSON, optional: name
POST /api/takes/keep                                  save what was just played; JSON, optional: seconds, name
POST /api/takes/upload                                a sound file as the body with ?name=, or the field `file` of a
                                                      form; 202, analysed soon
GET, PATCH, DELETE /api/takes/<id>                    look; change name, tags, meant; delete
POST /api/takes/<id>/restore                          undo a deletion
GET /api/takes/<id>/sound                             the FLAC, with ranges
GET /api/takes/<id>/predictions                       in columns, at most ?most=1500 of them; ?at= one in full
GET /api/takes/<id>/export/<format>                   flac, wav, csv, json, png, html or zip, to save
GET /api/takes/export.zip                             all takes in one file
====================================================  =============================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from flask import Blueprint, Flask, Response, request, send_file
from werkzeug.exceptions import NotFound

from edge.api import answers
from edge.api.body import read_json, read_query
from edge.api.openapi import documented
from edge.api.problems import problem
from edge.api.reply import fresh, not_kept
from edge.api.uploads import received_file
from edge.errors import AffettoError, TakesError
from edge.takes import export
from edge.takes.recording import SOUND, STEPS
from edge.takes.service import Takes
from edge.takes.steps import STATES, Steps, predictions_of, read_steps
from edge.takes.take import BusyError, FullError, NoSuchTakeError, Take, TakeState
from edge.takes.work import Export
from edge.types import EMOTIONS, MID_LEVEL

MOST_STEPS = 1500
_LONGEST_S = 86400.0


class Which(msgspec.Struct):
    deleted: Annotated[bool, msgspec.Meta(description="Those that can be restored instead.")] = False


class Upload(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(description="What the file is called.")] = ""


class Look(msgspec.Struct):
    at: Annotated[float, msgspec.Meta(ge=0, le=_LONGEST_S, description="One moment, in seconds.")] | None = None
    most: Annotated[int, msgspec.Meta(ge=1, le=100_000, description="Moments to return at most.")] = MOST_STEPS


class Start(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""


class Keep(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[float, msgspec.Meta(ge=1, le=_LONGEST_S)] = _LONGEST_S
    name: str = ""


class Change(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    meant: str | msgspec.UnsetType = msgspec.UNSET


def install(app: Flask, takes: Takes) -> None:
    """Add the addresses to `app`."""
    addresses = Blueprint("takes", __name__)
    library, recorder, work = takes.library, takes.recorder, takes.work

    @app.errorhandler(TakesError)
    def trouble(error: TakesError) -> Response:
        return problem(_status(error), str(error))

    @addresses.get("/api/takes")
    @documented(query=Which, answers={200: answers.TakesListed})
    def listed() -> Response:
        """All takes, newest first, and how the part that records is doing."""
        found = library.all(deleted=read_query(Which).deleted)
        return fresh({"takes": [_shown(take) for take in found], "limits": takes.limits(), **takes.status()})

    @addresses.post("/api/takes/record")
    @documented(body=Start, answers={201: answers.TakeShown}, problems=(409, 507))
    def record() -> Response:
        """Start a recording."""
        return _made(recorder.record(read_json(Start).name))

    @addresses.post("/api/takes/stop")
    @documented(body=Start, answers={200: answers.TakeShown}, problems=(409, 507))
    def stop() -> Response:
        """End the recording that runs."""
        read_json(Start)
        return _answer(recorder.stop())

    @addresses.post("/api/takes/keep")
    @documented(body=Keep, answers={201: answers.TakeShown}, problems=(409, 507))
    def keep() -> Response:
        """Save what was just played."""
        asked = read_json(Keep)
        return _made(recorder.keep(asked.seconds, asked.name))

    @addresses.post("/api/takes/upload")
    @documented(
        body=("audio/*", "application/octet-stream", "multipart/form-data"),
        query=Upload,
        answers={202: answers.TakeShown},
        problems=(409, 507),
    )
    def upload() -> Response:
        """Make a take of a sound file, the whole body or the field `file` of a form; it is analysed soon."""
        work.check_free()
        library.make_room(megabytes=(request.content_length or 0) / 1e6)
        with received_file(library.folder) as (file, name):
            try:
                return _made(work.add(file, name), 202)
            except TakesError:
                raise
            except AffettoError as error:
                return problem(415, str(error))

    @addresses.get("/api/takes/<hex:id>")
    @documented(answers={200: answers.TakeShown})
    def look(id: str) -> Response:
        """One take."""
        return _answer(library.get(id))

    @addresses.patch("/api/takes/<hex:id>")
    @documented(body=Change, answers={200: answers.TakeShown})
    def change(id: str) -> Response:
        """Change the name, the tags, or the emotion that was meant."""
        changes = read_json(Change)
        given = {key: value for key in ("name", "tags", "meant")
                 if (value := getattr(changes, key)) is not msgspec.UNSET}  # fmt: skip
        return _answer(library.change(id, **given))

    @addresses.delete("/api/takes/<hex:id>")
    @documented(answers={200: answers.TakeShown}, problems=(409,))
    def delete(id: str) -> Response:
        """Delete a take; for an hour it can be restored."""
        return _answer(library.delete(id))

    @addresses.post("/api/takes/<hex:id>/restore")
    @documented(answers={200: answers.TakeShown}, problems=(409, 507))
    def restore(id: str) -> Response:
        """Undo a deletion."""
        return _answer(library.restore(id))

    @addresses.get("/api/takes/<hex:id>/sound")
    @documented(answers={200: "audio/flac", 206: "audio/flac"}, problems=(409, 416))
    def sound(id: str) -> Response:
        """The sound, with ranges."""
        take = _with_sound(id)
        # conditional: browsers ask for ranges, and Safari plays nothing without them
        return send_file(
            _file(take, SOUND), mimetype="audio/flac", conditional=True, etag=f"{take.id}-{take.bytes}", max_age=3600
        )

    @addresses.get("/api/takes/<hex:id>/predictions")
    @documented(query=Look, answers={200: (answers.TakeColumns, answers.Told)})
    def predictions(id: str) -> Response:
        """What was heard: all of it in columns, or one moment in full with `at`."""
        take = library.get(id)
        steps = read_steps(_file(take, STEPS))
        asked = read_query(Look)
        if asked.at is not None:
            return fresh(_moment(steps, asked.at))
        return fresh(_columns(steps[:: max(1, -(-len(steps) // asked.most))]))

    @addresses.get("/api/takes/<hex:id>/export/<format>")
    @documented(
        path={"format": Literal["flac", "wav", "csv", "json", "png", "html", "zip"]},
        answers={200: tuple(type.partition(";")[0] for type in export.FORMATS.values())},
        problems=(409,),
    )
    def exported(id: str, format: str) -> Response:
        """A file to save."""
        if format not in export.FORMATS:
            raise NotFound
        take = _with_sound(id)
        export.check(take, format)
        if format == "flac":
            return send_file(
                _file(take, SOUND),
                mimetype=export.FORMATS[format],
                as_attachment=True,
                download_name=export.file_name(take, format),
            )
        return _streamed(work.export(take, format), export.FORMATS[format], export.file_name(take, format))

    @addresses.get("/api/takes/export.zip")
    @documented(answers={200: "application/zip"}, problems=(409,))
    def all_exported() -> Response:
        """All takes in one file to save: a table of them, and each as FLAC, CSV and JSON."""
        return _streamed(work.export_all(), "application/zip", export.ALL)

    app.register_blueprint(addresses)

    def _with_sound(id: str) -> Take:
        take = library.get(id)
        if take.state in (TakeState.RECORDING, TakeState.ANALYSING):
            raise BusyError(f"{take.name}: is still {take.state}")
        if not _file(take, SOUND).exists():
            raise NoSuchTakeError(f"{take.name}: its sound is not there")
        return take

    def _file(take: Take, name: str) -> Path:
        return library.folder_of(take) / name


def _status(error: TakesError) -> int:
    if isinstance(error, NoSuchTakeError):
        return 404
    if isinstance(error, BusyError):
        return 409
    return 507 if isinstance(error, FullError) else 400


def _shown(take: Take) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.to_builtins(take)
    return known | {"sound": f"/api/takes/{take.id}/sound" if take.state is TakeState.READY else ""}


def _answer(take: Take, status: int = 200) -> Response:
    return fresh(_shown(take), status)


def _made(take: Take, status: int = 201) -> Response:
    response = _answer(take, status)
    response.headers["Location"] = f"/api/takes/{take.id}"
    return response


def _streamed(pieces: Export, content_type: str, name: str) -> Response:
    if request.method != "HEAD":
        pieces.begin()
    response = Response(pieces, content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    # not left to the iterator: a HEAD request never starts it
    response.call_on_close(pieces.close)
    return not_kept(response)


def _columns(steps: Steps) -> dict[str, Any]:
    """Return the steps with each name said once, and short numbers."""

    def short(values: np.ndarray[Any, Any], digits: int) -> Any:
        return np.round(values.astype(np.float64), digits).tolist()

    return {
        "emotions": EMOTIONS,
        "mid_level_names": MID_LEVEL,
        "time_s": short(steps["time_s"], 3),
        "state": [STATES[k] for k in steps["state"].tolist()],
        "label": [EMOTIONS[k] if k >= 0 else "" for k in steps["label"].tolist()],
        "probabilities": short(steps["probabilities"], 3),
        "valence": short(steps["valence"], 3),
        "arousal": short(steps["arousal"], 3),
        "mid_level": short(steps["mid_level"], 2),
        "level_dbfs": short(steps["level_dbfs"], 1),
    }


def _moment(steps: Steps, time_s: float) -> dict[str, Any]:
    if not len(steps):
        raise NoSuchTakeError("there are no predictions in this take")
    nearest = int(np.abs(steps["time_s"] - time_s).argmin())
    return next(predictions_of(steps[nearest : nearest + 1])).to_dict()
