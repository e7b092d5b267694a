"""A real JACK server of our own, with the dummy driver: it needs no sound card."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
CONNECT_LIMIT_S = 5.0
START_LIMIT_S = 15.0
STOP_LIMIT_S = 15.0
"""In synchronous mode jackd needs about six seconds to end when a client of it was killed."""


@cache
def forget_killed() -> None:
    """Remove what killed servers left in JACK's registry, unless one is running: it counts eight at most.

    Once, before this process has looked at the registry itself: it would go on with the one that was removed.
    """
    running = (_command(process) for process in Path("/proc").glob("[0-9]*"))
    if {"jackd", "jackdbus"} & set(running):
        return
    for path in SHARED_MEMORY.glob("jack-*"):
        with suppress(OSError):  # of another user
            path.unlink()


def _command(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:  # it has ended
        return ""


class JackServer:
    """A jackd under a name of its own, so that several can run side by side.

    The synchronous mode (`-S`) waits for every client in every period, so that no block is lost on a busy machine.

    Parameters
    ----------
    name : str
        Server name; a new one when it is "".
    rate_hz, period : int
        Sampling rate, and frames per period.
    """

    def __init__(self, name: str = "", *, rate_hz: int = 48000, period: int = 256) -> None:
        self.name = name or f"affetto-{uuid.uuid4().hex[:8]}"
        self.rate_hz, self.period = rate_hz, period
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def installed() -> bool:
        return shutil.which("jackd") is not None

    def environment(self) -> dict[str, str]:
        """What a client's process needs in its environment to find this server, and to start no other."""
        return {
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
        }

    def start(self) -> None:
        """Start jackd and wait until it answers. It ends when this process does, however that ends."""
        forget_killed()
        options = ["-r", "-n", self.name, "-S", "-d", "dummy", "-r", str(self.rate_hz), "-p", str(self.period)]
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "jackd", *options],
            env=os.environ | self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_LIMIT_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(
                    f"jackd -n {self.name} does not answer; start it by hand to see why "
                    "(JACK runs at most eight servers, and counts killed ones while another one runs)"
                )
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def answers(self) -> bool:
        """Whether a client can connect now; in a process of its own, since one that is too early may wait for good."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            asked = subprocess.run(["jack_lsp"], env=os.environ | self.environment(), timeout=CONNECT_LIMIT_S, **quiet)
        except subprocess.TimeoutExpired:
            return False
        return asked.returncode == 0

    def kill(self) -> None:
        """End jackd as a crash does; `start` it again soon, which frees its place among the eight servers."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End jackd, gently: a killed one stays among the eight servers that JACK's registry has room for."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
