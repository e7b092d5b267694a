"""How soon the label follows a change of emotion, and how often it changes within one clip, for several settings.

Clips of the validation songs, played by General MIDI guitars. Each splice joins 12 s of one clip to 15 s of
another. What the label should become is what the same settings settle on for the second clip alone: so the network's
errors do not count as slowness. Needs the corpora (AFFETTO_DATA).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.chain import Chain
from edge.config import Decision
from edge.features import FrontEnd, ReferenceLevel, network_inputs
from edge.model import Model
from edge.types import EMOTIONS, Prediction
from export.corpora import emopia
from export.corpora.folder import data_folder
from export.rendering.render import Renderer
from export.split import split
from tests.bench.table import show

GUITARS = ("nylon", "clean")
CLIPS_PER_EMOTION = 8
BEFORE_S, AFTER_S = 12.0, 15.0
SETTLED_S = 1.0  # a label counts once it stays this long

# longest window in s, newest part in s, change at which the rest is forgotten, attack and release in s, margin
SETTINGS = (
    *((window_s, 1.0, 1.0, 0.3, 0.6, 0.05) for window_s in (1.5, 2.0, 3.0, 6.0)),
    *((3.0, 1.0, 1.0, *smoothing, 0.05) for smoothing in ((0.0, 0.0), (0.6, 1.2))),
    *((8.0, 1.0, change, 0.15, 0.3, 0.25) for change in (0.4, 0.5, 0.6, 0.7)),
    *((8.0, 1.0, 0.6, *smoothing, 0.25) for smoothing in ((0.0, 0.0), (0.3, 0.6))),
    *((8.0, 1.0, 0.6, 0.15, 0.3, margin) for margin in (0.05, 0.5)),
    (8.0, 1.0, 0.55, 0.15, 0.3, 0.05),
    (8.0, 0.75, 0.4, 0.15, 0.3, 0.05),
    (8.0, 0.5, 0.5, 0.15, 0.3, 0.05),
)
CLEAR = 0.8  # share of the time that a clip alone must show its label for its splices to count as clear


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network says of one sound, before the decision: evidence (n, 11) and level (n,) of each step."""

    evidence: NDArray[np.float32]
    level_dbfs: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reaction:
    """Figures of one setting.

    Attributes
    ----------
    times_s, clear_times_s : lists of float
        Seconds until the label follows: of all splices, and of those to clips that show one label nearly all the time.
    followed : float
        Share of the splices that the label follows within the clip.
    """

    times_s: list[float]
    clear_times_s: list[float]
    followed: float
    changes_per_minute: float
    accuracy: float


def run() -> None:
    model, clips = Model(), render()
    splices = [join(a, b) for a, b in pairs(clips)]
    heard = [(label, hear(model, sound)) for label, sound in clips]
    spliced = [(hear(model, sound), hear(model, sound[int(BEFORE_S * 22050) :])) for sound in splices]
    rows = []
    for window_s, recent_s, change, attack_s, release_s, margin in SETTINGS:
        settings = Decision(
            window_s=window_s,
            recent_s=recent_s,
            change=change,
            attack_s=attack_s,
            release_s=release_s,
            margin=margin,
        )
        r = measure(model, settings, heard, spliced)
        forgets = f"{change:g} in {recent_s:g} s" if change < 1 else "never"
        setting = (f"{window_s:g} s", forgets, f"{attack_s:g}/{release_s:g} s", f"{margin:g}")
        rows.append(
            (*setting, *_times(r.times_s), f"{r.followed:.0%}", *_times(r.clear_times_s), len(r.clear_times_s),
             f"{r.changes_per_minute:.1f}", f"{r.accuracy:.0%}")
        )  # fmt: skip
    show(
        f"Reaction to {len(splices)} splices, and changes of the label within {len(heard)} clips",
        ("window", "forgets at", "attack/release", "margin", "median", "90 %", "followed", "clear: median", "90 %", "n",
         "changes/min", "right label"),
        rows,
        "to reach: median of 2 s or less, a few changes a minute; right label: share of time within the clips",
    )  # fmt: skip


