"""The guitar is switched on: what systemd starts opens its Wi-Fi by itself, and avahi tells its name there."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from tests.machine.machine import Machine
from tests.machine.radio import ENCRYPTED, GUITAR, NAME, PACKAGES, PASSPHRASE, Radio

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]

PREPARE = f"""
ln -s {ROOT}/systemd/wifi.sh /usr/local/sbin/affetto-wifi
ln -sf regulatory.db-debian /lib/firmware/regulatory.db
ln -sf regulatory.db.p7s-debian /lib/firmware/regulatory.db.p7s
echo mac80211_hwsim > /etc/modules-load.d/radios.conf
echo options mac80211_hwsim radios=2 > /etc/modprobe.d/radios.conf
echo {PASSPHRASE} > /root/passphrase
affetto-wifi setup --root / --name '{NAME}' --passphrase-file /root/passphrase --country IT --interface wlan0
printf '[keyfile]\\nunmanaged-devices=interface-name:wlan1\\n' > /etc/NetworkManager/conf.d/phone.conf
systemctl enable NetworkManager NetworkManager-dispatcher wpa_supplicant avahi-daemon affetto-firewall affetto-wifi
"""

ASK = """
import socket
ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ask.settimeout(2)
for _ in range(20):
    try:
        ask.sendto(bytes.fromhex("QUESTION"), ("224.0.0.251", 5353))
        print(ask.recv(1500).hex())
        break
    except OSError:
        pass
"""


def test_switched_on_it_opens_its_wifi_and_tells_its_name() -> None:
    with Machine((*PACKAGES, "avahi-daemon"), PREPARE) as machine:
        machine.until(
            "systemctl is-active affetto-wifi.service || systemctl show -P Result affetto-wifi | grep success", 120
        )
        machine.until("affetto-wifi status | grep 'is open on wlan0, encrypted (WPA2)'", 60)
        # nobody is online before the firewall stands
        began = machine.check(
            "for u in affetto-firewall NetworkManager; do systemctl show -P ActiveEnterTimestampMonotonic $u; done"
        ).split()
        assert 0 < int(began[0]) < int(began[1])
        assert machine.check("nft list table inet affetto").count('"wlan0"') == 2

        machine.check("ip netns add phone; iw phy phy1 set netns name phone; ip -n phone link set lo up")
        machine.check("cp /exchange/joined.sh /run/joined; chmod +x /run/joined")
        phone = Radio(machine, "phone", "wlan1")
        phone.scan()
        phone.join(ENCRYPTED)
        name = b"".join(bytes([len(part)]) + part for part in (b"affetto-test", b"local", b""))
        question = struct.pack(">6H", 7, 0, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
        machine.check(f"cat > /run/ask.py <<'END'\n{ASK.replace('QUESTION', question.hex())}\nEND")
        answer = bytes.fromhex(phone.check("python3 /run/ask.py", 60))
        assert socket.inet_aton(GUITAR) in answer
