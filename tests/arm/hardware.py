"""The boards that Affetto is for, and what share of one core a number of instructions is there.

The rates are estimates: clock times instructions per cycle (IPC) that such code reaches on such a core. An in-order A53
gets about 0.65 of its two per cycle, the out-of-order A72 about 1.1, the A76 about 1.25. Caches and memory of a real
board may make the share half as large or twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.arm.emulated import A53, A72, A76, Processor

UNCERTAINTY = 2.0
"""Factor by which a share may be larger, or smaller, on the real board."""


@dataclass(frozen=True)
class Hardware:
    """A board: its processor, its clock, its instructions per cycle, and the share of a core that is aimed at."""

    name: str
    processor: Processor
    clock_hz: float
    ipc: float
    aim: float

    @property
    def rate(self) -> float:
        """Instructions a second of one core."""
        return self.clock_hz * self.ipc

    def share(self, instructions: float) -> float:
        """Return the share of one core that so many instructions for each second of sound take."""
        return instructions / self.rate


HARDWARE = (
    Hardware("Raspberry Pi Zero 2 W", A53, 1.0e9, 0.65, 0.20),
    Hardware("Bela Gem (PocketBeagle 2)", A53, 1.4e9, 0.65, 0.15),
    Hardware("Raspberry Pi 4", A72, 1.5e9, 1.1, 0.08),
    Hardware("Raspberry Pi 5", A76, 2.4e9, 1.25, 0.03),
)
"""A Pi 4 with a clock of 1.5 GHz: newer ones have 1.8."""
