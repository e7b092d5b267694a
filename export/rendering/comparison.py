"""Rendered guitars beside real ones: the same notes, in pictures and numbers."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from edge.features import FrontEndSettings
from export.corpora.folder import data_folder
from export.notes import CorpusError, Notes, read_jams
from export.rendering.render import GUITARS, Renderer, render_take
from export.rendering.statistics import STATISTICS, levels_db, mel_profile_db, statistics

_SETTINGS = FrontEndSettings()
_RIGS = 12  # takes of each recording on each guitar
_SHOWN_S = 8.0
_LOUDEST_VELOCITY = 105


@dataclass(frozen=True, slots=True)
class Recording:
    """A real recording and the notes that are heard in it; none are known where `notes` is None."""

    name: str
    sound: NDArray[np.float32]
    notes: Notes | None


def compare_with_real(folder: Path) -> dict[str, Any]:
    """Play the notes of GuitarSet's recordings on every guitar and write how both sound into `folder`.

    Writes `spectrograms.jpg` (real above, rendered below), `comparison.json` and `comparison.md`. Recordings whose
    notes nobody wrote down (Berklee's riffs) take part in what needs none.

    Returns
    -------
    dict
        "real" and "rendered": name to statistics; "rendered_range": statistic to its 5th, 50th and 95th percentile
        over all takes; "outside": the statistics in which a real recording lies outside that range.
    """
    folder.mkdir(parents=True, exist_ok=True)
    real = _guitarset() + _riffs()
    takes = _takes([r for r in real if r.notes is not None])
    profile = np.mean([mel_profile_db(r.sound, _SETTINGS) for r in real if r.notes is not None], axis=0)
    report = _report(real, takes, profile)
    (folder / "comparison.json").write_text(json.dumps(report, indent=1))
    (folder / "comparison.md").write_text(as_table(report))
    _draw(folder / "spectrograms.jpg", real[0], takes)
    return report


def as_table(report: dict[str, Any]) -> str:
    """Return the report as a Markdown table, one line for each statistic."""
    real, guitars = list(report["real"]), list(report["rendered"])
    lines = [
        "| statistic | " + " | ".join(real) + " | rendered 5–50–95 % | " + " | ".join(guitars) + " |",
        "|---" * (len(real) + len(guitars) + 2) + "|",
    ]
    for name in report["rendered_range"]:
        cells = [_cell(report["real"][r][name]) for r in real]
        cells.append(" – ".join(_cell(v) for v in report["rendered_range"][name]))
        cells += [_cell(report["rendered"][g][name]) for g in guitars]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _read(path: Path) -> NDArray[np.float32]:
    if not path.is_file():
        raise CorpusError(f"{path}: no such recording; see the data folder's README")
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(sound.mean(axis=1), rate_hz, _SETTINGS.rate_hz), np.float32)


def _guitarset() -> list[Recording]:
    found = []
    for path in sorted((data_folder() / "real" / "guitarset").glob("*_mic.flac")):
        name = path.name.removesuffix("_mic.flac")
        sound = _read(path)
        notes = read_jams(gzip.decompress((path.parent / f"{name}.jams.gz").read_bytes()))
        found.append(Recording(name, sound, as_loud_as(notes, sound, _SETTINGS.rate_hz)))
    if not found:
        raise CorpusError(f"{data_folder()}/real/guitarset: no recording; see the data folder's README")
    return found


def _riffs() -> list[Recording]:
    paths = sorted((data_folder() / "real" / "berklee").glob("guitar_riff*.mp3"))
    return [Recording(p.stem.removeprefix("guitar_"), _read(p), None) for p in paths]


def as_loud_as(notes: Notes, sound: NDArray[np.float32], rate_hz: int) -> Notes:
    """Return the notes with velocities read off a recording of them, which annotations leave out.

    Instruments play a velocity v with an amplitude of about (v / 127)^2, 40 dB a decade.
    """
    step = rate_hz // 100
    level = levels_db(sound, step)
    at = np.minimum((notes.start_s * rate_hz / step).astype(int), len(level) - 1)
    reached = np.array([level[k : k + 8].max() for k in at])
    below_db = reached - np.percentile(reached, 95)
    velocity = np.clip(_LOUDEST_VELOCITY * 10.0 ** (below_db / 40.0), 20, 127)
    return replace(notes, velocity=np.rint(velocity).astype(int))


def _takes(real: list[Recording]) -> dict[str, list[tuple[NDArray[np.float32], NDArray[np.float64]]]]:
    """Return for each guitar its takes: sound and onsets, those of the first recording first."""
    takes: dict[str, list[tuple[NDArray[np.float32], NDArray[np.float64]]]] = {}
    for guitar in GUITARS:
        renderer = Renderer(guitar, _SETTINGS.rate_hz)
        for k, recording in enumerate(real):
            for seed in range(_RIGS):
                assert recording.notes is not None
                played, sound = render_take(recording.notes, renderer, 1000 * k + 100 * GUITARS.index(guitar) + seed)
                takes.setdefault(guitar, []).append((sound, played.notes.start_s))
    return takes


def _report(
    real: list[Recording],
    takes: dict[str, list[tuple[NDArray[np.float32], NDArray[np.float64]]]],
    profile_db: NDArray[np.float64],
) -> dict[str, Any]:
    def values(sound: NDArray[np.float32], onset_s: NDArray[np.float64] | None) -> dict[str, float]:
        distance = np.sqrt(np.mean((mel_profile_db(sound, _SETTINGS) - profile_db) ** 2))
        return statistics(sound, onset_s, _SETTINGS.rate_hz) | {"mel_profile_distance_db": float(distance)}

    of_real = {r.name: values(r.sound, None if r.notes is None else r.notes.start_s) for r in real}
    of_takes = {guitar: [values(*take) for take in some] for guitar, some in takes.items()}
    every = [v for some in of_takes.values() for v in some]
    names = [*STATISTICS, "mel_profile_distance_db"]
    spread = {n: np.nanpercentile([v[n] for v in every], (5, 50, 95)).tolist() for n in names}
    return {
        "real": {r: {n: _known(v[n]) for n in names} for r, v in of_real.items()},
        "rendered": {g: {n: float(np.nanmedian([v[n] for v in some])) for n in names} for g, some in of_takes.items()},
        "rendered_range": spread,
        "outside": {
            n: out
            for n in names[:-1]
            if (out := [r for r, v in of_real.items() if v[n] < spread[n][0] or v[n] > spread[n][2]])
        },
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _draw(path: Path, real: Recording, takes: dict[str, list[tuple[NDArray[np.float32], NDArray[np.float64]]]]) -> None:
    import matplotlib  # takes a second to load: nobody else here needs it

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = [(f"{real.name}, real", real.sound)]
    shown += [(f"{guitar}, rendered", some[0][0]) for guitar, some in takes.items()]
    figure, axes = plt.subplots(len(shown), 1, figsize=(9, 1.8 * len(shown)), sharex=True)
    for ax, (title, sound) in zip(axes, shown, strict=True):
        part = sound[: round(_SHOWN_S * _SETTINGS.rate_hz)]
        ax.specgram(
            part / max(np.abs(part).max(), 1e-9), NFFT=2048, Fs=_SETTINGS.rate_hz, noverlap=1536, vmin=-130, vmax=-30
        )
        ax.set_yscale("log", base=2)
        ax.set_ylim(60, _SETTINGS.rate_hz / 2)
        ax.set_yticks([125, 250, 500, 1000, 2000, 4000, 8000], ["125", "250", "500", "1k", "2k", "4k", "8k"])
        ax.set(title=title, ylabel="Hz")
    axes[-1].set_xlabel("s")
    figure.tight_layout()
    figure.savefig(path, dpi=100, pil_kwargs={"quality": 75})
    plt.close(figure)
