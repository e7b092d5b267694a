"""What other gear does to a model's answers: the same performances, one thing changed at a time.

Every condition plays the same clips with the same seeds, and draws the same gear before it changes a part of it. So a
difference to the reference, the gear of training, is the change's own and not that of other clips or other hands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from edge.audio.resample import Resampler
from edge.types import MID_LEVEL
from export.corpora import Piece
from export.dataset import build, load
from export.evaluate import Heard, Listener, predict, scores
from export.rendering.recording import Rig, Sound
from export.rendering.room import HELD_OUT_ROOMS
from export.windows import Windows

_BLOCK_S = 0.01  # of a sound card


@dataclass(frozen=True, slots=True)
class AlteredRig(Rig):
    """A rig and what happens to its sound on the way to the front end.

    Attributes
    ----------
    input_gain_db : float
        Turned at the converter, which clips at full scale.
    device_rate_hz : int or None
        Rate of the sound card; from there the sound takes the instrument's own way down.
    """

    input_gain_db: float = 0.0
    device_rate_hz: int | None = None

    def record(self, sound: Sound, rate_hz: int) -> Sound:
        sound = Rig.record(self, sound, rate_hz)
        if self.input_gain_db:
            sound = np.clip(sound * np.float32(10.0 ** (self.input_gain_db / 20.0)), -1.0, 1.0)
        return sound if self.device_rate_hz is None else by_device_rate(sound, rate_hz, self.device_rate_hz)


def by_device_rate(sound: Sound, rate_hz: int, device_rate_hz: int) -> Sound:
    """Return the sound as the instrument gets it from a card at another rate: block by block, by its own resampler.

    It was made at `rate_hz` and is brought up first, so nothing lies above half of that: how well the way down keeps
    its pass band and its timing is seen here, what it does to higher overtones is not.
    """
    up = np.asarray(soxr.resample(sound, rate_hz, device_rate_hz, quality="VHQ"), np.float32)
    down = Resampler(device_rate_hz, rate_hz)
    block = round(_BLOCK_S * device_rate_hz)
    parts = [down.push(up[k : k + block], last=k + block >= len(up)) for k in range(0, len(up), block)]
    return np.concatenate([*parts, np.empty(0, np.float32)])


@dataclass(frozen=True)
class Condition:
    """Gear that is drawn as for training and then changed.

    Attributes
    ----------
    name, description : str
    changes : tuple of (str, value)
        Fields of `AlteredRig` that no longer are as drawn.
    plain : bool
        Nothing is drawn: an ideal direct signal, to which the changes apply.
    held_out_room : bool
        One of the rooms that training never draws.
    """

    name: str
    description: str
    changes: tuple[tuple[str, Any], ...] = ()
    plain: bool = False
    held_out_room: bool = False

    def __call__(self, rng: np.random.Generator, guitar: str) -> AlteredRig:
        """Return the gear for one take: a condition is an `export.dataset.Gear`."""
        drawn = Rig.plain() if self.plain else Rig.draw(rng, guitar)
        rig = AlteredRig(**{name: getattr(drawn, name) for name in Rig.__dataclass_fields__})
        if self.held_out_room:
            rig = replace(rig, room=int(rng.choice(HELD_OUT_ROOMS)))
        return replace(rig, **dict(self.changes))

    def folder(self, cache: Path) -> Path:
        """Return where the features under this condition are kept; a condition that is redefined moves on.

        The reference hears what training would: its features are those of the cache itself.
        """
        definition = (self.changes, self.plain, self.held_out_room)
        if definition == ((), False, False):
            return cache
        key = hashlib.sha256(repr(definition).encode()).hexdigest()[:6]
        return cache / "conditions" / f"{self.name}-{key}"


REFERENCE = Condition("training", "gear drawn as for training")

CONDITIONS = (
    REFERENCE,
    Condition("plain", "direct signal, no gear at all", plain=True),
    Condition("gain_up", "input gain +20 dB, clipped at full scale", (("input_gain_db", 20.0),)),
    Condition("gain_down", "input gain -20 dB", (("input_gain_db", -20.0),)),
    Condition("noise", "hum at -40 dB and hiss at -50 dB of loud playing", (("hum_db", -40.0), ("hiss_db", -50.0))),
    Condition("room", "a room never heard, reverberation at -6 dB", (("wet_db", -6.0),), held_out_room=True),
    Condition("dark_pickup", "resonance at 1 kHz and treble -9 dB", (("pickup", (1000.0, 0.8)), ("tilt_db", -9.0))),
    Condition("high_gain", "amplifier driven by 32 dB, as in training", (("drive_db", 32.0), ("asymmetry", 0.2))),
    Condition("rate_48000", "sound card at 48 kHz, live resampler", (("device_rate_hz", 48000),)),
    Condition("rate_44100", "sound card at 44.1 kHz, live resampler", (("device_rate_hz", 44100),)),
)


def sample(pieces: Sequence[Piece], count: int) -> list[Piece]:
    """Return `count` of the labelled pieces, the emotions by turns, no song twice before every song has been once."""
    by_emotion: dict[int, list[Piece]] = {}
    for piece in sorted((p for p in pieces if p.emotion is not None), key=lambda p: p.name):
        by_emotion.setdefault(piece.emotion or 0, []).append(piece)
    queues = []
    for _, some in sorted(by_emotion.items()):
        seen: dict[str, int] = {}
        turn = []
        for piece in some:
            turn.append(seen.get(piece.song, 0))
            seen[piece.song] = turn[-1] + 1
        queues.append([some[k] for k in np.argsort(turn, kind="stable")])
    chosen = [q[k] for k in range(max(map(len, queues), default=0)) for q in queues if k < len(q)]
    return chosen[:count]


def robustness(
    listener: Listener,
    pieces: list[Piece],
    cache: Path,
    *,
    window_s: float,
    warm_up_steps: int,
    guitars: int = 1,
    conditions: Sequence[Condition] = CONDITIONS,
    in_session: bool = True,
    workers: int = 1,
) -> dict[str, Any]:
    """Hear the same takes under every condition; the first condition is the reference.

    Parameters
    ----------
    listener : Listener
    pieces : list of Piece
        Labelled, and none of a song that the model learned from.
    cache : Path
        Of features, see `export.dataset.cache_folder`. About 0.3 s of work for each take that is not in it.
    window_s, warm_up_steps : float, int
        The network's; for the ONNX model `onnx_export.WINDOW_S` and `AffettoNet.warm_up_steps`.
    guitars : int
        That play each piece.
    in_session : bool
        Begin the reference level where a session with that gear would have it, or with nothing known.

    Returns
    -------
    dict
        "takes", and "conditions": for each by name its description, accuracy, arousal, valence (of whole takes),
        "agreement", the share of takes with the reference's label, "delta_accuracy" and its standard error
        "delta_error", over paired takes, and "mid_level_shift", the mean change of each unit in standard deviations.
    """
    found: dict[str, Any] = {}
    reference: Heard | None = None
    for condition in conditions:
        folder = condition.folder(cache)
        build(pieces, folder, guitars, workers, condition)
        takes = load(pieces, folder, guitars)
        heard = predict(listener, Windows.without_targets(takes, window_s, warm_up_steps), in_session).takes()
        reference = reference or heard
        found[condition.name] = {"description": condition.description} | against(heard, reference)
    return {"takes": len(reference.take) if reference else 0, "in_session": in_session, "conditions": found}


def against(heard: Heard, reference: Heard) -> dict[str, Any]:
    """Return the scores of takes and how they differ from those of the same takes under the reference."""
    of_takes = scores(heard)
    said, before = heard.logits.argmax(axis=1), reference.logits.argmax(axis=1)
    gained = (said == heard.emotion).astype(float) - (before == heard.emotion)
    shift = (heard.mid_level - reference.mid_level).mean(axis=0)
    return {
        **{name: of_takes[name] for name in ("accuracy", "arousal", "valence")},
        "agreement": round(float(np.mean(said == before)), 4),
        "delta_accuracy": round(float(gained.mean()), 4),
        "delta_error": round(float(gained.std() / np.sqrt(len(gained))), 4),
        "mid_level_shift": {n: round(float(v), 3) for n, v in zip(MID_LEVEL, shift, strict=True) if np.isfinite(v)},
    }


def as_table(report: dict[str, Any]) -> str:
    """Return the report as a Markdown table, one line for each condition."""
    lines = [
        "| condition | accuracy | change ± standard error | arousal | valence | same label |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in report["conditions"].values():
        percent = [f"{100 * row[n]:.1f} %" for n in ("accuracy", "arousal", "valence", "agreement")]
        change = f"{100 * row['delta_accuracy']:+.1f} ± {100 * row['delta_error']:.1f}"
        lines.append(f"| {row['description']} | {percent[0]} | {change} | " + " | ".join(percent[1:]) + " |")
    return "\n".join(lines) + "\n"
