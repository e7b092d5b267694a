"""Radios of an emulated machine, `mac80211_hwsim`'s: phones, and other Wi-Fis, each in a namespace."""

from __future__ import annotations

from tests.machine.machine import Machine

NAME, PASSPHRASE, GUITAR = "Affetto 7K3F", "guitar-secret", "192.168.4.1"
PACKAGES = ("network-manager", "wpasupplicant", "iw", "nftables", "wireless-regdb", "dnsmasq-base", "busybox", "curl",
            "iproute2")  # fmt: skip
ENCRYPTED = f'psk="{PASSPHRASE}"\nkey_mgmt=WPA-PSK\nproto=RSN\npairwise=CCMP'
OPEN = "key_mgmt=NONE"


class Radio:
    """A phone or another Wi-Fi, in a namespace of the machine."""

    def __init__(self, machine: Machine, name: str, device: str) -> None:
        self._machine, self.name, self.device = machine, name, device

    def on(self, command: str) -> str:
        """Return a command as it is run there; `command` has no single quotes."""
        return f"ip netns exec {self.name} sh -c '{command}'"

    def check(self, command: str, timeout_s: float = 30) -> str:
        return self._machine.check(self.on(command), timeout_s)

    def scan(self) -> str:
        """Return what `iw` says of the guitar's Wi-Fi as soon as it is in the air."""
        seen = f'ip link set {self.device} up; iw dev {self.device} scan > /run/scan; grep "SSID: {NAME}" /run/scan'
        self._machine.until(self.on(seen), 40)
        found = self._machine.check("cat /run/scan").split("\nBSS ")
        return next(one for one in found if f"SSID: {NAME}\n" in one)

    def associate(self, network: str, event: str) -> str:
        """Run wpa_supplicant for a network until its log has an event; return the log."""
        log = f"/run/{self.name}.log"
        self._machine.check(f"cat > /run/{self.name}.conf <<'END'\nnetwork={{\n{network}\n}}\nEND")
        self.leave()
        self.check(f"wpa_supplicant -B -i {self.device} -c /run/{self.name}.conf -f {log} -P /run/{self.name}.pid")
        return self._machine.until(f"grep -q {event} {log} && cat {log}", 40)

    def join(self, security: str) -> None:
        """Join the guitar's Wi-Fi and take the address that it gives."""
        self.associate(f'ssid="{NAME}"\n{security}', "CTRL-EVENT-CONNECTED")
        self.check(f"busybox udhcpc -i {self.device} -q -n -t 20 -T 1 -s /run/joined", 40)

    def leave(self) -> None:
        pid = f"/run/{self.name}.pid"
        self._machine.check(
            f"[ ! -e {pid} ] || kill $(cat {pid}); while [ -e {pid} ]; do sleep 0.1; done; rm -f /run/{self.name}.log"
        )

    def fetch(self, url: str, *options: str) -> tuple[int, str, str]:
        """Return status, Location and body of an answer; status 0 if there is none."""
        told = self._machine.run(
            self.on(f'curl -sS --max-time 20 -w "\\n%{{http_code}} %{{redirect_url}}" {" ".join(options)} {url}'), 40
        )
        body, _, last = told.out.rpartition("\n")
        code, _, location = last.partition(" ")
        return int(code or 0), location, body

    def address(self) -> str:
        return self.check(f"ip -4 -o address show dev {self.device}").split()[3].partition("/")[0]
