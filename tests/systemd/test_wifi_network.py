"""Names and routing on the guitar's own Wi-Fi: the real dnsmasq and nft, in network namespaces made here."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.namespaces import needs_namespaces

HOTSPOT = Path(__file__).parents[2] / "systemd/hotspot"
GUITAR, PHONE, ELSEWHERE = "192.168.4.1", "192.168.4.20", "203.0.113.9"
A, AAAA, HTTPS = 1, 28, 65
NO_ERROR = 0

FORWARDED_BY_NETWORKMANAGER = """
table inet nm-shared-wlan0 {
    chain nat_postrouting {
        type nat hook postrouting priority 100; policy accept;
        ip saddr 192.168.4.0/24 ip daddr != 192.168.4.0/24 masquerade
    }
    chain filter_forward {
        type filter hook forward priority 0; policy accept;
        iifname "wlan0" accept
        oifname "wlan0" accept
    }
}
"""


class Network:
    """A phone, the guitar, and another network behind the guitar, each in a namespace."""

    def __init__(self) -> None:
        self.phone, self.guitar, self.elsewhere = (f"{name}-{os.getpid()}" for name in ("phone", "guitar", "elsewhere"))

    def set_up(self) -> None:
        for name in (self.phone, self.guitar, self.elsewhere):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for own, address, other, there in (
            ("wlan0", GUITAR, self.phone, PHONE),
            ("eth0", "203.0.113.1", self.elsewhere, ELSEWHERE),
        ):
            run("ip", "-n", self.guitar, "link", "add", own, "type", "veth", "peer", "link0", "netns", other)
            for name, device, ip in ((self.guitar, own, address), (other, "link0", there)):
                run("ip", "-n", name, "address", "add", f"{ip}/24", "dev", device)
                run("ip", "-n", name, "link", "set", device, "up")
            run("ip", "-n", other, "route", "add", "default", "via", address)
        # what NetworkManager does for an address that is shared
        self.on(self.guitar, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.load(FORWARDED_BY_NETWORKMANAGER)

    def on(self, name: str, *command: str | Path, stdin: str = "") -> str:
        return run("ip", "netns", "exec", name, *command, stdin=stdin)

    def load(self, rules: str) -> None:
        self.on(self.guitar, "nft", "-f", "-", stdin=rules)

    def reaches(self, sender: str, receiver: str, address: str) -> bool:
        """Whether a datagram from one to an address arrives at another."""
        listen = ("import socket,sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 5005));"
                  "print('ready', flush=True); s.settimeout(20); print(s.recv(9).decode(), flush=True)")  # fmt: skip
        with subprocess.Popen(["ip", "netns", "exec", receiver, sys.executable, "-c", listen], stdout=subprocess.PIPE,
                              text=True) as listener:  # fmt: skip
            assert listener.stdout is not None
            assert listener.stdout.readline() == "ready\n"
            # one that arrives by another way, sent later, tells that the first did not
            self.on(sender, sys.executable, "-c", send("through", address))
            time.sleep(0.3)
            self.on(receiver, sys.executable, "-c", send("not", "127.0.0.1"))
            return listener.stdout.readline() == "through\n"

    def tear_down(self) -> None:
        for name in (self.phone, self.guitar, self.elsewhere):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def run(*command: str | Path, stdin: str = "") -> str:
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
    return done.stdout


def send(text: str, address: str) -> str:
    return f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{text}', ('{address}', 5005))"


@pytest.fixture
def network() -> Iterator[Network]:
    needs_namespaces(
        "ip", "nft", "dnsmasq", "nsenter", packages="iproute2, nftables, dnsmasq-base",
        trial=("nft", "add", "table", "inet", "x"),
    )  # fmt: skip
    network = Network()
    try:
        network.set_up()
        yield network
    finally:
        network.tear_down()


def rules() -> str:
    return (HOTSPOT / "firewall.nft").read_text().replace("@INTERFACE@", "wlan0")


def test_guests_reach_the_guitar_and_nothing_behind_it(network: Network) -> None:
    assert network.reaches(network.phone, network.elsewhere, ELSEWHERE), "else nothing is proven"
    for _ in range(2):  # loading it again changes nothing
        network.load(rules())
        assert not network.reaches(network.phone, network.elsewhere, ELSEWHERE)
        assert not network.reaches(network.elsewhere, network.phone, PHONE)
        assert network.reaches(network.phone, network.guitar, GUITAR)
    dropped = network.on(network.guitar, "nft", "list", "table", "inet", "affetto")
    assert 'iifname "wlan0" counter packets 0' not in dropped


def dispatch(network: Network, tmp_path: Path, connection: str, *, firewall: bool) -> None:
    """Run what NetworkManager runs before a connection is up, with our rules or a machine without nft."""
    program = (HOTSPOT / "dispatcher.sh").read_text()
    installed = tmp_path / "hotspot.nft"
    installed.write_text(rules())
    path = os.environ["PATH"] if firewall else str(tmp_path / "nothing")
    network.on(network.guitar, "env", f"PATH={path}", f"CONNECTION_ID={connection}", "DEVICE_IP_IFACE=wlan0",
               "/bin/sh", "-c", program.replace("/etc/affetto/hotspot.nft", str(installed)))  # fmt: skip


def routes(network: Network, name: str) -> str:
    return network.on(network.guitar, "cat", f"/proc/sys/net/ipv4/{name}").strip()


def test_before_the_wifi_is_up_the_kernel_stops_routing_from_it(network: Network, tmp_path: Path) -> None:
    dispatch(network, tmp_path, "somebody's own", firewall=True)
    assert routes(network, "conf/wlan0/forwarding") == "1", "not ours"
    dispatch(network, tmp_path, "affetto-hotspot", firewall=True)
    assert routes(network, "conf/wlan0/forwarding") == "0"
    assert not network.reaches(network.phone, network.elsewhere, ELSEWHERE)
    assert not network.reaches(network.elsewhere, network.phone, PHONE)
    # each of the two locks holds alone
    network.on(network.guitar, "nft", "delete", "table", "inet", "affetto")
    assert not network.reaches(network.phone, network.elsewhere, ELSEWHERE)


def test_without_a_firewall_the_whole_machine_stops_routing(network: Network, tmp_path: Path) -> None:
    dispatch(network, tmp_path, "affetto-hotspot", firewall=False)
    assert routes(network, "ip_forward") == "0"
    assert not network.reaches(network.phone, network.elsewhere, ELSEWHERE)
    assert not network.reaches(network.elsewhere, network.phone, PHONE)


ASK = """
import socket, sys
ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ask.settimeout(1)
for _ in range(20):
    try:
        ask.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 53))
        print(ask.recv(1500).hex())
        break
    except OSError:
        pass
