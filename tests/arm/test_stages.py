"""Counts of instructions repeat, and add up to what a board can do."""

from __future__ import annotations

import pytest

from tests.arm.emulated import Board
from tests.arm.hardware import HARDWARE
from tests.arm.table import STAGES, Counted, stages_of

Counts = dict[str, list[float]]


@pytest.fixture(scope="module")
def counts(board: Board, counted: Counted, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """Counts of each stage on each board."""
    found = stages_of(board, tmp_path_factory.mktemp("stages"))
    counted.stages[board.processor.name] = {stage: sum(each) / len(each) for stage, each in found.items()}
    return found


def test_counts_repeat(counts: Counts):
    assert tuple(counts) == STAGES
    for stage in STAGES[:3]:
        assert max(counts[stage]) / min(counts[stage]) - 1 < 0.005, counts[stage]


def test_the_live_path_takes_a_part_of_what_is_aimed_at(counts: Counts, board: Board):
    total = sum(max(each) for each in counts.values())
    for hardware in HARDWARE:
        if hardware.processor is board.processor:
            assert hardware.share(total) < 0.6 * hardware.aim, f"{hardware.name}: {hardware.share(total):.1%}"
