"""What each run of the comparison says of its test, kept with the code: hours of computing in a few megabytes.

So every figure of the card can be computed again, and a comparison goes on where another machine left it. An answer
counts only for the settings, network and features that it was made with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export.dataset import FEATURES_VERSION
from export.evaluate import Floats, Heard
from export.networks import NETWORKS
from export.networks.cost import parameters
from export.train import TrainSettings

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Said:
    """What a run's model says of its test.

    Attributes
    ----------
    in_session, cold : Heard
        Windows with the reference level of a session, and with nothing known before each; emotions alone.
    takes : list of (name of the piece, guitar)
        `Heard.take` points here.
    temperature : float
        Fitted on the run's validation takes.
    mid_level_r, mid_level_r2 : dict of str to float
        Of the windows in a session, for each unit that the network has.
    """

    in_session: Heard
    cold: Heard
    takes: list[tuple[str, str]]
    temperature: float
    mid_level_r: dict[str, float]
    mid_level_r2: dict[str, float]

    @classmethod
    def of(cls, in_session: Heard, cold: Heard, takes: list[tuple[str, str]], temperature: float) -> Said:
        """Keep of what was heard only what figures are made of."""
        r, r2 = in_session.mid_level_r(), in_session.mid_level_r2()
        return cls(_emotions(in_session), _emotions(cold), takes, temperature, r, r2)


def _emotions(heard: Heard) -> Heard:
    return _heard(heard.take, heard.logits, heard.emotion)


def _heard(take: np.ndarray[Any, Any], logits: Floats, emotion: np.ndarray[Any, Any]) -> Heard:
    alone = Heard.of_logits(logits, emotion)
    return Heard(take, alone.logits, alone.mid_level, emotion, alone.target)


def made_with(s: TrainSettings) -> dict[str, Any]:
    """Return what an answer depends on beside the corpora."""
    return {"settings": asdict(s), "parameters": parameters(NETWORKS[s.network]()), "features": FEATURES_VERSION}


def save(path: Path, said: Said, s: TrainSettings) -> None:
    """Write an answer, in half precision, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "made_with": made_with(s),
        "takes": said.takes,
        "temperature": said.temperature,
        "mid_level_r": said.mid_level_r,
        "mid_level_r2": said.mid_level_r2,
    }
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(
        unfinished,
        about=json.dumps(about),
        take=said.in_session.take.astype(np.int16),
        emotion=said.in_session.emotion.astype(np.int8),
        in_session=said.in_session.logits.astype(np.float16),
        cold=said.cold.logits.astype(np.float16),
    )
    unfinished.replace(path)


def has(path: Path, s: TrainSettings) -> bool:
    """Tell whether there is an answer that was made with these settings, as the code is now."""
    if not path.is_file():
        return False
    with np.load(path) as held:
        return bool(json.loads(str(held["about"]))["made_with"] == made_with(s))


def read(path: Path) -> Said:
    """Read an answer."""
    with np.load(path) as held:
        about = json.loads(str(held["about"]))
        take, emotion = held["take"].astype(np.int64), held["emotion"].astype(np.int64)
        in_session, cold = (_heard(take, held[way].astype(np.float32), emotion) for way in ("in_session", "cold"))
    takes = [(str(piece), str(guitar)) for piece, guitar in about["takes"]]
    return Said(in_session, cold, takes, about["temperature"], about["mid_level_r"], about["mid_level_r2"])
