"""Lights and a disk of our own, on a device that can fail (`device.py`): a real file system makes them real files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


class Medium:
    """A device that runs until the block ends; skips the test where no file system of one's own can be mounted."""

    def __init__(self, folder: Path, name: str, size: int, *options: str) -> None:
        pytest.importorskip("mfusepy", reason="needs mfusepy (pip) and fuse3 (Debian)", exc_type=Exception)
        if not os.access("/dev/fuse", os.W_OK):
            pytest.skip("no file system of one's own can be mounted here (/dev/fuse)")
        folder.mkdir()
        self.folder, self.file = folder, folder / name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.device", folder, name, str(size), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._done: list[tuple[str, float]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until = time.monotonic() + 15
        while not os.path.ismount(folder):
            assert self._process.poll() is None, "the device did not start"
            assert time.monotonic() < until
            time.sleep(0.02)

    def command(self, *words: object) -> float:
        """Let the device do something; return when it was done."""
        count = len(self._done)
        assert self._process.stdin is not None
        print(*words, file=self._process.stdin, flush=True)
        until = time.monotonic() + 15
        while len(self._done) == count:
            assert time.monotonic() < until, f"the device does not {words}"
            time.sleep(0.005)
        return self._done[-1][1]

    def told(self, words: list[str]) -> None:
        """Take what the device prints of what is written."""

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            words = line.split()
            if words[0] == "done":
                self._done.append((words[1], float(words[2])))
            elif words[0] == "write":
                self.told(words)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=False)
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Strip(Medium):
    """An LED strip as the kernel of a Pi 5 shows it: what is written to /dev/leds0 is light."""

    COUNT = 8

    def __init__(self, folder: Path) -> None:
        self.frames: list[tuple[float, Frame]] = []
        super().__init__(folder, "leds0", 4 * self.COUNT, "tell")

    def __enter__(self) -> Strip:
        return self

    def as_dev(self) -> str:
        """Return shell commands that give a process a /dev with this strip."""
        devices = "null zero full random urandom"
        return f"""
            new={self.folder}.new; mkdir $new; mount -t tmpfs none $new; mkdir $new/shm $new/pts
            for name in {devices}; do touch $new/$name; mount --bind /dev/$name $new/$name; done
            mount --bind /dev/shm $new/shm; mount --bind /dev/pts $new/pts
            ln -s {self.file} $new/leds0; mount --rbind $new /dev
        """

    def told(self, words: list[str]) -> None:
        frame = np.frombuffer(bytes.fromhex(words[2]), np.uint8).reshape(-1, 4)[:, :3]
        self.frames.append((float(words[1]), frame))

    def wait_for_frame(
        self, *, after: float, shows: Callable[[Frame], bool] = lambda _: True, timeout_s: float = 15.0
    ) -> float:
        """Return when the strip first showed something at a time after `after`."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            for at, frame in tuple(self.frames):
                if at > after and shows(frame):
                    return at
            time.sleep(0.01)
        pytest.fail("the strip does not show it")


class Disk(Medium):
    """A disk with a file system; `mounted` are shell commands by which a process sees it at `at`."""

    BYTES = 32 << 20

    def __init__(self, folder: Path, content: bytes = b"") -> None:
        super().__init__(folder, "disk", self.BYTES)
        if not content:
            subprocess.run(["mkfs.ext4", "-q", "-F", self.file], check=True)
        else:
            with self.file.open("r+b", buffering=1 << 20) as file:
                file.write(content)
        with self.file.open("r+b") as file:
            os.fsync(file)

    def __enter__(self) -> Disk:
        if shutil.which("losetup") is None or not Path("/dev/loop-control").exists():
            pytest.skip("needs loop devices")
        return self

    def mounted(self, at: Path) -> str:
        """Return shell commands by which a process with mounts of its own sees the disk."""
        return f"mkdir -p {at}; mount -o loop,errors=remount-ro {self.file} {at}"

    def cut(self, image: Path, seed: int) -> bytes:
        """Cut the power; return what is on the medium."""
        self.command("cut", image, seed)
        return image.read_bytes()
