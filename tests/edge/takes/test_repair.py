"""Sounds whose writing was cut off: by SIGKILL, in the middle of a block, with what a file system leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.takes.recording import PART, SOUND, Recording
from edge.takes.repair import repair
from tests.edge.takes.playing import DEMO

KILLED = """
import os, sys
import numpy as np, soundfile
from pathlib import Path
from edge.takes.recording import Recording
sound, rate_hz = soundfile.read(sys.argv[2], dtype="float32")
recording = Recording(Path(sys.argv[1]), rate_hz)
for start in range(0, 12 * rate_hz, 1000):
    recording.write(sound[start : start + 1000])
print(recording.frames, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def cut(tmp_path: Path) -> tuple[Path, np.ndarray, int]:
    """A folder in which a process was killed while it wrote; the sound it wrote, and how much of it."""
    result = subprocess.run([sys.executable, "-c", KILLED, tmp_path, DEMO], capture_output=True, text=True)
    assert result.returncode == -signal.SIGKILL, result.stderr
    return tmp_path, soundfile.read(DEMO, dtype="float32")[0], int(result.stdout)


def test_a_killed_process_costs_less_than_two_seconds(cut: tuple[Path, np.ndarray, int]) -> None:
    folder, sound, frames = cut
    assert not (folder / SOUND).exists()
    assert repair(folder)
    kept, rate_hz = soundfile.read(folder / SOUND, dtype="float32")
    assert frames - len(kept) < 0.2 * rate_hz
    np.testing.assert_array_equal(kept, sound[: len(kept)])
    assert not (folder / PART).exists()
    # twice does no harm
    assert repair(folder)


@pytest.mark.parametrize("tail", [b"", b"\0" * 300_000, b"\xff\xf8\xc9\x18" * 5000], ids=["cut", "zeros", "garbage"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.987])
def test_what_was_written_before_the_cut_is_kept(cut: tuple[Path, np.ndarray, int], share: float, tail: bytes) -> None:
    folder, sound, frames = cut
    whole = (folder / PART).read_bytes()
    (folder / PART).write_bytes(whole[: round(share * len(whole))] + tail)
    assert repair(folder)
    kept = soundfile.read(folder / SOUND, dtype="float32")[0]
    # louder sound takes more bytes; so compare with what lies before the cut in the whole file
    assert len(kept) > 0.3 * share * frames
    np.testing.assert_array_equal(kept, sound[: len(kept)])
    # the file plays to its end, also where a player goes there at once
    with soundfile.SoundFile(folder / SOUND) as file:
        file.seek(len(kept) - 100)
        assert len(file.read()) == 100


@pytest.mark.parametrize("content", [b"", b"fLaC", b"\0" * 9000])
def test_a_file_without_sound_is_no_take(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PART).write_bytes(content)
    assert not repair(tmp_path)
    assert not (tmp_path / SOUND).exists()


def test_a_whole_take_is_left_alone(tmp_path: Path) -> None:
    recording = Recording(tmp_path, 48000)
    recording.write(np.sin(np.arange(50000, dtype=np.float32)))
    recording.finish()
    before = (tmp_path / SOUND).read_bytes()
    assert repair(tmp_path)
    assert (tmp_path / SOUND).read_bytes() == before
