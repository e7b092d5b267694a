"""How many inputs the fuzzing tests try: few in the usual run, many with AFFETTO_FUZZ=100 (`make fuzz`)."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("AFFETTO_FUZZ", "1"))


def fuzzed(usually: int) -> int:
    """Return how many inputs to try where `usually` is what a usual run affords."""
    return usually * TIMES
