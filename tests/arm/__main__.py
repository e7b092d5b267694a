"""`python -m tests.arm` counts on all emulated processors and prints the tables, without the tests; some minutes."""

import sys
import tempfile
from pathlib import Path

from tests.arm.emulated import PROCESSORS, Board
from tests.arm.playing import playing
from tests.arm.sysroot import CannotEmulateError, sysroot
from tests.arm.table import Counted, stages_of

COUNTED_S = 20.0


def main() -> None:
    try:
        system = sysroot()
    except CannotEmulateError as reason:
        sys.exit(f"arm: {reason}")
    counted = Counted()
    for processor in PROCESSORS:
        with tempfile.TemporaryDirectory() as name:
            folders = [Path(name) / part for part in ("board", "stages", "service")]
            for folder in folders:
                folder.mkdir()
            board = Board(system, processor, folders[0])
            counts = stages_of(board, folders[1])
            counted.stages[processor.name] = {stage: sum(found) / len(found) for stage, found in counts.items()}
            with playing(board, folders[2]) as service:
                counted.service[processor.name] = service.instructions(COUNTED_S)
                counted.memory[processor.name] = service.memory()
    counted.show()


if __name__ == "__main__":
    main()
