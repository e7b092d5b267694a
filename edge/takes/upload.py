"""What somebody sent becomes a take: kept as FLAC, analysed as if it were played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from msgspec import Struct

from edge.audio.file import long_blocks, mono, open_sound
from edge.chain import Chain
from edge.config import Decision
from edge.errors import AudioError, TakesError
from edge.history import History
from edge.model import Model
from edge.takes.recording import Recording
from edge.takes.steps import records
from edge.types import Prediction

FILE = "upload"

_HISTORY_S = 20.0  # longer than a block of a file


class Upload(Struct, frozen=True):
    """What a process needs to know to analyse an uploaded file.

    Attributes
    ----------
    folder : str
        Of the take; the file is in it.
    name : str
        What the person calls it, for messages.
    most_s : float
    model_file : str
    decision : Decision
    """

    folder: str
    name: str
    most_s: float
    model_file: str
    decision: Decision


def analyse(upload: Upload) -> Iterator[int]:
    """Turn the uploaded file in a take's folder into its sound and steps; yield the frames done since the last time.

    Raises
    ------
    AffettoError
        The file is damaged, or the disk refuses.
    """
    folder = Path(upload.folder)
    path = folder / FILE
    model = Model(upload.model_file)
    contract = model.contract
    history = History(_HISTORY_S, contract.front_end, contract.receptive_steps)
    try:
        with open_sound(path) as file:
            chain = Chain(model, upload.decision, file.samplerate, history)
            recording = Recording(folder, file.samplerate, file.channels)
            for block in long_blocks(file, path):
                if recording.seconds > upload.most_s:
                    raise TakesError(f"{upload.name}: longer than {upload.most_s / 60:g} minutes; cut it")
                recording.write(block)
                _write(recording, history, chain.push(mono(block)))
                yield len(block)
            _write(recording, history, chain.push(np.empty(0, np.float32), last=True))
            recording.finish()
    except soundfile.LibsndfileError:
        raise AudioError(f"{upload.name}: damaged; save it again") from None
    except AudioError as error:
        raise AudioError(str(error).replace(str(path), upload.name)) from None


def _write(recording: Recording, history: History, predictions: list[Prediction]) -> None:
    if predictions:
        recording.write_steps(records(predictions, *history.newest(len(predictions))))
