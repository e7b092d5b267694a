"""What was counted, and the tables that show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.arm.counting import Counter
from tests.arm.emulated import Board
from tests.arm.hardware import HARDWARE, UNCERTAINTY
from tests.arm.playing import DEMO
from tests.arm.witnessed import Memory
from tests.bench.table import show

STAGES = ("resampling", "features", "network", "decision and history")


@dataclass
class Counted:
    """Instructions for a second of sound by processor: of the live path's stages, and of the whole service's parts.

    `memory` is that of the service's process.
    """

    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    service: dict[str, dict[str, float]] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)

    def show(self, put: Callable[..., Any] = print) -> None:
        """Print what there is."""
        processors = sorted({*self.stages, *self.service})
        rows = [
            (name, *(_millions(held.get(processor, {}), name) for processor in processors))
            for held in (self.stages, self.service)
            for name in {name: None for parts in held.values() for name in parts}
        ]
        totals = {processor: sum(parts.values()) for processor, parts in self.service.items()}
        rows.append(("whole service", *(_millions(totals, processor) for processor in processors)))
        show("Millions of instructions for a second of sound", ("", *processors), rows,
             "the first four make up the live path; lights, OSC and one page follow", put=put)  # fmt: skip
        show(
            "Estimated share of one core",
            ("board", "core", "assumed rate", "live path", "whole service", "aim"),
            [
                (h.name, h.processor.name, f"{h.clock_hz / 1e9:g} GHz x {h.ipc:g} = {h.rate / 1e9:.2f} G/s",
                 _percent(h.share(sum(self.stages.get(h.processor.name, {}).values()))),
                 _percent(h.share(totals.get(h.processor.name, 0.0))), f"under {h.aim:.0%}")
                for h in HARDWARE
            ],
            f"on a real board up to {UNCERTAINTY:g} times as much, or as little",
            put=put,
        )  # fmt: skip
        if self.memory:
            show("Resident memory of the service's process, without the emulator's", ("", "MB"),
                 [(processor, f"{memory.program_mb:.1f}") for processor, memory in self.memory.items()],
                 put=put)  # fmt: skip


def stages_of(board: Board, folder: Path) -> dict[str, list[float]]:
    """Return the instructions of each stage of the live path for a second of sound, as often as they were counted."""
    counter = Counter(folder)
    told = json.loads(board.run("tests.arm.guest.stages", counter.counts, DEMO, **counter.environment()))
    chain = told.pop("chain")
    others = [sum(counts) for counts in zip(*told.values(), strict=True)]
    return {**told, STAGES[-1]: [whole - parts for whole, parts in zip(chain, others, strict=True)]}


def _millions(counts: dict[str, float], name: str) -> str:
    return f"{counts[name] / 1e6:.1f}" if name in counts else "-"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share else "-"
