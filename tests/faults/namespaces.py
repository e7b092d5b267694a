"""Places of a service's own: a network, devices, a small disk, a share of the processor. Nothing outside is touched."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.service import AFFETTO

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def own_network() -> Iterator[None]:
    """Let this thread, and all that it starts, have a network with nothing but 127.0.0.1, until the block ends."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _LIBC.unshare(CLONE_NEWNET):
            pytest.skip(f"no network of its own here: {os.strerror(ctypes.get_errno())}")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        _LIBC.setns(before, CLONE_NEWNET)
        os.close(before)


def in_own_mounts(commands: str) -> list[str | Path]:
    """Return `affetto run` as it is started after shell commands that mount what only it sees; skip where none may."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("no mounts of its own here: that takes root")
    return [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-euc",
        f'{commands}\nexec "$@"',
        "sh",
        AFFETTO,
        "run",
    ]


def seen_by(pid: int, path: Path) -> Path:
    """Return where a file lies that a process with mounts of its own sees as `path`."""
    return Path(f"/proc/{pid}/root") / path.relative_to("/")


class ControlGroup:
    """A control group of version 1 or 2 for one controller, "cpu" or "memory"; its processes leave it at the end."""

    def __init__(self, controller: str) -> None:
        root = Path("/sys/fs/cgroup")
        self.second = (root / "cgroup.controllers").exists()
        self._home = root if self.second else root / controller
        self.path = self._home / f"affetto-{uuid.uuid4().hex[:8]}"
        try:
            if self.second:
                (root / "cgroup.subtree_control").write_text(f"+{controller}")
            self.path.mkdir()
        except OSError as error:
            pytest.skip(f"no control group of its own here: {error}")

    def __enter__(self) -> ControlGroup:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in (self.path / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (self._home / "cgroup.procs").write_text(pid)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def add(self, pid: int) -> None:
        """Take in a process, with all its threads."""
        (self.path / "cgroup.procs").write_text(str(pid))

    def limit_cpu(self, share: float) -> None:
        """Allow so much of one core."""
        period_us = 100_000
        quota_us = round(share * period_us)
        if self.second:
            (self.path / "cpu.max").write_text(f"{quota_us} {period_us}")
        else:
            (self.path / "cpu.cfs_period_us").write_text(str(period_us))
            (self.path / "cpu.cfs_quota_us").write_text(str(quota_us))

    def limit_memory(self, megabytes: float) -> None:
        """Allow so much memory: the kernel kills what takes more."""
        name = "memory.max" if self.second else "memory.limit_in_bytes"
        (self.path / name).write_text(str(int(megabytes * 1e6)))
