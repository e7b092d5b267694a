"""Rendered music as features, computed once and kept: a second run starts at once."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from tqdm import tqdm

from edge.features import FrontEnd, FrontEndSettings, Steps
from export.corpora import Piece
from export.notes import CorpusError
from export.rendering.render import GUITARS, Renderer

FEATURES_VERSION = 2
"""Raised when `edge.features` computes something else from the same settings, so that no stale cache is read."""


def cache_folder(root: Path, settings: FrontEndSettings) -> Path:
    """Return the folder of features with these settings: other settings never meet the wrong cache."""
    key = hashlib.sha256(json.dumps(settings.to_dict(), sort_keys=True).encode()).hexdigest()[:8]
    return root / f"features-{FEATURES_VERSION}-{key}"


@dataclass(frozen=True, slots=True)
class Take:
    """A piece played on one guitar."""

    piece: Piece
    guitar: str
    steps: Steps

    def float32(self) -> Steps:
        """Return the features in the precision that the front end gives live."""
        s = self.steps
        return Steps(s.mel_db.astype(np.float32), s.pitch_db.astype(np.float32), s.level_dbfs)


def guitars_of(piece: Piece, passes: int) -> list[str]:
    """Return the guitars that play a piece in the first `passes` passes; each pass mixes all guitars."""
    first = crc32(piece.name.encode()) % len(GUITARS)
    return [GUITARS[(first + k) % len(GUITARS)] for k in range(passes)]


def build(pieces: list[Piece], folder: Path, passes: int, workers: int = 1) -> None:
    """Render what is not in the cache yet, pass by pass, so that the cache is useful long before it is full."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(p, guitars_of(p, k + 1)[k], folder) for k in range(passes) for p in pieces]
    jobs = [job for job in jobs if not _path(folder, job[0].name, job[1]).is_file()]
    if workers == 1:
        for job in tqdm(jobs, desc="render"):
            _render(*job)
        return
    with ProcessPoolExecutor(workers) as pool:
        list(tqdm(pool.map(_render, *zip(*jobs, strict=True), chunksize=4), total=len(jobs), desc="render"))


_renderers: dict[str, Renderer] = {}  # of this process: a sampled guitar keeps its pitched notes


def _render(piece: Piece, guitar: str, folder: Path) -> None:
    if guitar not in _renderers:
        _renderers[guitar] = Renderer(guitar, FrontEndSettings().rate_hz)
    sound = _renderers[guitar].play(piece.notes, seed=crc32(piece.name.encode()))
    steps = FrontEnd().push(sound)
    path = _path(folder, piece.name, guitar)
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished, mel=steps.mel_db.astype(np.float16), pitch=steps.pitch_db.astype(np.float16), level=steps.level_dbfs
    )
    unfinished.replace(path)


def _path(folder: Path, name: str, guitar: str) -> Path:
    return folder / f"{name}.{guitar}.npz"


def load(pieces: list[Piece], folder: Path, passes: int) -> list[Take]:
    """Return the takes that are in the cache; the features stay float16 to save memory."""
    takes = []
    for piece in tqdm(pieces, desc="load", leave=False):
        for guitar in guitars_of(piece, passes):
            path = _path(folder, piece.name, guitar)
            if path.is_file():
                with np.load(path) as z:
                    takes.append(Take(piece, guitar, Steps(z["mel"], z["pitch"], z["level"])))
    if not takes:
        raise CorpusError(f"{folder}: no rendered music; run `affetto-model render` first")
    return takes


def session_levels(takes: list[Take]) -> dict[str, float]:
    """Return for each guitar the level that a long session's loud playing reaches, in dBFS.

    The 90th percentile of the loudest step of each take.
    """
    loudest: dict[str, list[float]] = {}
    for take in takes:
        loudest.setdefault(take.guitar, []).append(float(take.steps.level_dbfs.max()))
    return {guitar: float(np.percentile(values, 90)) for guitar, values in loudest.items()}


def splits_are_disjoint(pieces: list[Piece]) -> bool:
    """Tell whether no song stands in two splits."""
    by_song = sorted((p.song, p.split) for p in pieces)
    return all(a[0] != b[0] or a[1] == b[1] for a, b in pairwise(by_song))