def _times(values: list[float]) -> tuple[str, str]:
    if not values:
        return "-", "-"
    return f"{np.median(values):.2f} s", f"{np.percentile(values, 90):.2f} s"


def render() -> list[tuple[str, NDArray[np.float32]]]:
    """Return (emotion, sound at 22,050 Hz) of clips of the validation split, evenly over emotions and guitars."""
    guitars = itertools.cycle([Renderer(name) for name in GUITARS])
    clips, counts = [], dict.fromkeys(EMOTIONS, 0)
    songs: set[str] = set()
    for piece in split(emopia(data_folder())).validation:
        assert piece.emotion is not None
        emotion = EMOTIONS[piece.emotion]
        if counts[emotion] < CLIPS_PER_EMOTION and piece.song not in songs:
            songs.add(piece.song)
            counts[emotion] += 1
            clips.append((emotion, next(guitars).play(piece.notes)))
    return clips


def pairs(clips: list[tuple[str, NDArray[np.float32]]]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return every clip followed by one clip of each other emotion."""
    of = {e: [sound for emotion, sound in clips if emotion == e] for e in EMOTIONS}
    return [
        (sound, of[other][k % len(of[other])])
        for emotion in EMOTIONS
        for k, sound in enumerate(of[emotion])
        for other in EMOTIONS
        if other != emotion
    ]


def join(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the middle of `a` followed by the middle of `b`, each of its own loudness."""
    before, after = int(BEFORE_S * 22050), int(AFTER_S * 22050)
    return np.concatenate([a[22050 : 22050 + before], b[22050 : 22050 + after]])


def hear(model: Model, sound: NDArray[np.float32]) -> Heard:
    s = model.contract.front_end
    steps = FrontEnd(s).push(sound)
    reference = ReferenceLevel(s.steps_per_second).follow(steps.level_dbfs)
    return Heard(model.stream().push(*network_inputs(steps, reference, s)), steps.level_dbfs)


def measure(
    model: Model, settings: Decision, clips: list[tuple[str, Heard]], splices: list[tuple[Heard, Heard]]
) -> Reaction:
    """Return the figures of one setting."""
    changes, seconds, right = 0, 0.0, []
    for emotion, heard in clips:
        labels = [p.label for p in decide(model, settings, heard)][20:]
        changes += sum(a != b for a, b in itertools.pairwise(labels))
        seconds += len(labels) / model.contract.front_end.steps_per_second
        right += [label == emotion for label in labels]
    times, clear_times, possible = [], [], 0
    for joined, alone in splices:
        predictions = decide(model, settings, joined)
        labels_alone = [p.label for p in decide(model, settings, alone)]
        target = max(EMOTIONS, key=labels_alone.count)
        at_splice = max((k for k, p in enumerate(predictions) if p.time_s <= BEFORE_S), default=0)
        if predictions[at_splice].label == target:
            continue
        possible += 1
        if (time_s := follows(predictions, target)) is not None:
            times.append(time_s)
            if labels_alone.count(target) >= CLEAR * len(labels_alone):
                clear_times.append(time_s)
    return Reaction(times, clear_times, len(times) / possible, 60.0 * changes / seconds, float(np.mean(right)))


def follows(predictions: list[Prediction], target: str) -> float | None:
    """Return the seconds from the splice until the label is `target` and stays so for a moment, or None."""
    after = [p for p in predictions if p.time_s > BEFORE_S]
    for p in after:
        stays = [q.label == target for q in after if p.time_s <= q.time_s <= p.time_s + SETTLED_S]
        if all(stays):
            return p.time_s - BEFORE_S
    return None


def decide(model: Model, settings: Decision, heard: Heard) -> list[Prediction]:
    """Return the predictions that a chain with these settings makes of what the network said."""
    chain = Chain(model, settings, model.contract.front_end.rate_hz)
    return [chain._predict(row, level) for row, level in zip(heard.evidence, heard.level_dbfs.tolist(), strict=True)]