"""


def resolve(network: Network, name: str, kind: int) -> tuple[int, list[tuple[int, str]]]:
    """Return the response code for a name asked by the phone, and the answers' lifetimes in s and addresses."""
    question = (
        b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack(">HH", kind, 1)
    )
    asked = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question
    answer = bytes.fromhex(network.on(network.phone, sys.executable, "-c", ASK, asked.hex(), GUITAR).strip())
    _, flags, _, count, _, _ = struct.unpack(">6H", answer[:12])
    found, at = [], len(asked)
    for _ in range(count):
        at += 2  # a pointer to the name
        _, _, lifetime_s, length = struct.unpack(">HHIH", answer[at : at + 10])
        found.append((lifetime_s, socket.inet_ntoa(answer[at + 10 : at + 10 + length])))
        at += 10 + length
    return flags & 0xF, found


def test_every_name_leads_to_the_guitar_and_none_is_asked_elsewhere(network: Network, tmp_path: Path) -> None:
    folder = tmp_path / "dnsmasq-shared.d"
    folder.mkdir()
    shutil.copy(HOTSPOT / "dnsmasq.conf", folder / "affetto.conf")
    # as NetworkManager 1.42 starts it, with somebody to ask
    command = ["dnsmasq", "--conf-file=/dev/null", "--no-hosts", "--keep-in-foreground", "--bind-interfaces",
               "--except-interface=lo", "--clear-on-reload", "--strict-order", f"--listen-address={GUITAR}",
               "--dhcp-range=192.168.4.10,192.168.4.254,3600", f"--conf-dir={folder}",
               f"--dhcp-leasefile={tmp_path / 'leases'}", "--pid-file", "--user=root"]  # fmt: skip
    with subprocess.Popen(["ip", "netns", "exec", network.guitar, *command]) as process:
        try:
            for name in ("captive.apple.com", "connectivitycheck.gstatic.com", "affetto", "a.b.c.example"):
                assert resolve(network, name, A) == (NO_ERROR, [(30, GUITAR)]), name
            # nothing else is there, and that is an answer too: a phone that hears an error asks again for seconds
            for kind in (AAAA, HTTPS):
                assert resolve(network, "captive.apple.com", kind) == (NO_ERROR, [])
        finally:
            process.terminate()
