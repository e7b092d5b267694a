"""A device that can fail, as a file of a file system of its own: `python -m tests.faults.device FOLDER NAME BYTES`.

It keeps what is written, and what of that was not flushed yet, as a disk with a cache does. Commands come line by line
on stdin: `fail` lets writing fail, `remove` lets the device go, `mend` brings it back; `cut FILE SEED` cuts the power:
of what was not flushed, some writes in a row, and beyond them a few alone, have reached the medium, a copy of which
goes into FILE; nothing is written any more. With `tell` as a fourth argument, it prints what is written.
"""

from __future__ import annotations

import errno
import random
import stat
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mfusepy import FUSE, FuseOSError, Operations

SECTOR = 512


class Device(Operations):
    use_ns = True  # times in nanoseconds, as the library wants them

    def __init__(self, name: str, size: int, tell: bool) -> None:
        self.path, self.tell = f"/{name}", tell
        self.content = bytearray(size)
        self.safe = bytearray(size)
        self.waiting: list[tuple[int, bytes]] = []
        self.state = "mend"

    # -- commands

    def obey(self, line: str) -> None:
        command, *arguments = line.split()
        self.state = command
        if command == "cut":
            file, seed = arguments
            Path(file).write_bytes(self.after_a_cut(random.Random(int(seed))))
        print("done", command, time.monotonic(), flush=True)

    def after_a_cut(self, chance: random.Random) -> bytes:
        """Return what the medium holds: a drive may write what it has not flushed in any order, sector by sector."""
        medium, waiting = bytearray(self.safe), list(self.waiting)
        sectors = [
            (offset + start, data[start : start + SECTOR])
            for offset, data in waiting
            for start in range(0, len(data), SECTOR)
        ]
        first = chance.randint(0, len(sectors))
        kept = sectors[:first] + [s for s in sectors[first:] if chance.random() < 0.3]
        for offset, data in kept:
            medium[offset : offset + len(data)] = data
        return bytes(medium)

    # -- the file system

    def getattr(self, path: str, fh: Any = None) -> dict[str, Any]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != self.path or self.state == "remove":
            raise FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o666, "st_nlink": 1, "st_size": len(self.content)}

    def open(self, path: str, flags: int) -> int:
        self.getattr(path)
        return 1

    def truncate(self, path: str, length: int, fh: Any = None) -> None:
        self.getattr(path)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self.content[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if self.state != "mend":
            raise FuseOSError(errno.ENODEV if self.state == "remove" else errno.EIO)
        self.content[offset : offset + len(data)] = data
        if self.tell:
            print("write", time.monotonic(), data.hex(), flush=True)
        else:
            self.waiting.append((offset, data))
        return len(data)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        if self.state != "mend":
            raise FuseOSError(errno.EIO)
        waiting, self.waiting = self.waiting, []
        for offset, data in waiting:
            self.safe[offset : offset + len(data)] = data
        return 0


def main(folder: str, name: str, size: str, tell: str = "") -> None:
    device = Device(name, int(size), bool(tell))

    def listen() -> None:
        print("ready", flush=True)
        for line in sys.stdin:
            device.obey(line)

    threading.Thread(target=listen, daemon=True).start()
    FUSE(device, folder, foreground=True, nothreads=True, entry_timeout=0, attr_timeout=0, direct_io=bool(tell))


if __name__ == "__main__":
    main(*sys.argv[1:])
