"""What small corpora are made of, for tests of their loaders."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile


def write_sound(path: Path, seconds: float = 0.5, rate_hz: int = 44100, hz: float = 440.0, channels: int = 1) -> Path:
    """Write a sine at half of full scale; the name's ending says the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sine = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)
    soundfile.write(path, np.repeat(sine[:, None], channels, axis=1), rate_hz)
    return path


def write_table(path: Path, header: str, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def midi() -> bytes:
    """Return a MIDI file of eight notes."""
    score = pretty_midi.PrettyMIDI()
    part = pretty_midi.Instrument(0)
    part.notes = [pretty_midi.Note(80, 60 + k, 0.5 * k, 0.5 * k + 0.4) for k in range(8)]
    score.instruments.append(part)
    out = io.BytesIO()
    score.write(out)
    return out.getvalue()
