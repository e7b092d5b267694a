"""`affetto pair` and `affetto stage`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli import cli
from edge.errors import OwnerError
from edge.owner.access import Access
from edge.owner.pairing import LENGTH, Pairing


@pytest.fixture
def access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Access:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Access(tmp_path / "affetto")


def affetto(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_the_printed_code_is_taken_by_the_service_that_runs(access: Access) -> None:
    access.start()
    result = affetto("pair")
    symbols = re.findall(r"\b(red|yellow|green|blue)\b", result.output)
    assert len(symbols) == LENGTH
    assert access.asker("10.0.0.1", Pairing(access).answer(tuple(symbols), "", "laptop")).is_owner


def test_without_a_service_no_code_is_printed(access: Access) -> None:
    result = affetto("pair")
    assert isinstance(result.exception, OwnerError)
    assert re.search("no running service .* sudo -u USER affetto pair$", str(result.exception))


def test_devices_are_listed_and_revoked(access: Access) -> None:
    assert "No device is paired" in affetto("pair", "--list").output
    token = access.pair("iPhone · Safari")
    (device,) = access.devices()
    listed = affetto("pair", "--list").output
    assert device.id in listed
    assert "iPhone · Safari" in listed
    assert isinstance(affetto("pair", "--revoke", "ffff").exception, OwnerError)
    assert "revoked" in affetto("pair", "--revoke", device.id).output
    assert not access.asker("10.0.0.1", token).is_owner
    access.pair("Mac · Safari")
    assert affetto("pair", "--revoke", "all").exit_code == 0
    assert access.devices() == ()


def test_stage_mode_is_switched_and_told(access: Access) -> None:
    assert "off" in affetto("stage").output
    assert "on" in affetto("stage", "on").output
    assert access.stage
    assert "nobody" in affetto("stage").output
    affetto("stage", "off")
    assert not access.stage
