"""The lights on real GPIO, and the whole service with them, on an emulated Raspberry Pi 3B; some minutes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge.config import Led
from edge.types import EMOTIONS
from tests.arm.pi.image import image
from tests.arm.pi.machine import Pi
from tests.arm.sysroot import CannotEmulateError, Sysroot

PINS = Led().pins
LOOK_S = 3.0

DUTY = 0.15
"""How far a duty cycle may be off: lgpio makes it by sleeping, and the machine sleeps longer than a board does."""

TOTAL_MB = 120.0
"""What the service is meant to hold at most, its supervisor included."""

MINUTES_KEPT_S = 125.0
"""After so much sound, what is kept of it in memory is full."""

pytestmark = pytest.mark.machine


@pytest.fixture(scope="module")
def pi(system: Sysroot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pi]:
    """A running board."""
    folder = tmp_path_factory.mktemp("pi")
    try:
        started = image(system, folder)
    except CannotEmulateError as reason:
        pytest.skip(str(reason))
    with Pi(started, folder) as board:
        yield board


def test_each_emotion_is_seen_on_the_pins(pi: Pi):
    for emotion in EMOTIONS:
        told = pi.ask(f"light {emotion}")
        assert told["light"]["state"] == "ok", told["light"]
        seen = pi.duty(PINS, LOOK_S)
        assert seen == pytest.approx(told["duty"], abs=DUTY), emotion


def test_no_pin_drives_a_light_after_it_was_closed(pi: Pi):
    assert any(pi.is_output(pin) for pin in PINS)
    pi.ask("dark")
    assert not any(pi.is_output(pin) for pin in PINS)


def test_the_service_shows_the_demo_take(pi: Pi):
    assert pi.ask("serve") == {"healthy": True}
    status = pi.ask("status")["status"]
    light = next(one for one in status["outputs"] if one["name"] == "RGB LED")
    assert light["state"] == "ok", light
    assert all(pi.is_output(pin) for pin in PINS)
    assert 0.0 < max(pi.duty(PINS, LOOK_S)) < 1.0


def test_memory_of_service_and_supervisor(pi: Pi):
    held = pi.ask(f"hear {MINUTES_KEPT_S}", limit_s=6 * MINUTES_KEPT_S)
    assert held["heard_s"] >= MINUTES_KEPT_S
    print(held["resident_mb"], held["kinds"])
    assert sum(held["resident_mb"].values()) < TOTAL_MB, held
