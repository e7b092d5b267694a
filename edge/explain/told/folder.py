"""An explanation as a folder: the JSON document, sounds and a picture; whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import soundfile

from edge.errors import ExplainError
from edge.explain.explanation import Explanation
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.picture import picture

DOCUMENT = "explanation.json"
PICTURE = "explanation.png"


def check_folder(folder: Path) -> None:
    """Raise an ExplainError when `write_folder` could not write there; what is there already stays untouched."""
    if folder.exists() and not folder.is_dir():
        raise ExplainError(f"{folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DOCUMENT).exists():
        raise ExplainError(f"{folder}: holds other files; name a new folder, or that of an earlier explanation")
    parent = folder.absolute().parent
    if not parent.is_dir():
        raise ExplainError(f"{parent}: no such folder; make it first")
    if not os.access(parent, os.W_OK | os.X_OK) or (folder.exists() and not os.access(folder, os.W_OK)):
        raise ExplainError(f"{folder}: cannot be written (Permission denied); choose another place")


def write_folder(folder: Path, explanation: Explanation, spectrogram: Spectrogram) -> None:
    """Write everything beside `folder`, then give it its name; an earlier explanation of that name is replaced.

    Raises
    ------
    ExplainError
        The folder cannot be written. Nothing is left behind then.
    """
    check_folder(folder)
    absolute = folder.absolute()
    new, old = (absolute.with_name(f".{absolute.name}.{os.getpid()}.{age}") for age in ("new", "old"))
    try:
        new.mkdir()
        _write(new, explanation, spectrogram)
        if absolute.exists():
            absolute.rename(old)
        new.rename(absolute)
    except (OSError, soundfile.LibsndfileError) as error:
        if old.exists() and not absolute.exists():
            old.rename(absolute)
        reason = getattr(error, "strerror", None) or str(error)
        raise ExplainError(f"{folder}: cannot be written ({reason}); choose another place") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, explanation: Explanation, spectrogram: Spectrogram) -> None:
    document = explanation.to_dict()
    document["audio"] = {name: f"{name}.flac" for name in explanation.sounds}
    document["picture"] = PICTURE
    for name, sound in explanation.sounds.items():
        soundfile.write(folder / f"{name}.flac", sound, spectrogram.settings.rate_hz, subtype="PCM_16")
    (folder / PICTURE).write_bytes(picture(explanation, spectrogram))
    text = msgspec.json.format(msgspec.json.encode(document), indent=1)
    (folder / DOCUMENT).write_bytes(text + b"\n")
