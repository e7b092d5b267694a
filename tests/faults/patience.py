"""How long a machine may take that has more to do than it can: limits hold as they are while it has not."""

from __future__ import annotations

import os


def within(seconds: float) -> float:
    """Return a limit, stretched on a machine on which more than two programs want each core."""
    return seconds * max(1.0, _waiting() / 2)


def is_overloaded() -> bool:
    """Whether so many programs want each core that even the analysis may rightly say that it is late."""
    return _waiting() > 4


def _waiting() -> float:
    return os.getloadavg()[0] / (os.cpu_count() or 1)
