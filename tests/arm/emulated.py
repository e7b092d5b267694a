"""Emulated processors, and how programs and the service run on them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.arm.sysroot import ROOT, Sysroot
from tests.edge.service import RunningService, running

CORES = 4
LOOK_S = 60.0
"""Longest time for a program's answer: a fifth of it on a quiet machine."""


@dataclass(frozen=True)
class Processor:
    """What QEMU calls a processor, and what Linux tells of it in /proc/cpuinfo.

    onnxruntime chooses its kernels by `part`, and crashes when it is told nothing.
    """

    name: str
    part: int
    features: str

    def cpuinfo(self) -> str:
        """Return the text of /proc/cpuinfo on a board with four such cores."""
        return "".join(
            f"processor\t: {core}\nBogoMIPS\t: 38.40\nFeatures\t: {self.features}\nCPU implementer\t: 0x41\n"
            f"CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: {self.part:#05x}\nCPU revision\t: 4\n\n"
            for core in range(CORES)
        )


A53 = Processor("cortex-a53", 0xD03, "fp asimd evtstrm crc32 cpuid")
A72 = Processor("cortex-a72", 0xD08, "fp asimd evtstrm crc32 cpuid")
A76 = Processor("cortex-a76", 0xD0B, "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm "
                "lrcpc dcpop asimddp")  # fmt: skip
PROCESSORS = (A53, A72, A76)


class Board:
    """A board with one of the processors: the system's folder with the `/proc` and `/sys` that go with it.

    Parameters
    ----------
    folder : Path
        Of its own, empty.
    """

    def __init__(self, system: Sysroot, processor: Processor, folder: Path) -> None:
        self.processor = processor
        self._system = system
        self._root = folder
        for entry in system.path.iterdir():
            (folder / entry.name).symlink_to(entry)
        (folder / "proc").mkdir()
        (folder / "proc/cpuinfo").write_text(processor.cpuinfo())
        cpus = folder / "sys/devices/system/cpu"
        cpus.mkdir(parents=True)
        for name in ("possible", "present", "online"):
            (cpus / name).write_text(f"0-{CORES - 1}\n")

    @property
    def python(self) -> str:
        return str(self._system.python)

    def environment(self) -> dict[str, str]:
        """Return what makes the emulated Python this board's."""
        return {
            "QEMU_CPU": self.processor.name,
            "QEMU_LD_PREFIX": str(self._root),
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def run(self, module: str, *arguments: object, **environment: str) -> str:
        """Run a module with the emulated Python and return what it printed."""
        done = subprocess.run(
            [self.python, "-m", module, *map(str, arguments)],
            env={**os.environ, **self.environment(), **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=4 * LOOK_S,
        )
        assert done.returncode == 0, f"{module} on {self.processor.name} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout

    @contextmanager
    def service(self, folder: Path, *options: str, **environment: str) -> Iterator[RunningService]:
        """Start `affetto run` on the board; it answers on this machine's loopback address."""
        command = (self.python, "-m", "edge.cli", "run")
        with running(folder, *options, command=command, **{**self.environment(), **environment}) as service:
            yield service
