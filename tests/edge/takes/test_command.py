"""`affetto takes`, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.edge.service import AFFETTO
from tests.edge.takes.playing import Playing


def test_takes_are_listed_exported_and_deleted(playing: Callable[..., Playing], tmp_path: Path) -> None:
    player = playing()
    (tmp_path / "config.toml").write_text(f'[takes]\nfolder = "{player.library.folder}"\n')

    def affetto(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "AFFETTO_CONFIG": str(tmp_path / "config.toml")}
        return subprocess.run([AFFETTO, "takes", *words], capture_output=True, text=True, env=environment, cwd=tmp_path)

    assert "no takes yet" in affetto("list").stdout
    player.recorder.record("Blue")
    player.play(3)
    take = player.recorder.stop()
    running = player.recorder.record("runs on")
    assert "0:03  Blue" in affetto("list").stdout
    assert json.loads(affetto("list", "--json").stdout)[1]["id"] == take.id
    assert affetto("export", "1", "flac").returncode == 0
    sound = (player.library.folder_of(take) / "sound.flac").read_bytes()
    assert (tmp_path / "affetto-take-1.flac").read_bytes() == sound
    for words, line in (
        (("export", "7"), "affetto: there is no take 7; `affetto takes list` shows them\n"),
        (("export", "1", "mp3"), "affetto: format: one of flac, wav, csv, json, png, html, zip\n"),
        (("delete", "2"), "affetto: runs on: is still recording; stop it first, or wait\n"),
    ):
        result = affetto(*words)
        assert (result.returncode, result.stderr) == (2, line)
    assert "deleted: 1  Blue" in affetto("delete", "1").stdout
    # while the service runs, which sees it at once
    assert [t.id for t in player.library.all()] == [running.id]
    assert player.library.restore(take.id).name == "Blue"
