"""Recording: exact, bounded, and never in the way of the analysis."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.errors import TakesError
from edge.takes import tap
from edge.takes.library import Library
from edge.takes.recording import STEPS
from edge.takes.steps import predictions_of, read_steps
from edge.takes.take import BusyError, FullError, TakeState
from tests.edge.api.client import wait_until
from tests.edge.takes.playing import MODEL, Playing, read

Start = Callable[..., Playing]


def recorded(player: Playing) -> float:
    return player.recorder.status()["recorded_s"]


def test_a_take_is_the_sound_as_it_came_and_what_was_heard_in_it(playing: Start) -> None:
    player = playing()
    player.play(1.03)
    take = player.recorder.record("  My \n take ")
    begun = player.frames
    player.play(5)
    done = player.recorder.stop()
    assert (done.id, done.name, done.state, done.rate_hz) == (take.id, "My take", TakeState.READY, player.rate_hz)
    assert done.duration_s == pytest.approx(5, abs=0.001)
    folder = player.library.folder_of(done)
    np.testing.assert_array_equal(read(folder)[0], player.sound[begun : player.frames])
    begin_s = begun / player.rate_hz
    expected = [p for p in player.predictions if p.time_s > begin_s]
    kept = list(predictions_of(read_steps(folder / STEPS)))
    assert [p.time_s for p in kept] == pytest.approx([p.time_s - begin_s for p in expected])
    assert [p.label for p in kept] == [p.label for p in expected]
    np.testing.assert_allclose([p.effects for p in kept], [p.effects for p in expected], rtol=1e-6)
    assert done.model["version"] == MODEL.describe()["version"]
    assert done.label in done.probabilities
    assert len(done.timeline["labels"]) == pytest.approx(53, abs=1)


def test_what_was_just_played_can_be_kept_afterwards(playing: Start) -> None:
    player = playing()
    player.play(12)
    take = player.recorder.keep(8)
    sound, rate_hz = read(player.library.folder_of(take))
    assert take.origin == "kept"
    assert (rate_hz, take.duration_s) == (22050, pytest.approx(8, abs=0.1))
    expected, begin_s, end_s = player.history.recent(8)
    np.testing.assert_allclose(sound, expected, atol=1e-6)
    steps = read_steps(player.library.folder_of(take) / STEPS)
    assert len(steps) == pytest.approx(8 * 10.77, abs=1)
    assert steps["time_s"][-1] <= end_s - begin_s
    # it can be had while another take is recorded, and does not disturb it
    player.recorder.record()
    player.play(3)
    assert player.recorder.keep(5).state is TakeState.READY
    assert player.recorder.stop().duration_s == pytest.approx(3, abs=0.001)


def test_what_is_not_possible_is_said(playing: Start) -> None:
    player = playing()
    with pytest.raises(BusyError, match="nothing is being recorded"):
        player.recorder.stop()
    with pytest.raises(BusyError, match="no sound is kept"):
        player.recorder.keep(10)
    player.recorder.record()
    with pytest.raises(BusyError, match="recorded already"):
        player.recorder.record()
    assert player.recorder.status()["state"] == "recording"


def test_a_source_at_another_rate_ends_the_take(playing: Start) -> None:
    player = playing()
    take = player.recorder.record()
    player.play(2)
    wait_until(lambda: recorded(player) == 2, 5)
    player.tap.begin(48000)
    wait_until(lambda: player.recorder.status()["state"] == "ready", 5)
    done = player.library.get(take.id)
    assert (done.state, done.duration_s) == (TakeState.READY, pytest.approx(2, abs=0.01))
    assert "changed from 44100 to 48000 Hz" in done.note


def test_a_forgotten_recording_ends(playing: Start) -> None:
    player = playing(most_minutes=0.05)
    take = player.recorder.record()
    player.play(4)
    wait_until(lambda: player.recorder.status()["state"] == "full", 5)
    assert "takes.most_minutes" in player.library.get(take.id).note
    assert player.library.get(take.id).duration_s == pytest.approx(4, abs=0.01)


def test_a_slow_disk_delays_nobody_and_what_it_loses_is_told(playing: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "SLACK_S", 1.0)
    player = playing()
    player.recorder.record()
    begun = player.frames
    fsync, until = os.fsync, time.monotonic() + 3

    def slow(descriptor: int) -> None:
        time.sleep(max(0.0, until - time.monotonic()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    player.play(1.5)
    time.sleep(0.6)  # now it hangs in its first fsync
    slowest = 0.0
    for _ in range(40):
        block = player.sound[player.frames : player.frames + 4096]
        player.frames += len(block)
        began = time.perf_counter()
        player.tap.hear(block, player.frames / player.rate_hz, [])
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 0.05
    wait_until(lambda: player.recorder.status()["lost_s"] > 1, 10)
    done = player.recorder.stop()
    seconds = (player.frames - begun) / player.rate_hz
    assert done.lost_s > 1
    # silence stands for it, so that what came after keeps its time
    assert done.duration_s == pytest.approx(seconds, abs=0.01)
    sound, _ = read(player.library.folder_of(done))
    np.testing.assert_array_equal(sound[-10000:], player.sound[player.frames - 10000 : player.frames])
    np.testing.assert_array_equal(sound[:40000], player.sound[begun : begun + 40000])


def test_a_disk_that_gets_full_ends_the_take_and_not_the_music(
    playing: Start, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(16)
    player = playing(disk / "takes")
    take = player.recorder.record()
    player.play(2)
    wait_until(lambda: recorded(player) == 2, 5)
    (disk / "other").write_bytes(bytes(7_000_000))
    wait_until(lambda: player.recorder.status()["state"] == "full", 5)
    assert "almost full" in player.recorder.status()["note"]
    kept = player.library.get(take.id)
    assert (kept.state, kept.duration_s) == (TakeState.READY, pytest.approx(2, abs=0.01))
    with pytest.raises(FullError, match="set takes"):
        player.recorder.record()
    player.play(1)  # nobody waits
    (disk / "other").unlink()
    assert player.recorder.record().state is TakeState.RECORDING


def fill(path: Path) -> None:
    """Write until the disk is full."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(descriptor, bytes(4096))
    os.close(descriptor)


