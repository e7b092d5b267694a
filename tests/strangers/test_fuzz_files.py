"""Files of every kind that the service reads, damaged at random: refused in one line, or read; never a crash."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

from edge import config_file
from edge.config import Config
from edge.config import Takes as Settings
from edge.errors import ConfigError
from edge.owner.access import Access
from edge.setup import hotspot
from edge.takes.library import Library
from edge.takes.steps import predictions_of, read_steps
from tests.edge.takes.playing import Playing
from tests.strangers.counts import fuzzed
from tests.strangers.memory import resident_mb
from tests.strangers.mutate import mutated, told_well

ROOT = Path(__file__).parents[2]


def in_a_process(what: str, folder: Path, count: int) -> dict[str, Any]:
    """Try many damaged files in a process of its own; a crash there is told with the number of the file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.strangers.decode", what, str(folder), str(count)],
        capture_output=True, text=True, timeout=120 + count, cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    tried = (folder / "trying").read_text() if (folder / "trying").exists() else "none"
    assert done.returncode == 0, f"code {done.returncode} at {tried}:\n{done.stderr[-3000:]}"
    return json.loads(done.stdout)


@pytest.mark.parametrize("format_", ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "w64"])
def test_damaged_sounds(tmp_path: Path, format_: str) -> None:
    rng = np.random.default_rng(0)
    sound = (0.2 * rng.standard_normal((22050, 2))).astype(np.float32)
    soundfile.write(tmp_path / f"seed.{format_}", sound, 22050)
    told = in_a_process("sound", tmp_path, fuzzed(40))
    assert told["tried"] == fuzzed(40)
    assert told["grown_mb"] < 60, told


def test_damaged_models(tmp_path: Path) -> None:
    told = in_a_process("model", tmp_path, fuzzed(40))
    assert told["tried"] == fuzzed(40)
    assert told["grown_mb"] < 60, told


def parsed(text: str) -> bool:
    """Whether settings are read, or refused as they should be."""
    try:
        return isinstance(config_file.parse(text), Config)
    except ConfigError as error:
        return told_well(error)


def test_damaged_settings_are_refused_in_one_line_or_whole() -> None:
    chance = random.Random(5)
    good = config_file.documented(Config()).encode()
    before = resident_mb()
    for _ in range(fuzzed(1000)):
        text = mutated(good, chance).decode("utf-8", chance.choice(("replace", "ignore")))
        assert parsed(text)
    assert resident_mb() - before < 20


def test_settings_nested_without_end_are_refused() -> None:
    for text in ("a = " + "[" * 20_000, "a = " + "{b=" * 10_000, "[" + "a." * 2_000 + "b]", "led = 1\n" * 2_000):
        with pytest.raises(ConfigError):
            config_file.parse(text)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two takes."""
    folder = tmp_path_factory.mktemp("kept") / "takes"
    with Playing(folder, min_free_mb=10) as player:
        player.play(4)
        for name in ("one", "two"):
            player.recorder.keep(3.0, name)
    return folder


def test_damaged_takes_hide_no_other_and_keep_nothing_from_starting(kept: Path, tmp_path: Path) -> None:
    chance = random.Random(6)
    for k in range(fuzzed(60)):
        folder = tmp_path / "takes"
        shutil.copytree(kept, folder)
        one, two = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        hurt = chance.choice([one / "take.json", one / "steps", one / "sound.flac", folder / "takes.sqlite"])
        hurt.write_bytes(mutated(hurt.read_bytes(), chance, head=200))
        library = Library(Settings(folder=str(folder), min_free_mb=10))
        library.open()
        there = {take.id: take for take in library.all()}
        assert two.name in there, (k, hurt)
        for take in there.values():
            list(predictions_of(read_steps(library.folder_of(take) / "steps")))
            msgspec.json.encode(take)
        library.close()
        shutil.rmtree(folder)


def test_a_damaged_list_of_owners_lets_nobody_in(tmp_path: Path) -> None:
    access = Access(tmp_path, trust_this_machine=False)
    token = access.pair("phone")
    file = tmp_path / "owner.json"
    good, chance = file.read_bytes(), random.Random(7)
    for _ in range(fuzzed(300)):
        file.write_bytes(mutated(good, chance))
        assert not Access(tmp_path, trust_this_machine=False).asker("192.168.4.9", token[:-1] + "!").is_owner
        Access(tmp_path).devices()


def test_a_damaged_hotspot_file_harms_nothing(tmp_path: Path) -> None:
    file, chance = tmp_path / "hotspot.toml", random.Random(8)
    good = b'name = "Affetto-1234"\npassphrase = "quiet-river-stone"\nurl = "http://192.168.4.1/"\n'
    for _ in range(fuzzed(300)):
        file.write_bytes(mutated(good, chance))
        hotspot.read(file)
