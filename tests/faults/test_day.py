"""Some minutes of sound in seconds, during which nothing grows. `python -m tests.faults.day` hears a day."""

from __future__ import annotations

import os

import pytest

from tests.faults.day import day
from tests.faults.table import row

HOURS = float(os.environ.get("AFFETTO_HOURS", "0.2"))
MOST_GROWTH_MB = 8.0
"""A take that is recorded for the first time, an explanation that is kept: about half of this; a leak adds up."""


@pytest.mark.timeout(0)
def test_nothing_grows() -> None:
    figures = day(HOURS)
    assert figures["hours_of_sound"] >= HOURS
    assert figures["restarts"] == 0
    assert figures["growth_mb"] < MOST_GROWTH_MB, figures
    assert figures["growth_threads"] <= 1, figures
    assert figures["growth_descriptors"] <= 3, figures
    row(f"{HOURS:g} h of sound, {figures['times_real_time']:.0f} times real time", lights="go on", page="goes on",
        osc="goes on", told=f"memory {figures['growth_mb']:+.1f} MB, threads {figures['growth_threads']:+d}, "
        f"descriptors {figures['growth_descriptors']:+d}")  # fmt: skip
