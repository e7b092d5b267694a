"""The file of paired devices: safe against power cuts, shared by processes, readable for its user only."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from edge.errors import OwnerError
from edge.owner.access import Access
from edge.owner.state import FILE, State, StateFile, state_folder

ROOT = Path(__file__).parents[3]


def switch(file: StateFile, on: bool) -> None:
    file.change(lambda state: (msgspec.structs.replace(state, stage=on), None))


def test_what_was_changed_is_there_after_a_restart_and_only_its_user_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    switch(StateFile(folder), True)
    assert StateFile(folder).read() == State(stage=True)
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    assert {file.name for file in folder.iterdir()} == {FILE, f"{FILE}.lock"}  # nothing half written is left


def test_a_change_by_another_process_is_seen_at_once(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    assert not file.read().stage
    for on in (True, False):
        code = "import pathlib, sys; from edge.owner.access import Access; Access(pathlib.Path(sys.argv[1])).set_stage"
        subprocess.run([sys.executable, "-c", f"{code}({on})", tmp_path], check=True, cwd=ROOT)
        assert file.read().stage is on


def test_changes_at_the_same_time_all_count(tmp_path: Path) -> None:
    def pair(name: str) -> None:
        Access(tmp_path).pair(name)

    threads = [threading.Thread(target=pair, args=(str(k),)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {device.name for device in StateFile(tmp_path).read().devices} == set("01234567")


@pytest.mark.parametrize("content", [b"", b"{", b'{"devices": 3}', b"\0" * 50, b'{"devices": [{"id": "\x9c"}]}'])
def test_a_damaged_file_lets_nobody_in_and_can_be_written_again(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(content)
    file = StateFile(tmp_path)
    assert file.read() == State()
    assert "pair again" in caplog.text
    switch(file, True)
    assert StateFile(tmp_path).read().stage


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = StateFile(tmp_path / "file" / "below")
    with pytest.raises(OwnerError, match=r"cannot be written .*; check that") as error:
        switch(file, True)
    assert "\n" not in str(error.value)
    assert not file.is_served()


def test_whether_a_service_runs_is_known_to_other_processes(tmp_path: Path) -> None:
    service, command = StateFile(tmp_path), StateFile(tmp_path)
    assert not command.is_served()
    service.serve()
    assert command.is_served()
    assert command.is_served()
    service.leave()
    service.leave()
    assert not command.is_served()


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "affetto"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/player")
    assert state_folder() == Path("/home/player/.local/state/affetto")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for another user")
def test_root_writes_for_the_user_whose_folder_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    switch(StateFile(folder), True)
    assert {file.stat().st_uid for file in folder.iterdir()} == {12345}
