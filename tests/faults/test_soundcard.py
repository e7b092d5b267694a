"""A sound card of the kernel is pulled out while it is heard, and plugged in again, also under another number."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.faults.table import row
from tests.machine.machine import Machine

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
SLOWER = 4.0
"""An emulated processor takes so many times as long; on the processor itself, within a second and three seconds."""


def test_a_sound_card_is_pulled_out_and_plugged_in_under_another_number() -> None:
    with Machine(("alsa-utils", "libportaudio2"), systemd=False) as machine:
        machine.check("modprobe snd-seq; ip link set lo up")
        out = machine.check(f"cd {ROOT} && {sys.executable} -m tests.faults.unplugged", 500)
        slower = 1.0 if machine.accel == "kvm" else SLOWER
    for pulled in json.loads(out.splitlines()[-1]):
        assert max(pulled["last_live_s"].values()) < 1.7 * slower
        assert max(pulled["back_s"].values()) < 3.0 * slower
        assert pulled["name"].endswith(f"(hw:{pulled['number']},1)")
        lost, back = pulled["lost_s"], max(pulled["back_s"].values())
        row(f"sound card pulled out, plugged in again as number {pulled['number']}",
            lights=f"white, blinking after {lost['lights']:.2f} s", page=f"lost after {lost['page']:.2f} s",
            osc=f"lost after {lost['osc']:.2f} s", again=f"{back:.2f} s", told=pulled["note"])  # fmt: skip
