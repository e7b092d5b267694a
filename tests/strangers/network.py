"""A network of its own for a test: the guitar's side, everybody else's, and a record of each packet between them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.namespaces import needs_namespaces

CAPTURE = Path(__file__).with_name("capture.py")
GUITAR, OUTSIDE = "10.42.0.1", "10.42.0.2"

_SETTLE_S = 0.5


class Network:
    """Two network namespaces joined by a virtual cable; everything that is not here goes by `OUTSIDE`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guitar, self._outside = f"guitar-{os.getpid()}", f"outside-{os.getpid()}"
        self._processes: list[subprocess.Popen[str]] = []
        self._records = {name: folder / f"{name}.packets" for name in ("wlan0", "lo")}

    def set_up(self) -> None:
        for name in (self._guitar, self._outside):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self._guitar, "link", "add", "wlan0", "type", "veth", "peer", "wlan0", "netns", self._outside)
        for name, address in ((self._guitar, GUITAR), (self._outside, OUTSIDE)):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "wlan0")
            ip("-n", name, "link", "set", "wlan0", "up")
        # whatever asks for the Internet is sent out, and seen
        ip("-n", self._guitar, "route", "add", "default", "via", OUTSIDE)
        (self.folder / "resolv.conf").write_text(f"nameserver {OUTSIDE}\noptions timeout:1 attempts:1\n")
        (self.folder / "home").mkdir()
        for interface, record in self._records.items():
            with record.open("w") as out:
                self._start([sys.executable, str(CAPTURE), interface], out, {})
        while not all("listening" in record.read_text() for record in self._records.values()):
            time.sleep(0.02)

    def environment(self) -> dict[str, str]:
        """Return what a user has who logs in for the first time, and nothing of this machine's user."""
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "AFFETTO_FUZZ")}
        return kept | {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder)}

    def start(self, *command: str | Path, **environment: str) -> subprocess.Popen[str]:
        """Start a program on the guitar, which asks `OUTSIDE` for names."""
        with (self.folder / f"{Path(command[0]).name}.log").open("a") as out:
            return self._start(list(map(str, command)), out, environment)

    def run(self, *command: str | Path) -> None:
        """Run a program on the guitar to its end."""
        process = self.start(*command)
        if process.wait(250):
            raise AssertionError((self.folder / f"{Path(command[0]).name}.log").read_text())

    def outside(self, *command: str | Path) -> subprocess.Popen[str]:
        """Start a program on another machine of the network."""
        arguments = ["ip", "netns", "exec", self._outside, *map(str, command)]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._processes.append(process)
        return process

    def said(self, *command: str | Path) -> str:
        """Return what a program on another machine prints."""
        return self.outside(*command).communicate(timeout=60)[0]

    def sent(self, interface: str = "wlan0") -> set[str]:
        """Return every different thing that the guitar has sent, "protocol source destination"; arp is not told."""
        time.sleep(_SETTLE_S)
        lines = self._records[interface].read_text().splitlines()
        return {line.removeprefix("out ") for line in lines if line.startswith("out ") and " arp " not in line}

    def tear_down(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.communicate(timeout=15)
        for name in (self._guitar, self._outside):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def _start(self, command: list[str], out: object, environment: dict[str, str]) -> subprocess.Popen[str]:
        names = self.folder / "resolv.conf"
        inside = f'mount --bind {names} /etc/resolv.conf && exec "$@"'
        process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self._guitar}", "unshare", "--mount", "sh", "-c", inside, "sh", *command],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, text=True,
            env={**self.environment(), **environment},
        )  # fmt: skip
        self._processes.append(process)
        return process


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


@contextmanager
def made(folder: Path) -> Iterator[Network]:
    """Make the network in `folder`, or skip the test where this is not allowed."""
    needs_namespaces("ip", "nsenter", packages="iproute2")
    network = Network(folder)
    try:
        network.set_up()
        yield network
    finally:
        network.tear_down()
