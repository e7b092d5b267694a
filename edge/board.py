"""What the board says of its power and heat: a Raspberry Pi slows itself down when it lacks the one or has the other.

Its firmware tells by a number of bits, as `vcgencmd get_throttled` prints it (raspberrypi.com, documentation of
vcgencmd); the kernel shows the same in sysfs, which costs no process. Other boards say nothing, and nothing is said.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

SYS = "AFFETTO_SYS"
"""Environment variable that names another place for /sys, for tests."""

LOOK_S = 5.0

UNDER_VOLTAGE, FREQUENCY_CAPPED, THROTTLED, SOFT_LIMIT = (1 << bit for bit in range(4))
SINCE_START = 16
"""How far the bits are shifted that say what has ever happened since the board was started."""

POWER = "the board gets too little voltage and slows down; use a stronger power supply and a short cable"
HEAT = "the board is too hot and slows down; give it air, or a heat sink"
POWER_SINCE = "the board has got too little voltage since it was started; use a stronger power supply and a short cable"
HEAT_SINCE = "the board has been too hot since it was started; give it air, or a heat sink"


def throttled() -> int | None:
    """Return the bits of the firmware, or None on a board that does not tell."""
    root = Path(os.environ.get(SYS, "/sys"))
    try:
        return int((root / "devices/platform/soc/soc:firmware/get_throttled").read_text(), 16)
    except (OSError, ValueError):
        return _by_hwmon(root)


def notes(bits: int | None) -> tuple[str, ...]:
    """Return what to tell a person now: nothing while all is well."""
    now = bits or 0
    power, heat = now & UNDER_VOLTAGE, now & (THROTTLED | SOFT_LIMIT)
    return tuple(line for told, line in ((power, POWER), (heat, HEAT)) if told)


def notes_since_start(bits: int | None) -> tuple[str, ...]:
    """Return what has happened since the board was started, and does not now."""
    now, ever = bits or 0, (bits or 0) >> SINCE_START
    power = ever & UNDER_VOLTAGE and not now & UNDER_VOLTAGE
    heat = ever & (THROTTLED | SOFT_LIMIT) and not now & (THROTTLED | SOFT_LIMIT)
    return tuple(line for told, line in ((power, POWER_SINCE), (heat, HEAT_SINCE)) if told)


class Board:
    """Looks every five seconds, when asked, and remembers what to tell."""

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()
        self._look_at = 0.0

    def look(self) -> tuple[str, ...]:
        """Return what has come up since the last look."""
        now = time.monotonic()
        if now < self._look_at:
            return ()
        self._look_at = now + LOOK_S
        before, self.notes = self.notes, notes(throttled())
        return tuple(note for note in self.notes if note not in before)


def _by_hwmon(root: Path) -> int | None:
    """Return the same bits as far as the driver raspberrypi-hwmon tells: under-voltage only."""
    for sensor in root.glob("class/hwmon/hwmon*"):
        try:
            if (sensor / "name").read_text().strip() == "rpi_volt":
                return UNDER_VOLTAGE if (sensor / "in0_lcrit_alarm").read_text().strip() == "1" else 0
        except OSError:
            continue
    return None
