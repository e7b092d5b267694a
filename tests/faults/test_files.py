"""Files that are damaged, or not what they should be: one line, a state that says what to do, and nothing is lost."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

import edge
from edge.checksum import seal
from tests.edge.api.client import wait_until
from tests.edge.service import AFFETTO
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.observer import PLAYED, Observer, post
from tests.faults.table import row

MODEL = Path(edge.__file__).parent / "models" / "affetto.onnx"


def cut_off(path: Path) -> None:
    path.write_bytes(MODEL.read_bytes()[:-5000])


def of_another_version(path: Path) -> None:
    model = onnx.load(MODEL)
    (contract,) = [entry for entry in model.metadata_props if entry.key == "affetto"]
    contract.value = json.dumps(json.loads(contract.value) | {"contract": 99})
    del model.metadata_props[1:]  # the checksum
    path.write_bytes(seal(model.SerializeToString()))


def of_one_bit_turned(path: Path) -> None:
    file = bytearray(MODEL.read_bytes())
    file[len(file) // 2] ^= 0x40
    path.write_bytes(file)


@pytest.mark.parametrize("how", [cut_off, of_another_version, of_one_bit_turned])
def test_a_model_that_cannot_be_used_gives_way_to_the_last_good_settings(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path, how: Callable[[Path], None]
) -> None:
    model = tmp_path / "mine.onnx"
    how(model)
    settings = tmp_path / "config.toml"
    settings.write_text(f'[model]\nfile = "{model}"\n')
    before = settings.read_bytes()
    told = subprocess.run(
        [AFFETTO, "run", "--config", settings, "--port", "1"], capture_output=True, text=True, timeout=60
    )
    assert told.returncode == 2
    assert len(told.stderr.splitlines()) == 1
    assert str(model) in told.stderr
    (tmp_path / "config.toml.last-good").write_text("[decision]\nhold_s = 1.0\n")
    begin = time.monotonic()
    with start("--input", guitar.input) as service:
        well_s = observer.wait_for("lights", *PLAYED) - begin
        (note,) = [n for n in service.get("/api/status")["notes"] if "last good settings" in n]
        assert str(model) in note
    assert settings.read_bytes() == before
    row(f"model file {how.__name__.replace('_', ' ')}", lights="go on, with the last good settings", page="a note",
        osc="goes on", again=f"{well_s:.1f} s after the start", told=note.split(": Affetto")[1])  # fmt: skip


@pytest.mark.parametrize("content", [b"\x00" * 300, b"[led]\nlights = 3\n"])
def test_damaged_settings_give_way_to_the_last_good_ones(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path, content: bytes
) -> None:
    settings = tmp_path / "config.toml"
    settings.write_bytes(content)
    (tmp_path / "config.toml.last-good").write_text("[decision]\nhold_s = 1.5\n")
    begin = time.monotonic()
    with start("--input", guitar.input) as service:
        well_s = observer.wait_for("lights", *PLAYED) - begin
        (note,) = [n for n in service.get("/api/status")["notes"] if "last good settings" in n]
        assert service.get("/api/settings")["values"]["decision"]["hold_s"] == 1.5
        assert settings.read_bytes() == content  # for the person who wants to mend it
    row("settings file damaged", lights="go on, with the last good settings", page="a note", osc="goes on",
        again=f"{well_s:.1f} s after the start", told=note.replace(str(tmp_path), "…"))  # fmt: skip


def test_a_damaged_take_harms_no_other_and_is_kept(
    start: Start, observer: Observer, guitar: Guitar, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(f'[takes]\nfolder = "{tmp_path}/takes"\nmin_free_mb = 10\n')
    with start("--input", guitar.input) as service:
        ids = []
        for name in ("whole", "to be damaged"):
            ids.append(post(service.port, "/api/takes/record", {"name": name})[1]["id"])
            wait_until(lambda: service.get("/api/takes")["recorded_s"] > 1.5, 30)
            post(service.port, "/api/takes/stop", {})
        whole, other = (tmp_path / "takes" / id for id in ids)
        before = {file.name: file.read_bytes() for file in whole.iterdir()}
        sound = other / "sound.flac"
        sound.write_bytes(b"\xff" * sound.stat().st_size)
        assert service.stop() == 0
    with start("--input", guitar.input) as service:
        observer.wait_for("lights", *PLAYED)
        listed = {take["id"]: take for take in service.get("/api/takes")["takes"]}
        assert set(listed) == set(ids)
        assert service.get(f"/api/takes/{ids[0]}")["state"] == "ready"
        code, why = post(service.port, f"/api/takes/{ids[1]}/export/wav", {}, "GET")
        assert code == 400, why
        assert "not a sound file that can be read" in why["detail"]
        assert service.get("/api/takes")["state"] == "ready"
    assert {file.name: file.read_bytes() for file in whole.iterdir()} == before
    row("a take's sound damaged", lights="go on", page="all other takes as before", osc="goes on",
        told=why["detail"].replace(str(tmp_path), "…"))  # fmt: skip
