"""The first file system of an emulated machine: busybox, the modules that lead to its real one, and `guest/init.sh`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

GUEST = Path(__file__).parent / "guest"
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")


def make(out: Path, folder: Path, modules: Path) -> None:
    """Write a cpio archive for the kernel whose modules lie in `modules`; `folder` is where it is put together."""
    for name in ("bin", "proc", "sys", "dev", "host", "extra", "upper", "new", "modules"):
        (folder / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox is not None
    for file in (busybox, *_libraries(busybox)):
        target = folder / "bin/busybox" if file == busybox else folder / file.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for number, module in enumerate(_in_order(modules)):
        shutil.copy(modules / module, folder / "modules" / f"{number:02d}-{Path(module).name}")
    shutil.copy(GUEST / "init.sh", folder / "init")
    (folder / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    with out.open("wb") as archive:
        subprocess.run([busybox, "cpio", "-o", "-H", "newc"], input=names.encode(), stdout=archive, cwd=folder,
                       check=True, capture_output=False, stderr=subprocess.DEVNULL)  # fmt: skip


def _libraries(program: str) -> list[str]:
    """Return the files that a program is linked to; none if it is static."""
    told = subprocess.run(["ldd", program], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    return re.findall(r"(/\S+) \(0x", told)


def _in_order(modules: Path) -> list[str]:
    """Return the files of `MODULES` and of what they need, each after what it needs."""
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        file, _, others = line.partition(":")
        needs[file] = others.split()
    by_name = {Path(file).name.split(".ko")[0].replace("-", "_"): file for file in needs}
    ordered: list[str] = []

    def add(file: str) -> None:
        if file not in ordered:
            for other in reversed(needs[file]):
                add(other)
            ordered.append(file)

    for name in MODULES:
        if name in by_name:  # else it is built in
            add(by_name[name])
    return ordered
