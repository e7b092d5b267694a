"""What an emulated process holds and does, apart from the emulator around it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.arm.sysroot import ROOT


class Witness:
    """Tells of the emulated processes that ran with its environment.

    Parameters
    ----------
    folder : Path
        For what they write.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "witness"

    def environment(self) -> dict[str, str]:
        return {
            "AFFETTO_WITNESS": str(self._path),
            "PYTHONPATH": f"{Path(__file__).parent / 'guest/witness'}:{ROOT}",
        }

    def threads(self, pid: int) -> dict[int, str]:
        """Return the names of the threads of a process by their kernel ids."""
        return {int(kernel_id): name for kernel_id, name in self._told(pid)["threads"].items()}

    def memory(self, pid: int) -> Memory:
        """Return the memory of a process, by the host's account of its pages."""
        own = [tuple(int(end, 16) for end in told.split("-")) for told in self._told(pid)["addresses"]]
        resident = {True: 0, False: 0}
        is_own = False
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            first, *others = line.split()
            if first == "Rss:":
                resident[is_own] += int(others[0]) * 1024
            elif "-" in first and not first.endswith(":"):
                start = int(first.split("-")[0], 16)
                is_own = any(low <= start < high for low, high in own)
        return Memory(resident[True] / 1e6, resident[False] / 1e6)

    def _told(self, pid: int) -> dict[str, dict[str, str] | list[str]]:
        return json.loads(Path(f"{self._path}.{pid}").read_text())


@dataclass(frozen=True)
class Memory:
    """Resident megabytes: of the program, as a board's kernel would count them, and of the emulator around it."""

    program_mb: float
    emulator_mb: float
