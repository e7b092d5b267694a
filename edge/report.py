"""What `affetto analyze` leaves behind for people: a page that plays and explains, a table, a picture of effects."""

from __future__ import annotations

import base64
import csv
import errno
import html
import io
import json
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from edge.errors import AffettoError
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL, TrustState

SOUND_RATE_HZ = 22050
"""The sound inside a report: enough for a guitar, and a minute takes about half a megabyte."""

WAVEFORM_COLUMNS = 1200
MOST_STEPS = 1500
"""Predictions of one file that a report shows; more are thinned out evenly. The CSV and the JSON hold them all."""

CSV_HEADER = (
    *("file", "time_s", "state", "label", "confidence"),
    *(f"p_{e}" for e in EMOTIONS),
    *("valence", "arousal", *MID_LEVEL),
)

_WRITE_SAMPLES = 8192  # libsndfile's Vorbis encoder overflows its stack on one long write


@dataclass(frozen=True)
class Analysis:
    """One analysed file.

    Attributes
    ----------
    document : dict
        The JSON document (schema 1) of the file: file, duration_s, model, overall, predictions.
    samples : (n,) array of float32
        The mono sound that it speaks of, full scale at 1.
    rate_hz : int
        Sampling rate of `samples`.
    """

    document: dict[str, Any]
    samples: NDArray[np.float32]
    rate_hz: int


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str) -> str:
    """Return text for a table so that no spreadsheet takes it for a formula: a name may come from anybody."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_row(file: str, prediction: dict[str, Any]) -> list[Any]:
    """Return one prediction, in its published form, in the order of `CSV_HEADER`."""
    p = prediction
    return [
        *(cell(file), p["time_s"], p["state"], p["label"], p["confidence"]),
        *(p["probabilities"][e] for e in EMOTIONS),
        *(p["valence"], p["arousal"]),
        *(p["mid_level"][name]["value"] for name in MID_LEVEL),
    ]


def check_place(path: Path) -> None:
    """Raise `AffettoError` where no file can be written, before anything is made for it."""
    folder = path.parent
    code = 0
    if path.is_dir():
        code = errno.EISDIR
    elif not folder.is_dir():
        code = errno.ENOENT
    elif not os.access(path if path.exists() else folder, os.W_OK):
        code = errno.EACCES
    if code:
        raise _refused(path, OSError(code, os.strerror(code)))


def json_text(analyses: list[Analysis]) -> str:
    """Return the predictions as JSON: one object for one file, a list for several."""
    documents = [a.document for a in analyses]
    return json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, allow_nan=False)


def write_json(path: Path, analyses: list[Analysis]) -> None:
    """Write what `json_text` returns.

    Raises
    ------
    AffettoError
        The folder or the disk refuses.
    """
    _write(path, json_text(analyses) + "\n")


def write_csv(path: Path, analyses: list[Analysis]) -> None:
    """Write one row per prediction of every file.

    Raises
    ------
    AffettoError
        The folder or the disk refuses.
    """
    with io.StringIO(newline="") as text:
        table = csv.writer(text)
        table.writerow(CSV_HEADER)
        for analysis in analyses:
            table.writerows(csv_row(analysis.document["file"], p) for p in analysis.document["predictions"])
        _write(path, text.getvalue())


def write_html(path: Path, analyses: list[Analysis]) -> None:
    """Write a report that needs nothing but a browser: sound, waveform, emotions over time, and why.

    Raises
    ------
    AffettoError
        The folder or the disk refuses.
    """
    assets = resources.files("edge") / "assets"
    names = ", ".join(Path(a.document["file"]).name for a in analyses)
    _write(
        path,
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # the file asks nobody for anything, whatever it was made from
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; media-src data:; img-src data:\">\n"
        f"<title>Affetto: {html.escape(names)}</title>\n"
        f"<style>\n{(assets / 'report.css').read_text('utf-8')}</style>\n</head>\n<body>\n"
        "<main></main>\n<noscript>This report is drawn by a script of its own; allow it to run.</noscript>\n"
        f'<script type="application/json" id="analyses">{_inert(_shown(analyses))}</script>\n'
        f"<script>\n{(assets / 'report.js').read_text('utf-8')}</script>\n</body>\n</html>\n",
    )


def write_effects(path: Path, analyses: list[Analysis], model: Model) -> None:
    """Draw how each feature moves each emotion: over the moments of one recording, or over several recordings.

    Raises
    ------
    AffettoError
        Nothing was played, or the folder or the disk refuses.
    """
    # only here: what draws is an extra
    from edge.explain.effects import Boxes, effects_of_takes
    from edge.explain.told.effects_picture import effects_picture

    played = [_played(a) for a in analyses]
    played = [values for values in played if len(values)]
    if not played:
        raise AffettoError(f"{path}: nothing was played, so there are no effects to draw")
    if len(played) == 1:
        boxes, of_what = Boxes.of(model.contract.emotion_weights * played[0][:, None]), "the moments of one recording"
    else:
        boxes, of_what = effects_of_takes(model, played), f"{len(played)} recordings"
    _write(path, effects_picture(boxes, of_what))


def _played(analysis: Analysis) -> NDArray[np.float64]:
    """Return the mid-level values at each moment at which somebody plays, (n, 11)."""
    rows = [p["mid_level"] for p in analysis.document["predictions"] if TrustState(p["state"]).is_playing]
    return np.array([[row[name]["value"] for name in MID_LEVEL] for row in rows]).reshape(-1, len(MID_LEVEL))


def waveform(samples: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Return the lowest and highest sample of each of at most `columns` equal stretches, shape (2, columns)."""
    columns = min(columns, len(samples))
    if columns == 0:
        return np.zeros((2, 0), np.float32)
    starts = np.linspace(0, len(samples), columns, endpoint=False).astype(int)
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)])


