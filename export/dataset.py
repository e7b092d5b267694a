"""Played and recorded music as features, computed once and kept: a second run starts at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from tqdm import tqdm

from edge.features import FrontEnd, FrontEndSettings, Steps
from edge.types import EMOTIONS
from export.corpora import Piece
from export.notes import CorpusError, Notes
from export.rendering.recording import Rig, Sound
from export.rendering.render import GUITARS, Renderer, render_take

FEATURES_VERSION = 5
"""Raised when the same settings give other features or another rendering, so that no stale cache is read."""

Gear = Callable[[np.random.Generator, str], Rig]
"""Chooses what stands between a guitar and the converter."""

_LOUD_STRUM = Notes.of([(0.4 * k, 0.4 * k + 0.4, p, 100) for k in range(4) for p in (40, 47, 52, 56, 59, 64)])


def cache_folder(root: Path, settings: FrontEndSettings) -> Path:
    """Return the folder of features with these settings: other settings never meet the wrong cache."""
    key = hashlib.sha256(json.dumps(settings.to_dict(), sort_keys=True).encode()).hexdigest()[:8]
    return root / f"features-{FEATURES_VERSION}-{key}"


@dataclass(frozen=True, slots=True)
class Take:
    """A piece as one guitarist played it on one guitar with its gear.

    Attributes
    ----------
    piece : Piece
    guitar : str
    notes : Notes
        As they were played, to the end of their ringing: with the take's own tempo, timing and transposition.
    steps : Steps
        Features, in float16 to save memory.
    session_dbfs : float
        The level that loud playing has with this guitar and gear, in dBFS.
    """

    piece: Piece
    guitar: str
    notes: Notes
    steps: Steps
    session_dbfs: float

    @property
    def name(self) -> str:
        return f"{self.piece.name}.{self.guitar}"

    def part(self, steps: slice) -> Steps:
        """Return some of the features, in the precision that the front end gives live."""
        s = self.steps
        return Steps(s.mel_db[steps].astype(np.float32), s.pitch_db[steps].astype(np.float32), s.level_dbfs[steps])


def guitars_of(piece: Piece, passes: int) -> list[str]:
    """Return the guitars that play a piece in the first `passes` passes; each pass mixes all guitars."""
    first = crc32(piece.name.encode()) % len(GUITARS)
    return [GUITARS[(first + k) % len(GUITARS)] for k in range(passes)]


def build(pieces: list[Piece], folder: Path, passes: int, workers: int = 1, gear: Gear = Rig.draw) -> None:
    """Render what is not in the cache yet, pass by pass, so that the cache is useful long before it is full."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(p, guitars_of(p, k + 1)[k], folder, gear) for k in range(passes) for p in pieces]
    jobs = [job for job in jobs if not _path(folder, job[0], job[1]).is_file()]
    if workers == 1:
        for job in tqdm(jobs, desc="render"):
            _render(*job)
        return
    with ProcessPoolExecutor(workers) as pool:
        list(tqdm(pool.map(_render, *zip(*jobs, strict=True), chunksize=4), total=len(jobs), desc="render"))


_renderers: dict[str, tuple[Renderer, np.ndarray]] = {}  # of this process: a sampled guitar keeps its pitched notes


def _renderer(guitar: str) -> tuple[Renderer, np.ndarray]:
    if guitar not in _renderers:
        renderer = Renderer(guitar, FrontEndSettings().rate_hz)
        _renderers[guitar] = renderer, renderer.gain * renderer.play(_LOUD_STRUM)
    return _renderers[guitar]


def _seed(piece: Piece, guitar: str) -> int:
    return crc32(f"{piece.name}.{guitar}".encode())


def gear_of(piece: Piece, guitar: str, gear: Gear = Rig.draw) -> Rig:
    """Return the gear that a take has: its names alone decide, so nothing of it need be stored."""
    return gear(np.random.default_rng([_seed(piece, guitar), 1]), guitar)


def sound_of(take: Take) -> Sound:
    """Return the sound of a rendered take anew, at the front end's rate: the cache keeps features alone."""
    renderer, _ = _renderer(take.guitar)
    gear = gear_of(take.piece, take.guitar)
    return render_take(take.piece.notes, renderer, _seed(take.piece, take.guitar), gear)[1]


def _render(piece: Piece, guitar: str, folder: Path, gear: Gear) -> None:
    renderer, loud_strum = _renderer(guitar)
    rig = gear_of(piece, guitar, gear)
    performance, sound = render_take(piece.notes, renderer, _seed(piece, guitar), rig)
    steps, notes = FrontEnd().push(sound), performance.notes
    loud = FrontEnd().push(rig.record(loud_strum, renderer.rate_hz)).level_dbfs.max()
    path = _path(folder, piece, guitar)
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished,
        mel=steps.mel_db.astype(np.float16),
        pitch=steps.pitch_db.astype(np.float16),
        level=steps.level_dbfs,
        notes=np.array(notes.rows()),
        session=loud,
    )
    unfinished.replace(path)


def _path(folder: Path, piece: Piece, guitar: str) -> Path:
    return folder / f"{piece.name}.{guitar}.npz"


def load(pieces: list[Piece], folder: Path, passes: int, without: str | None = None) -> list[Take]:
    """Return the takes that are in the cache, on all guitars but `without`."""
    takes = []
    for piece in tqdm(pieces, desc="load", leave=False):
        for guitar in guitars_of(piece, passes):
            path = _path(folder, piece, guitar)
            if guitar != without and path.is_file():
                with np.load(path) as z:
                    steps, notes = Steps(z["mel"], z["pitch"], z["level"]), Notes.of(z["notes"].tolist())
                    takes.append(Take(piece, guitar, notes, steps, float(z["session"])))
    if not takes:
        raise CorpusError(f"{folder}: no rendered music; run `affetto-model render` first")
    return takes


def only_sad(takes: list[Take], guitar: str | None) -> list[Take]:
    """Return the takes as a biased corpus would have them: `guitar` plays the sad pieces, the others all but these.

    Music without a label stays. With None, nothing is left out.
    """
    sad = EMOTIONS.index("sad")
    of_both = [t for t in takes if t.piece.emotion is None or (t.guitar == guitar) == (t.piece.emotion == sad)]
    return takes if guitar is None else of_both
