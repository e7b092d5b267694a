"""How much memory a process holds."""

from __future__ import annotations

import gc
import os
from pathlib import Path


def resident_mb(pid: int | str = "self") -> float:
    """Return the resident memory of a process in megabytes."""
    if pid == "self":
        gc.collect()
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
