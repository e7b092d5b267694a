"""What people send: looked at by its content, analysed in a process of its own as if it were played."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.analysis import analyze
from edge.config import Decision
from edge.errors import AudioError
from edge.takes.steps import predictions_of, read_steps
from edge.takes.take import Take, TakeState
from tests.edge.api.client import wait_until
from tests.edge.takes.playing import DEMO, MODEL, Playing, read

Start = Callable[..., Playing]


def done(player: Playing, take: Take) -> Take:
    wait_until(lambda: player.library.get(take.id).state is not TakeState.ANALYSING, 40)
    return player.library.get(take.id)


def sent(player: Playing, path: Path, name: str = "") -> Take:
    copy = path.with_name("received")
    shutil.copy(path, copy)
    return player.takes.work.add(copy, name or path.name)


def test_an_upload_becomes_what_analyze_says_of_it(playing: Start, tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    sound, rate_hz = soundfile.read(DEMO, dtype="float32")
    soundfile.write(path, np.stack([sound, 0.5 * sound], 1)[: 20 * rate_hz], rate_hz, "PCM_24")
    player = playing()
    take = done(player, sent(player, path, "My Riff.wav"))
    assert (take.state, take.name, take.origin, take.channels) == (TakeState.READY, "My Riff", "uploaded", 2)
    expected = analyze(path, MODEL, Decision()).document
    kept = list(predictions_of(read_steps(player.library.folder_of(take) / "steps")))
    assert [p.label for p in kept] == [p["label"] for p in expected["predictions"]]
    assert take.label == expected["overall"]["label"]
    np.testing.assert_array_equal(read(player.library.folder_of(take))[0], soundfile.read(path, dtype="float32")[0])
    assert sorted(f.name for f in player.library.folder_of(take).iterdir()) == ["sound.flac", "steps", "take.json"]
    player.takes.excerpt(take, 10.0)


@pytest.mark.parametrize("content", [b"", b"RIFF" + bytes(100), b"#!/bin/sh\nreboot\n", bytes(5000)])
def test_what_is_no_sound_is_refused_by_its_content(playing: Start, tmp_path: Path, content: bytes) -> None:
    player = playing()
    (tmp_path / "riff.wav").write_bytes(content)
    with pytest.raises(AudioError) as told:
        player.takes.work.add(tmp_path / "riff.wav", "riff.wav")
    assert str(tmp_path) not in str(told.value)
    assert player.library.all() == []


def test_what_is_too_long_or_too_wide_is_refused(playing: Start, tmp_path: Path) -> None:
    player = playing(most_minutes=0.5)
    with pytest.raises(AudioError, match="longer than"):
        sent(player, Path(shutil.copy(DEMO, tmp_path / "demo.flac")))
    soundfile.write(tmp_path / "wide.wav", np.zeros((1000, 9), np.float32), 48000)
    with pytest.raises(AudioError, match="9 channels"):
        sent(player, tmp_path / "wide.wav")
    soundfile.write(tmp_path / "slow.wav", np.zeros(1000, np.float32), 1000)
    with pytest.raises(AudioError, match="1000 Hz"):
        sent(player, tmp_path / "slow.wav")


def test_a_file_that_is_damaged_further_on_says_so_and_does_not_hold_up_the_next(
    playing: Start, tmp_path: Path
) -> None:
    content = bytearray(DEMO.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3000] = bytes(3000)
    (tmp_path / "bad.flac").write_bytes(content)
    player = playing()
    bad = sent(player, tmp_path / "bad.flac")
    good = sent(player, Path(shutil.copy(DEMO, tmp_path / "demo.flac")))
    failed = done(player, bad)
    assert failed.state is TakeState.FAILED
    assert "damaged" in failed.note
    assert str(tmp_path) not in failed.note
    assert [f.name for f in player.library.folder_of(failed).iterdir()] == ["take.json"]
    assert done(player, good).state is TakeState.READY
    player.library.delete(failed.id)


def test_an_upload_that_was_not_analysed_before_the_end_leaves_nothing(playing: Start, tmp_path: Path) -> None:
    player = playing()
    take = sent(player, Path(shutil.copy(DEMO, tmp_path / "demo.flac")))
    player.takes.close()
    again = playing()
    wait_until(lambda: again.recorder.status()["state"] == "ready", 5)
    assert again.library.all() == []
    assert not again.library.folder_of(take).exists()
