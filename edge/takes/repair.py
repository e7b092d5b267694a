"""Makes a whole take of one whose writing was cut off, by a power cut or a full disk."""

from __future__ import annotations

import os
from pathlib import Path

import soundfile

from edge.takes.recording import PART, SOUND, sync_folder

_BLOCK = 4096
"""Samples of a FLAC block as libFLAC writes them; read one by one, since an error costs the block that it is in."""

_TOTAL_AT = 21  # where STREAMINFO says in 36 bits how many samples there are
_MOST = (1 << 36) - 1


def repair(folder: Path) -> bool:
    """Finish the sound in a folder, if it was not; return whether there is a sound now.

    A FLAC stream that was cut off holds everything but its number of samples. So nothing is copied: it is counted
    what can be decoded, and the number is written where it belongs. To do so again does no harm.
    """
    part, whole = folder / PART, folder / SOUND
    if whole.exists():
        part.unlink(missing_ok=True)
        return True
    if not part.exists():
        return False
    if not _set_total(part, _MOST) or (samples := _decodable(part)) == 0:
        return False
    _set_total(part, samples)
    part.rename(whole)
    sync_folder(folder)
    return True


def _decodable(path: Path) -> int:
    samples = 0
    try:
        with soundfile.SoundFile(path) as file:
            while block := len(file.read(_BLOCK, dtype="int32")):
                samples += block
    except (soundfile.LibsndfileError, RuntimeError):
        pass
    return samples


def _set_total(path: Path, samples: int) -> bool:
    with path.open("r+b") as file:
        head = file.read(_TOTAL_AT + 5)
        if len(head) < _TOTAL_AT + 5 or not head.startswith(b"fLaC"):
            return False
        file.seek(_TOTAL_AT)
        file.write(bytes([(head[_TOTAL_AT] & 0xF0) | samples >> 32]) + (samples & 0xFFFFFFFF).to_bytes(4, "big"))
        file.flush()
        os.fsync(file.fileno())
    return True
