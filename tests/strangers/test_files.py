"""What lies on the card, who may read it, and what names and files from strangers can do."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edge.errors import AudioError
from edge.report import cell
from edge.takes.take import clean_name
from edge.takes.work import Export
from tests.edge.api.client import wait_until
from tests.edge.service import RunningService, running
from tests.edge.takes.playing import DEMO, Playing


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Callable[..., Playing]]:
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(Playing(tmp_path / "takes", min_free_mb=10, **settings))


def whole(export: Export) -> bytes:
    with closing(export):
        return b"".join(export)


def open_to_others(folder: Path) -> list[str]:
    """Return what somebody else on the machine could read: not what lies in a folder that is closed to them."""
    found = []
    for entry in folder.iterdir():
        mode = entry.lstat().st_mode
        if stat.S_ISSOCK(mode) or stat.S_ISLNK(mode):
            continue
        if stat.S_IMODE(mode) & 0o077:
            found.append(f"{entry} {stat.filemode(mode)}")
        if entry.is_dir():
            found += open_to_others(entry)
    return found


def test_what_the_service_writes_is_its_users_alone(tmp_path: Path) -> None:
    for name in ("data", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "affetto" / "takes").mkdir(parents=True, mode=0o755)  # as an earlier version made it
    with running(tmp_path, "--input", "demo", "--led", "terminal") as service:
        service.wait_until_healthy()
        wait_until(lambda: service.get("/api/takes")["in_memory_s"] > 2, 20)
        take = service.post("/api/takes/keep", {"seconds": 1.5})
        service.post("/api/takes/record", {})
        patch(service, "/api/settings", {"decision": {"hold_s": 2}})
        service.post("/api/stage", {"on": True})
        service.post("/api/stage", {"on": False})
        assert (tmp_path / "data/affetto/takes" / take["id"] / "sound.flac").exists()
        assert (tmp_path / "config.toml").exists()
        assert open_to_others(tmp_path / "data/affetto") == []
        assert open_to_others(tmp_path / "state") == []
        assert stat.S_IMODE((tmp_path / "config.toml").stat().st_mode) == 0o600
        # every process that the service starts inherits that
        assert status_of(service.child)["Umask"] == "0077"
        assert service.stop() == 0


def patch(service: RunningService, path: str, body: object) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{service.port}{path}", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"}, method="PATCH")  # fmt: skip
    urllib.request.urlopen(request, timeout=5).close()


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_no_name_is_a_formula_in_a_table(playing: Callable[..., Playing]) -> None:
    player = playing()
    player.play(3)
    for name in ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "plain - name"):
        take = player.recorder.keep(2.0, name)
        player.library.change(take.id, tags=("=1+1",))
        rows = list(csv.DictReader(io.StringIO(whole(player.takes.work.export(take, "csv")).decode())))
        assert rows[0]["file"] in (name, f"'{name}")
        assert not rows[0]["file"].startswith(("=", "+", "-", "@"))
    with zipfile.ZipFile(io.BytesIO(whole(player.takes.work.export_all()))) as archive:
        for row in csv.DictReader(io.StringIO(archive.read("takes.csv").decode())):
            assert not row["name"].startswith(("=", "+", "-", "@"))
            assert row["tags"] == "'=1+1"
        assert not any("/" in name or ".." in name for name in archive.namelist())


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_what_begins_a_formula_is_marked_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_a_name_cannot_end_the_script_of_a_report_and_shows_as_it_is(playing: Callable[..., Playing]) -> None:
    player = playing()
    player.play(3)
    take = player.recorder.keep(2.0, "</script><script>alert(1)</script><!--")
    page = whole(player.takes.work.export(take, "html")).decode()
    assert "<script>alert(1)" not in page
    assert "innerHTML" not in page
    assert clean_name("a\u202eb\x00\nc\u2028") == "a b c"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/b.wav", "..", "nul\0.wav", "x" * 5000, "\udc80"]
)
def test_no_name_of_a_file_leads_anywhere(tmp_path: Path, name: str) -> None:
    from flask import Flask

    from edge.api.uploads import received_file

    app = Flask("test")
    said = {"name": name.encode("utf-8", "replace")}
    with (
        app.test_request_context("/api/takes/upload", method="POST", data=b"x", query_string=said),
        received_file(tmp_path) as (file, told),
    ):
        assert file.parent == tmp_path
        assert "/" not in told
        assert len(told) <= 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["os.kill(os.getpid(), signal.SIGSEGV)", "os.abort()", "bytearray(10**9)"])
def test_a_file_at_which_the_decoder_dies_is_refused_and_the_service_lives(
    playing: Callable[..., Playing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The real process that looks at uploads, in which the library that decodes does what a crafted file could."""
    (tmp_path / "hurt").mkdir()
    (tmp_path / "hurt" / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "if 'check' in sys.orig_argv:\n"
        "    import edge.audio.file\n"
        f"    edge.audio.file.soundfile.SoundFile = lambda path: {how}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hurt"))
    player = playing()
    file = tmp_path / "riff.wav"
    file.write_bytes(DEMO.read_bytes())
    with pytest.raises(AudioError, match=r"^riff\.wav: cannot be read; save it again as WAV$"):
        player.takes.work.add(file, "riff.wav")
    assert player.library.all() == []


def test_a_decoder_that_never_ends_is_ended(tmp_path: Path) -> None:
    code = "from edge.takes import worker; worker.MOST_S = 1; worker.limit_time()\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], timeout=60)
    assert done.returncode == -signal.SIGXCPU


def test_the_service_itself_decodes_nothing_that_was_sent(
    playing: Callable[..., Playing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = playing()

    opens = soundfile.SoundFile

    def only_our_own(file: Any, *arguments: Any, **named: Any) -> Any:
        # what the other process has made of it
        assert Path(file).name == "sound.flac", "a file from a stranger is opened in the service's own process"
        return opens(file, *arguments, **named)

    monkeypatch.setattr("soundfile.SoundFile", only_our_own)
    file = tmp_path / "riff.wav"
    file.write_bytes(DEMO.read_bytes())
    take = player.takes.work.add(file, "riff.wav")
    wait_until(lambda: player.library.get(take.id).state == "ready", 60)


def test_a_sound_that_unpacks_to_hours_is_refused_before_it_is_unpacked(
    playing: Callable[..., Playing], tmp_path: Path
) -> None:
    file = tmp_path / "bomb.flac"
    with soundfile.SoundFile(file, "w", 8000, 1, "PCM_16", format="FLAC") as out:
        for _ in range(70):
            out.write(np.zeros(60 * 8000, np.int16))
    assert file.stat().st_size < 1_000_000
    with pytest.raises(AudioError, match="longer than 60 minutes"):
        playing().takes.work.add(file, "bomb.flac")
    assert os.listdir(tmp_path) == ["bomb.flac"]
