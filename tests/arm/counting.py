"""Counts the instructions that an emulated program executes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("count_instructions.c")


class Counter:
    """The compiled plugin, and the counts of the programs that ran with it.

    Parameters
    ----------
    folder : Path
        For the plugin and its counts.
    """

    def __init__(self, folder: Path) -> None:
        self._plugin = folder / "count_instructions.so"
        self.counts = folder / "counts"
        """The counts of a process lie beside it, its id appended."""
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", self._plugin, SOURCE],
                       check=True)  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Return what makes an emulated program, and what it starts, count."""
        return {"QEMU_PLUGIN": f"{self._plugin},counts={self.counts}"}

    def of_threads(self, pid: int) -> dict[int, int]:
        """Return how many instructions each thread of a process has executed so far, by its kernel id."""
        pairs = np.fromfile(f"{self.counts}.{pid}", np.uint64).reshape(-1, 2)
        return {int(thread): int(count) for thread, count in pairs if thread}