def test_a_disk_that_is_full_from_one_moment_to_the_next_keeps_what_was_written(
    playing: Start, small_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk(16)
    player = playing(disk / "takes")
    monkeypatch.setattr(Library, "free_mb", lambda _: 1000.0)  # somebody else fills it between two looks
    older = player.recorder.record()
    player.play(1)
    player.recorder.stop()
    take = player.recorder.record()
    player.play(2)
    wait_until(lambda: recorded(player) == 2, 5)
    fill(disk / "other")
    for _ in range(10):
        player.play(1)
        time.sleep(0.1)
    wait_until(lambda: player.recorder.status()["state"] in ("failed", "full"), 10)
    assert "disk" in player.recorder.status()["note"]
    (disk / "other").unlink()
    player.takes.close()
    again = playing(disk / "takes")
    wait_until(lambda: again.recorder.status()["state"] == "ready", 5)
    kept = again.library.get(take.id)
    assert kept.state is TakeState.READY
    assert kept.duration_s >= 1.5
    sound, _ = read(again.library.folder_of(kept))
    begun = player.rate_hz
    np.testing.assert_array_equal(sound, player.sound[begun : begun + len(sound)])
    assert again.library.get(older.id).duration_s == pytest.approx(1, abs=0.01)


def test_a_folder_that_cannot_be_used_is_told_and_tried_again(playing: Start, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file")
    player = playing(tmp_path / "in-the-way" / "takes")
    with pytest.raises(TakesError, match="set takes"):
        player.recorder.record()
    assert player.recorder.status()["state"] == "failed"
    player.play(1)
    (tmp_path / "in-the-way").unlink()
    assert player.recorder.record().state is TakeState.RECORDING


def test_ending_affetto_ends_the_take_well(playing: Start) -> None:
    player = playing()
    take = player.recorder.record()
    player.play(3)
    player.takes.close()
    assert soundfile.info(player.library.folder_of(take) / "sound.flac").duration == pytest.approx(3, abs=0.01)
    again = playing()
    wait_until(lambda: again.recorder.status()["state"] == "ready", 5)
    assert again.library.get(take.id).note == ""