def vorbis(samples: NDArray[np.float32], rate_hz: int) -> bytes:
    """Return the sound as Ogg Vorbis at `SOUND_RATE_HZ`."""
    if rate_hz != SOUND_RATE_HZ:
        samples = soxr.resample(samples, rate_hz, SOUND_RATE_HZ)
    samples = np.clip(samples, -1, 1)
    sound = io.BytesIO()
    with soundfile.SoundFile(sound, "w", SOUND_RATE_HZ, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(samples), _WRITE_SAMPLES):
            file.write(samples[start : start + _WRITE_SAMPLES])
    return sound.getvalue()


def _shown(analyses: list[Analysis]) -> dict[str, Any]:
    return {"emotions": EMOTIONS, "mid_level": MID_LEVEL, "files": [_file(analysis) for analysis in analyses]}


def _file(analysis: Analysis) -> dict[str, Any]:
    """Return what the script needs, in columns: names are said once, numbers are short."""
    document = analysis.document
    predictions = document["predictions"]
    steps = predictions[:: max(1, -(-len(predictions) // MOST_STEPS))]
    low, high = waveform(analysis.samples, WAVEFORM_COLUMNS)
    peak = max(float(np.max(np.abs(analysis.samples), initial=0.0)), 1e-3)
    return {
        "name": Path(document["file"]).name,
        "path": document["file"],
        "duration_s": document["duration_s"],
        "model": document["model"],
        "overall": document["overall"],
        "step_s": round(document["duration_s"] / max(1, len(steps)), 3),
        "time_s": [round(p["time_s"], 3) for p in steps],
        "state": [p["state"] for p in steps],
        "label": [p["label"] for p in steps],
        "probabilities": [[round(p["probabilities"][e], 3) for e in EMOTIONS] for p in steps],
        "valence": [round(p["valence"], 2) for p in steps],
        "arousal": [round(p["arousal"], 2) for p in steps],
        "value": [[round(p["mid_level"][name]["value"], 2) for name in MID_LEVEL] for p in steps],
        "effects": [[[round(p["mid_level"][n]["effects"][e], 2) for n in MID_LEVEL] for e in EMOTIONS] for p in steps],
        "waveform": [[round(float(v) / peak, 2) for v in edge] for edge in (low, high)],
        "sound": "data:audio/ogg;base64," + base64.b64encode(vorbis(analysis.samples, analysis.rate_hz)).decode(),
    }


def _inert(value: dict[str, Any]) -> str:
    """Return JSON that can stand inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _write(path: Path, content: str | bytes) -> None:
    try:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> AffettoError:
    return AffettoError(f"{path}: cannot be written ({error.strerror or error}); choose another place")
