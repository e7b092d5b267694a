"""A real JACK server of our own, with the dummy driver: it needs no sound card."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid

import jack

START_LIMIT_S = 15.0


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
        """Start jackd and wait until it answers."""
        self._process = subprocess.Popen(
            ["jackd", "-r", "-n", self.name, "-S", "-d", "dummy", "-r", str(self.rate_hz), "-p", str(self.period)],
            env=os.environ | self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_LIMIT_S
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"jackd -n {self.name} does not answer; start it by hand to see why")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether a client can connect now."""
        try:
            jack.Client("probe", no_start_server=True, servername=self.name).close()
        except jack.JackError:
            return False
        return True

    def stop(self) -> None:
        """End jackd, gently first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._process = None
