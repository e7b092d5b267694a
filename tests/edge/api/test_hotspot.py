"""A phone joins the guitar's network: two network namespaces, dnsmasq, DHCP, and the real service on port 80."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.api.client import wait_until
from tests.namespaces import needs_namespaces

OURS = "192.168.4.1"
NAMES = Path(__file__).parents[3] / "systemd/hotspot/dnsmasq.conf"


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
    return done.stdout


class Network:
    """The guitar's side with its DHCP and name server, and a phone's, joined by a virtual cable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guitar, self._phone = f"guitar-{os.getpid()}", f"phone-{os.getpid()}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lease, self._resolv = folder / "lease", folder / "resolv.conf"

    def set_up(self) -> None:
        for name in (self._guitar, self._phone):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self._guitar, "link", "add", "wlan0", "type", "veth", "peer", "wlan0", "netns", self._phone)
        run("ip", "-n", self._guitar, "address", "add", f"{OURS}/24", "dev", "wlan0")
        for name in (self._guitar, self._phone):
            run("ip", "-n", name, "link", "set", "wlan0", "up")
        self.start("dnsmasq", "-k", "-C", NAMES, "--interface=wlan0",
                   "--dhcp-range=192.168.4.10,192.168.4.50,1h", f"--dhcp-leasefile={self._folder / 'leases'}",
                   "--pid-file", "--user=root")  # fmt: skip

    def start(self, *command: str | Path, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program on the guitar."""
        with (self._folder / f"{Path(command[0]).name}.log").open("w") as out:
            process = subprocess.Popen(["ip", "netns", "exec", self._guitar, *map(str, command)], stdout=out,
                                       stderr=out, env={**os.environ, **environment})  # fmt: skip
        self._processes.append(process)
        return process

    def join(self) -> str:
        """Let the phone ask for an address, and use what it is told; return the name server."""
        script = self._folder / "joined"
        script.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = bound ] && ip address add $ip/$mask dev $interface && echo nameserver $dns > {self._resolv}\n'
            f'[ "$1" = bound ] && ip route add default via $router; true\n'
        )
        script.chmod(0o755)
        run("ip", "netns", "exec", self._phone, "busybox", "udhcpc", "-i", "wlan0", "-q", "-n", "-t", "10",
            "-T", "1", "-s", script)  # fmt: skip
        return self._resolv.read_text().split()[1]

    def fetch(self, url: str, *options: str) -> tuple[int, str, str]:
        """Return status, Location and body as the phone gets them, with its own name server."""
        inside = f'mount --bind {self._resolv} /etc/resolv.conf && exec "$@"'
        got = run("nsenter", f"--net=/run/netns/{self._phone}", "unshare", "--mount", "sh", "-c", inside, "sh", "curl",
                  "--silent", "--show-error", "--max-time", "10", "--noproxy", "*",
                  "--write-out", "\n%{http_code} %{redirect_url}", *options, url)  # fmt: skip
        body, _, told = got.rpartition("\n")
        code, _, location = told.partition(" ")
        return int(code), location, body

    def tear_down(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=15)
        for name in (self._guitar, self._phone):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    needs_namespaces("ip", "dnsmasq", "busybox", "curl", "nsenter", packages="iproute2, dnsmasq-base, busybox, curl")
    network = Network(tmp_path)
    try:
        network.set_up()
        yield network
    finally:
        network.tear_down()


def test_the_page_opens_by_itself_and_the_phone_stays(network: Network, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[web]\nportal = true\n")
    affetto = Path(sys.executable).parent / "affetto"
    network.start(affetto, "run", "--input", "demo", "--host", OURS, "--port", "80",
                  AFFETTO_CONFIG=str(tmp_path / "config.toml"), XDG_DATA_HOME=str(tmp_path / "data"))  # fmt: skip
    assert network.join() == OURS
    wait_until(lambda: "ready: open" in (tmp_path / "affetto.log").read_text(), 30)
    # what is asked when a phone has joined; every name leads to the guitar
    probe = "http://connectivitycheck.gstatic.com/generate_204"
    assert network.fetch(probe)[:2] == (302, f"http://{OURS}/")
    code, _, page = network.fetch(probe, "--location")
    assert code == 200
    assert ">Affetto</title>" in page
    assert network.fetch(probe) == (204, "", "")
    code, _, body = network.fetch("http://captive.apple.com/hotspot-detect.html")
    assert (code, "<TITLE>Success</TITLE>" in body) == (200, True)
    # other names still mean nothing
    assert network.fetch("http://www.example.com/api/status")[0] == 403
    assert network.fetch(f"http://{OURS}/api/takes")[0] == 401
