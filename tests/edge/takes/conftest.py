"""A folder of takes with somebody who plays into it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.edge.takes.playing import Playing


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Callable[..., Playing]]:
    """Return a function that starts takes in a folder with some settings."""
    with ExitStack() as stack:

        def start(folder: Path | None = None, **settings: object) -> Playing:
            return stack.enter_context(Playing(folder or tmp_path / "takes", min_free_mb=10, **settings))

        yield start


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Return a function that mounts a file system of some megabytes."""
    mounted = []

    def mount(megabytes: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("needs the right to mount a small file system")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)
