"""Reads many damaged files of a kind, in a process that may die: `python -m tests.strangers.decode sound|model DIR N`.

The file `trying` in the folder tells which one is being read. What is found goes to the output as JSON.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path

from edge.checksum import seal
from edge.config import Decision
from edge.errors import AffettoError
from edge.model import Model, bundled_model
from edge.takes.arrival import Arrival, check
from edge.takes.upload import FILE, Upload, analyse
from tests.strangers.memory import resident_mb
from tests.strangers.mutate import mutated, told_well

MOST_S = 30.0


def sound(folder: Path, content: bytes) -> bool:
    """Do with a file what the processes for an upload do; return whether it became a take."""
    take = folder / "take"
    shutil.rmtree(take, ignore_errors=True)
    take.mkdir()
    (take / FILE).write_bytes(content)
    try:
        check(Arrival(str(take / FILE), "riff", MOST_S))
        for _ in analyse(Upload(str(take), "riff", MOST_S, "", Decision())):
            pass
    except AffettoError as error:
        return _refused(error, str(folder))
    return True


def model(folder: Path, content: bytes) -> bool:
    """Load a model file; return whether it was taken for one."""
    file = folder / "model.onnx"
    file.write_bytes(content)
    try:
        Model(file)
    except AffettoError as error:
        return _refused(error)
    return True


def _refused(error: AffettoError, secret: str = "") -> bool:
    if not told_well(error, secret):
        raise SystemExit(f"badly told: {error}")
    return False


def main(what: str, folder: Path, count: int) -> None:
    # a stranger's model carries no checksum, or one that fits
    unsealed = bundled_model().read_bytes()[: -len(seal(b""))]
    good = unsealed if what == "model" else next(folder.glob("seed.*")).read_bytes()
    read, chance = {"sound": sound, "model": model}[what], random.Random(what)
    taken, before = 0, 0.0
    for k in range(count):
        (folder / "trying").write_text(f"number {k} of seed {what!r}")
        taken += read(folder, mutated(good, chance, head=400))
        if k == count // 4:
            before = resident_mb()
    print(json.dumps({"tried": count, "taken": taken, "grown_mb": round(resident_mb() - before, 1)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
