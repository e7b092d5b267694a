"""Who is taken for the owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import OwnerError
from edge.owner.access import MOST_DEVICES, Access, is_loopback
from edge.owner.state import FILE


def test_a_paired_device_is_the_owners_wherever_it_is_until_it_is_revoked(tmp_path: Path) -> None:
    access = Access(tmp_path)
    token = access.pair("iPhone · Safari")
    assert access.asker("192.168.4.9", token).is_owner
    assert not access.asker("192.168.4.9", token + "x").is_owner
    assert not access.asker("192.168.4.9", "").is_owner
    assert Access(tmp_path).asker("fe80::1", token).is_owner
    (device,) = access.devices()
    assert access.revoke("nobody") == ()
    assert access.revoke(device.id) == (device,)
    assert not access.asker("192.168.4.9", token).is_owner


def test_the_token_itself_is_kept_nowhere(tmp_path: Path) -> None:
    token = Access(tmp_path).pair("phone")
    assert len(token) == 43  # 256 bits
    assert all(token not in file.read_text() for file in tmp_path.iterdir())


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_who_asks_from_the_machine_is_the_owner_unless_it_is_not_to_be_trusted(address: str) -> None:
    assert Access().asker(address, "").is_owner
    assert not Access().asker(address, "", passed_on=True).is_owner  # by a proxy, for somebody else
    assert not Access(trust_this_machine=False).asker(address, "").is_owner


@pytest.mark.parametrize(
    "address", ["192.168.4.2", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1%wlan0", "", "localhost", "127.0.0.1.evil"]
)
def test_nobody_else_is_on_the_machine(address: str) -> None:
    assert not is_loopback(address)
    assert not Access().asker(address, "").is_owner


def test_the_day_is_noted_once_a_day_only(tmp_path: Path) -> None:
    today = ["2026-05-17"]
    access = Access(tmp_path, today=lambda: today[0])
    token = access.pair("phone")
    written = (tmp_path / FILE).stat().st_mtime_ns
    for _ in range(3):
        device = access.asker("192.168.4.9", token).device
        assert device is not None
        assert not access.seen(device)
    assert (tmp_path / FILE).stat().st_mtime_ns == written
    today[0] = "2026-05-18"
    assert access.seen(device)
    assert Access(tmp_path).devices()[0].seen_on == "2026-05-18"
    assert Access(tmp_path).devices()[0].paired_on == "2026-05-17"


def test_devices_are_limited_and_can_be_forgotten_all_at_once(tmp_path: Path) -> None:
    access = Access(tmp_path)
    tokens = [access.pair(str(k)) for k in range(MOST_DEVICES)]
    with pytest.raises(OwnerError, match="revoke one first"):
        access.pair("one more")
    assert [device.name for device in access.devices()][:2] == ["31", "30"]
    assert len(access.revoke()) == MOST_DEVICES
    assert not any(access.asker("10.0.0.1", token).is_owner for token in tokens)


def test_stage_mode_lasts_over_a_restart(tmp_path: Path) -> None:
    Access(tmp_path).set_stage(True)
    access = Access(tmp_path)
    assert access.stage
    access.set_stage(False)
    assert not Access(tmp_path).stage
