"""What `affetto-wifi setup` writes, and what is refused; the real shell, the real nmcli, the page that reads it."""

from __future__ import annotations

import configparser
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from edge.setup import hotspot
from tests.machine.packages import EmulationError, environment, unpacked

SYSTEMD = Path(__file__).parents[2] / "systemd"
WIFI = SYSTEMD / "wifi.sh"
PROFILE = "etc/NetworkManager/system-connections/affetto-hotspot.nmconnection"
UUID = "a8ae6bd4-9f2a-4a0e-9c39-5a1b6d0f7c11"


def wifi(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([WIFI, *arguments], input=stdin, capture_output=True, text=True, timeout=30)


def set_up(root: Path, *arguments: str, name: str = "Affetto 7K3F", passphrase: str = "guitar-secret") -> None:
    done = wifi("setup", "--root", root, "--name", name, "--passphrase-file", "-", "--interface", "wlan0", *arguments,
                stdin=f"{passphrase}\n")  # fmt: skip
    assert done.returncode == 0, done.stderr
    # nobody reads it over a shoulder or in a log
    assert passphrase not in done.stdout + done.stderr


def for_page(root: Path) -> hotspot.Written:
    written, why = hotspot.read(root / "etc/affetto/hotspot.toml")
    assert written is not None, why
    return written


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs Debian's shellcheck")
def test_the_scripts_are_sound() -> None:
    scripts = [WIFI, *sorted((SYSTEMD / "hotspot").glob("*.sh"))]
    done = subprocess.run(["shellcheck", "-x", "-P", "SCRIPTDIR", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_secrets_are_for_root_and_the_page_reads_what_it_shows(tmp_path: Path) -> None:
    set_up(tmp_path, passphrase=r'with "signs" \ and blanks')
    assert mode_of(tmp_path / PROFILE) == 0o600
    assert mode_of(tmp_path / "etc/affetto/wifi.conf") == 0o600
    assert mode_of(tmp_path / "etc/affetto/hotspot.toml") == 0o640
    assert for_page(tmp_path) == hotspot.Written("Affetto 7K3F", r'with "signs" \ and blanks')


def test_the_passphrase_stands_on_no_command_line(tmp_path: Path) -> None:
    """`ps` shows command lines to everybody: each program that runs notes its own here."""
    spies, log = tmp_path / "spies", tmp_path / "log"
    spies.mkdir()
    spy = spies / ".spy"
    spy.write_text(f'#!/bin/sh\necho "${{0##*/}} $*" >> {log}\nPATH={os.environ["PATH"]} exec "${{0##*/}}" "$@"\n')
    spy.chmod(0o755)
    for program in Path("/usr/bin").iterdir():
        (spies / program.name).symlink_to(spy)
    done = subprocess.run(
        [WIFI, "setup", "--root", tmp_path, "--name", "Affetto", "--passphrase-file", "-", "--country", "IT"],
        input="guitar-secret\n", capture_output=True, text=True, timeout=60, env={"PATH": str(spies)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "guitar-secret" in (tmp_path / PROFILE).read_text()
    programs = log.read_text()
    assert "sed " in programs
    assert "guitar-secret" not in programs


def test_setting_up_again_changes_nothing_but_what_is_said(tmp_path: Path) -> None:
    set_up(tmp_path, "--country", "IT")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert wifi("setup", "--root", tmp_path).returncode == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files
    assert wifi("setup", "--root", tmp_path, "--channel", "11", "--name", "Other").returncode == 0
    assert "channel=11\n" in (tmp_path / PROFILE).read_text()
    assert for_page(tmp_path) == hotspot.Written("Other", "guitar-secret")
    assert "ieee80211_regdom=IT" in (tmp_path / "etc/modprobe.d/affetto-wifi.conf").read_text()


def test_dry_run_writes_nothing_and_says_what_it_would(tmp_path: Path) -> None:
    done = wifi(
        "setup", "--dry-run", "--root", tmp_path, "--name", "Affetto", "--passphrase-file", "-", stdin="secret-1\n"
    )
    assert done.returncode == 0, done.stderr
    assert f"would write {tmp_path / PROFILE} (mode 0600)" in done.stdout
    assert "secret-1" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_removing_leaves_no_file(tmp_path: Path) -> None:
    set_up(tmp_path, "--country", "IT")
    assert "would remove" in wifi("remove", "--root", tmp_path, "--dry-run").stdout
    assert (tmp_path / PROFILE).exists()
    assert wifi("remove", "--root", tmp_path).returncode == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("change", "passphrase", "why"),
    [
        ({}, "seven77", "has 7 characters; WPA2 wants 8 to 63"),
        ({}, "x" * 64, "has 64 characters; WPA2 wants 8 to 63"),
        ({}, "müde Gitarre", "signs of ASCII only"),
        ({"--name": "n" * 33}, "guitar-secret", "the name is too long: 32 bytes at most"),
        ({"--name": "two\nlines"}, "guitar-secret", "the name has a control character in it"),
        ({"--channel": "13"}, "guitar-secret", "channel 13: choose 1 to 11"),
        ({"--country": "Italy"}, "guitar-secret", "country Italy: two capital letters"),
        ({"--interface": "wlan0; rm"}, "guitar-secret", "not a name such as wlan0"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, change: dict[str, str], passphrase: str, why: str) -> None:
    options = {"--name": "Affetto", "--channel": "6", "--country": "IT", "--interface": "wlan0", **change}
    done = wifi("setup", "--root", tmp_path, "--passphrase-file", "-",
                *(word for option in options.items() for word in option), stdin=f"{passphrase}\n")  # fmt: skip
    assert done.returncode == 1
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert passphrase not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_open_wifi_shows_no_passphrase_and_keeps_it_for_later(tmp_path: Path) -> None:
    set_up(tmp_path, "--open")
    assert for_page(tmp_path).passphrase == ""
    assert hotspot.warning(for_page(tmp_path)).startswith("this Wi-Fi is not encrypted, since it was told so")
    assert hotspot.join_text(for_page(tmp_path)) == "WIFI:T:nopass;S:Affetto 7K3F;;"
    assert "psk" not in (tmp_path / PROFILE).read_text()
    assert wifi("setup", "--root", tmp_path, "--encrypted").returncode == 0
    assert for_page(tmp_path) == hotspot.Written("Affetto 7K3F", "guitar-secret")


@pytest.fixture(scope="module")
def nmcli() -> tuple[Path, dict[str, str]]:
    """NetworkManager's client, unpacked: an installed one takes over the network of whoever runs the tests."""
    try:
        there = unpacked(["network-manager"])
    except EmulationError as error:
        pytest.skip(f"no nmcli: {error}")
    return there / "usr/bin/nmcli", environment(there)


def settings_of(keyfile: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(keyfile)
    return {section: dict(parser[section]) for section in parser.sections() if parser[section]}


@pytest.mark.parametrize("is_open", [False, True], ids=["encrypted", "open"])
def test_networkmanager_writes_the_same_profile(
    tmp_path: Path, nmcli: tuple[Path, dict[str, str]], is_open: bool
) -> None:
    program, surroundings = nmcli
    secret = r"a \ b;c=d#"
    set_up(tmp_path, *(["--open"] if is_open else []), name="Gitarre; größer", passphrase=secret)

    def offline(*arguments: str, stdin: str = "") -> dict[str, dict[str, str]]:
        done = subprocess.run([program, "--offline", "connection", *arguments], input=stdin, env=surroundings,
                              capture_output=True, text=True, timeout=30)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return settings_of(done.stdout)

    security = ["wifi-sec.key-mgmt", "wpa-psk", "wifi-sec.proto", "rsn", "wifi-sec.pairwise", "ccmp",
                "wifi-sec.group", "ccmp", "wifi-sec.pmf", "disable", "wifi-sec.psk", secret]  # fmt: skip
    wanted = offline(
        "add", "type", "wifi", "con-name", "affetto-hotspot", "ifname", "wlan0", "ssid", "Gitarre; größer",
        "connection.uuid", UUID, "autoconnect", "yes", "connection.autoconnect-priority", "100",
        "connection.autoconnect-retries", "0", "wifi.mode", "ap", "wifi.band", "bg", "wifi.channel", "6",
        "wifi.ap-isolation", "yes", "wifi.powersave", "disable", *([] if is_open else security),
        "ipv4.method", "shared", "ipv4.addresses", "192.168.4.1/24", "ipv6.method", "disabled",
    )  # fmt: skip
    # ours as NetworkManager understands it
    ours = offline("modify", "connection.autoconnect", "yes", stdin=(tmp_path / PROFILE).read_text())
    for settings in (ours, wanted):
        settings["connection"].pop("timestamp", None)
        settings.pop("proxy", None)
        settings.get("ipv6", {}).pop("addr-gen-mode", None)
    assert ours == wanted


def test_a_command_that_does_not_exist_is_one_line() -> None:
    done = wifi("jion")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "affetto-wifi: unknown command jion: affetto-wifi --help\n"
