"""The guitar's own Wi-Fi over the air: real access point, phones that scan and join, the real service, another Wi-Fi.

One machine for all tests, in their order: `mac80211_hwsim` has four radios that hear each other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.machine import Machine
from tests.machine.radio import ENCRYPTED, GUITAR, NAME, OPEN, PACKAGES, PASSPHRASE, Radio

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[2]
ELSEWHERE = "http://203.0.113.9/agent.sh"

PREPARE = f"""
ln -s {ROOT}/systemd/wifi.sh /usr/local/sbin/affetto-wifi
getent group affetto >/dev/null || groupadd affetto
echo {PASSPHRASE} > /root/passphrase
affetto-wifi setup --root / --name '{NAME}' --passphrase-file /root/passphrase --country IT --interface wlan0
"""


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine(PACKAGES, PREPARE, systemd=False) as machine:
        machine.check("sh /exchange/radios.sh", 120)
        print(f"booted in {machine.boot_s:.0f} s")
        yield machine


@pytest.fixture(scope="module")
def phone(machine: Machine) -> Radio:
    return Radio(machine, "phone", "wlan1")


@pytest.fixture(scope="module")
def other(machine: Machine) -> Radio:
    return Radio(machine, "other", "wlan2")


@pytest.fixture(scope="module")
def service(machine: Machine) -> None:
    """The service on port 80, as installed."""
    affetto = Path(sys.executable).parent / "affetto"
    machine.check("mkdir -p /run/state; printf '[web]\\nportal = true\\n' > /run/state/config.toml")
    # without its supervisor: emulated it is so slow that this would call it hung
    run = f"AFFETTO_SUPERVISOR=$$ {affetto} run --input demo --host 0.0.0.0 --port 80 > /run/affetto.log 2>&1; true"
    machine.check("export AFFETTO_CONFIG=/run/state/config.toml XDG_DATA_HOME=/run/state XDG_STATE_HOME=/run/state; "
                  f"setsid sh -c '{run}' > /dev/null 2>&1 &")  # fmt: skip
    machine.until(f"curl -s --max-time 20 http://{GUITAR}/ | grep -q Affetto", 300)


def test_switched_on_the_wifi_is_in_the_air_and_encrypted(machine: Machine, phone: Radio) -> None:
    machine.check("affetto-wifi boot", 150)
    assert "is open on wlan0, encrypted (WPA2)" in machine.check("affetto-wifi status")
    assert f'passphrase = "{PASSPHRASE}"' in machine.check("cat /etc/affetto/hotspot.toml")
    seen = phone.scan()
    for word in ("RSN:", "Pairwise ciphers: CCMP", "DS Parameter set: channel 6"):
        assert word in seen
    assert "MFP-capable" not in seen


def test_a_wrong_passphrase_is_refused(phone: Radio) -> None:
    phone.associate(f'ssid="{NAME}"\npsk="guitar-secrets"\nkey_mgmt=WPA-PSK', "reason=WRONG_KEY")
    phone.leave()


def test_the_page_opens_by_itself_and_follows_live(machine: Machine, phone: Radio, service: None) -> None:
    phone.join(ENCRYPTED)
    for probe in ("http://captive.apple.com/hotspot-detect.html", "http://connectivitycheck.gstatic.com/generate_204",
                  "http://www.msftconnecttest.com/connecttest.txt"):  # fmt: skip
        assert phone.fetch(probe)[:2] == (302, f"http://{GUITAR}/"), probe
    code, _, page = phone.fetch(f"http://{GUITAR}/")
    assert code == 200
    assert ">Affetto</title>" in page
    assert phone.fetch("http://connectivitycheck.gstatic.com/generate_204")[0] == 204
    assert "Success" in phone.fetch("http://captive.apple.com/hotspot-detect.html")[2]
    heard = machine.run(phone.on(f"curl -sN --max-time 20 http://{GUITAR}/api/live"), 40).out
    assert heard.count("data: ") >= 3
    assert '"probabilities"' in heard
    assert ", joined by 1" in machine.check("affetto-wifi status")


def test_guests_reach_neither_one_another_nor_what_is_behind_the_guitar(
    machine: Machine, phone: Radio, other: Radio, service: None
) -> None:
    other.join(ENCRYPTED)
    for radio in (phone, other):
        radio.check("busybox httpd -h /exchange")
        assert radio.fetch(f"http://{GUITAR}/")[0] == 200
        assert radio.fetch(ELSEWHERE, "--connect-timeout 5")[0] == 0
    assert phone.fetch(f"http://{other.address()}/agent.sh", "--connect-timeout 5")[0] == 0
    assert machine.check("cat /proc/sys/net/ipv4/ip_forward").strip() == "1", "NetworkManager turns it on"
    # without the two locks there would be a way
    machine.check("nft delete table inet affetto; echo 1 > /proc/sys/net/ipv4/conf/wlan0/forwarding")
    assert phone.fetch(ELSEWHERE, "--connect-timeout 5")[0] == 200
    other.leave()
    machine.check("affetto-wifi hotspot", 80)
    phone.join(ENCRYPTED)
    assert phone.fetch(ELSEWHERE, "--connect-timeout 5")[0] == 0


@pytest.fixture(scope="module")
def home(machine: Machine) -> Radio:
    """Another Wi-Fi, with its own addresses."""
    home = Radio(machine, "home", "wlan3")
    home.check("ip address add 192.168.77.1/24 dev wlan3")
    network = (
        'ssid="Home"\nmode=2\nfrequency=2412\nkey_mgmt=WPA-PSK\nproto=RSN\npairwise=CCMP\ngroup=CCMP\npsk="home-secret"'
    )
    home.associate(network, "AP-ENABLED")
    home.check("dnsmasq --conf-file=/dev/null --interface=wlan3 --dhcp-range=192.168.77.10,192.168.77.50,1h --port=0 "
               "--dhcp-leasefile=/run/home.leases --pid-file=/run/home-addresses.pid --user=root")  # fmt: skip
    return home


def test_a_wifi_that_cannot_be_joined_locks_nobody_out(machine: Machine, home: Radio, phone: Radio) -> None:
    done = machine.run("echo not-the-secret | affetto-wifi join Home", 120)
    assert done.status == 1
    assert (
        f'"Home" could not be joined (passphrase? distance?); the guitar\'s own Wi-Fi "{NAME}" is open again'
        in done.err
    )
    assert "last: " in machine.check("affetto-wifi status")
    assert "joins: no other Wi-Fi" in machine.check("affetto-wifi status")
    assert f"SSID: {NAME}" in phone.scan()
    # nor does one during which the power fails
    profile = "/etc/NetworkManager/system-connections/affetto-joined.nmconnection"
    machine.check(f"printf '[connection]\\nid=affetto-joined\\ntype=wifi\\nautoconnect=false\\n' > {profile}")
    assert "not in reach" not in machine.check("affetto-wifi boot", 120)
    assert machine.run(f"test -e {profile}").status == 1


def test_it_joins_another_wifi_and_opens_its_own_when_that_is_gone(
    machine: Machine, home: Radio, phone: Radio, service: None
) -> None:
    # again where an emulated radio needs longer than a real one may
    joined = machine.until("echo home-secret | affetto-wifi join Home", 180)
    assert "http://192.168.77." in joined
    address = joined.partition("http://")[2].partition("/")[0]
    assert home.fetch(f"http://{address}/")[0] == 200
    home.leave()
    machine.until("nmcli -t -f NAME,STATE connection show --active | grep -q affetto-hotspot:activated", 100)
    phone.scan()
    phone.join(ENCRYPTED)
    assert phone.fetch(f"http://{GUITAR}/")[0] == 200
    # so it does at a start
    assert "not in reach" in machine.check("affetto-wifi boot", 120)
    assert "joins: no other" in machine.check("affetto-wifi forget; affetto-wifi status", 80)


def test_the_chip_that_cannot_encrypt_is_known_by_its_name(machine: Machine, phone: Radio) -> None:
    line = "brcmfmac: brcmf_c_preinit_dcmds: Firmware: BCM43430/2 wl0: Oct 19 2021 version 9.88.4.77 FWID 01-4325"
    machine.check(f"echo '{line}' > /dev/kmsg")
    told = machine.check("affetto-wifi hotspot", 80)
    assert "NOT encrypted (the firmware of its Wi-Fi chip BCM43430/2 cannot)" in told
    assert "open_because" in machine.check("cat /etc/affetto/hotspot.toml")
    assert "RSN" not in phone.scan()


def test_a_board_that_cannot_encrypt_opens_its_wifi_and_says_so(
    machine: Machine, phone: Radio, other: Radio, home: Radio
) -> None:
    # a kernel without what encrypts
    for radio in (phone, other, home):
        radio.leave()
    machine.check("nmcli connection down affetto-hotspot")
    machine.until("rmmod ccm")
    machine.check("mv /lib/modules/*/kernel/crypto/ccm.ko /root; affetto-wifi setup --encrypted")
    told = machine.check("affetto-wifi hotspot", 150)
    assert "NOT encrypted (it starts on this board without encryption only)" in told
    assert "NOT encrypted" in machine.check("affetto-wifi status")
    assert 'passphrase = ""' in machine.check("cat /etc/affetto/hotspot.toml")
    assert "RSN" not in phone.scan()
    phone.join(OPEN)
    assert phone.address().startswith("192.168.4.")
    phone.leave()


def test_removing_leaves_nothing(machine: Machine) -> None:
    machine.check("affetto-wifi remove")
    machine.until("! nmcli -t -f NAME connection show | grep -q affetto")
    assert machine.run("nft list table inet affetto").status != 0
    left = machine.check("find /etc -type f -newer /root/passphrase | grep -E 'affetto|hotspot' || true")
    assert left == ""
