"""What the installer refuses, in one line and before it has changed anything; what it does to lights; its shell itself.

Each runs in a mount namespace, where this machine can be made to lack something without being changed.
"""

import subprocess
from pathlib import Path

import pytest

from tests.systemd.bundles import ROOT, checkout, system_python
from tests.systemd.machine import why_not

INSTALL = ROOT / "systemd/install.sh"
SCRIPTS = ["systemd/install.sh", "systemd/bundle.sh", "systemd/install/fetch-packages.sh", "systemd/affetto-command",
           "systemd/need-packages.sh", "tests/systemd/boot.sh"]  # fmt: skip

PI_5, PI_4, ZERO_2 = "Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 4 Model B Rev 1.4", "Raspberry Pi Zero 2 W Rev 1.0"

alone = pytest.mark.skipif(bool(why_not()), reason=why_not())


def test_shellcheck_finds_nothing():
    said = subprocess.run(["shellcheck", "--external-sources", *SCRIPTS], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


def test_only_root_may_install():
    nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
    said = subprocess.run([*nobody, "bash", INSTALL], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (1, f"affetto: this changes the system: sudo {INSTALL}\n")


@alone
@pytest.mark.parametrize(
    ("instead", "line"),
    [
        ("mount --bind /dev/null /usr/bin/apt-get", "this system has no apt; take Raspberry Pi OS or Debian"),
        (
            "printf '#!/bin/sh\\necho armhf\\n' >$T && chmod +x $T && mount --bind $T /usr/bin/dpkg",
            "this system has 32 bits, for which there is no onnxruntime; install the 64-bit Raspberry Pi OS",
        ),
        (
            "printf '#!/bin/sh\\necho 3.9\\n' >$T && chmod +x $T && mount --bind $T /usr/bin/python3",
            "Python 3.9 does not do; Debian or Raspberry Pi OS 12 (Bookworm) or 13 (Trixie) have 3.11 and 3.13",
        ),
        ("mount -t tmpfs -o size=8M tmpfs /opt", "only 8 MB are free in /opt, 800 are needed; make room"),
    ],
    ids=["no apt", "32 bits", "old Python", "no room"],
)
def test_what_cannot_work_is_said_in_one_line(tmp_path, instead, line):
    said = _alone(f"T={tmp_path}/instead; {instead} && {INSTALL} --dry-run --no-hotspot")
    assert said.returncode == 1
    assert said.stderr.startswith(f"affetto: {line}")
    assert said.stderr.count("\n") == 1
    assert "+ " not in said.stdout


@alone
def test_a_damaged_bundle_is_refused(tmp_path):
    bundle = checkout(tmp_path / "affetto", explaining=False)
    (bundle / "wheels").mkdir()
    sums = subprocess.run("find . -type f | xargs sha256sum", shell=True, cwd=bundle, capture_output=True, text=True)
    (bundle / "SHA256SUMS").write_text(sums.stdout)
    said = _alone(f"{bundle}/systemd/install.sh --dry-run --no-hotspot")
    assert f"this bundle has nothing for Python {system_python()} on" in said.stderr
    (bundle / "edge/app.py").write_text("")
    said = _alone(f"{bundle}/systemd/install.sh --dry-run --no-hotspot")
    assert said.returncode == 1
    assert said.stderr == (
        f"affetto: {bundle} is damaged: its files do not match SHA256SUMS; copy or download the bundle again\n"
    )


@pytest.mark.parametrize("option", ["--lead", "--led", "--led=neon", "--purge"])
def test_options_that_do_not_exist_are_told(option):
    said = subprocess.run(["bash", INSTALL, "--dry-run", option], capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1


@alone
@pytest.mark.parametrize(
    ("board", "led", "driver", "lines"),
    [
        (PI_5, "ws2812", "leds0", "dtoverlay=ws2812-pio,gpio=18,num_leds=12\n"),
        (PI_4, "ws2812", "ws2812", "dtparam=spi=on\n"),
        (ZERO_2, "ws2812", "ws2812", "dtparam=spi=on\ncore_freq=250\n"),
        (PI_5, "apa102", "apa102", "dtparam=spi=on\n"),
    ],
)
def test_the_board_decides_how_lights_are_driven(tmp_path, board, led, driver, lines):
    written = "# mine\narm_boost=1\n[cm4]\notg_mode=1\n"
    config = _lights(tmp_path, board, led, written)
    assert config == f"{driver}\n{written}# affetto: begin\n[all]\n{lines}# affetto: end\n"
    # again, and for other lights, and away
    again = _lights(tmp_path, board, led, config.removeprefix(f"{driver}\n"))
    assert again == config
    assert _lights(tmp_path, board, "none", config.removeprefix(f"{driver}\n")) == f"none\n{written}"


@alone
def test_an_old_kernel_of_a_pi_5_drives_lights_by_spi(tmp_path):
    assert "dtparam=spi=on" in _lights(tmp_path, PI_5, "ws2812", "", kernel="6.6.31+rpt-rpi-2712")


def _lights(tmp_path: Path, board: str, led: str, written: str, kernel: str = "6.12.62+rpt-rpi-2712") -> str:
    """Return led.driver and config.txt as the installer would leave them on a board."""
    firmware = tmp_path / "firmware"
    (firmware / "overlays").mkdir(parents=True, exist_ok=True)
    (firmware / "overlays/ws2812-pio.dtbo").touch()
    (firmware / "config.txt").write_text(written)
    script = f"""
        set -euo pipefail
        mount -t tmpfs tmpfs /boot && mkdir /boot/firmware && mount --bind {firmware} /boot/firmware
        cd {ROOT}/systemd/install
        . ./common.sh; . ./lights.sh
        board() {{ echo "{board}"; }}
        uname() {{ echo "{kernel}"; }}
        dry_run=no led={led} led_count=12
        choose_lights
        set_up_lights >/dev/null
        echo "$led_driver"
        cat /boot/firmware/config.txt
    """
    said = _alone(script)
    assert said.returncode == 0, said.stderr
    return said.stdout


def _alone(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["unshare", "--mount", "bash", "-c", script], capture_output=True, text=True)
