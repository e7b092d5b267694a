"""What a Raspberry Pi says of power and heat, in the files in which its kernel says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import board, doctor
from edge.config import Config


@pytest.fixture
def firmware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the firmware's bits stand, in a /sys of our own."""
    monkeypatch.setenv(board.SYS, str(tmp_path))
    file = tmp_path / "devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    return file


@pytest.mark.parametrize(
    ("bits", "now", "since"),
    [
        ("0", (), ()),
        ("50005", (board.POWER, board.HEAT), ()),  # as `vcgencmd get_throttled` shows it on a Pi with a weak supply
        ("50000", (), (board.POWER_SINCE, board.HEAT_SINCE)),
        ("80008", (board.HEAT,), ()),
        ("20002", (), ()),  # a capped frequency follows from the others
    ],
)
def test_the_bits_in_words(firmware: Path, bits: str, now: tuple[str, ...], since: tuple[str, ...]) -> None:
    firmware.write_text(f"{bits}\n")
    assert board.notes(board.throttled()) == now
    assert board.notes_since_start(board.throttled()) == since
    findings = list(doctor.check_board(Config()))
    assert [f.detail for f in findings if f.result == "warn"] == [line.split("; ")[0] for line in now + since]


@pytest.mark.parametrize(("alarm", "told"), [("1\n", (board.POWER,)), ("0\n", ())])
def test_the_voltage_alone_where_only_that_is_told(firmware: Path, alarm: str, told: tuple[str, ...]) -> None:
    sensor = firmware.parents[4] / "class/hwmon/hwmon1"
    sensor.mkdir(parents=True)
    (sensor / "name").write_text("rpi_volt\n")
    (sensor / "in0_lcrit_alarm").write_text(alarm)
    assert board.notes(board.throttled()) == told


@pytest.mark.parametrize("text", [None, "", "nonsense"])
def test_a_board_that_does_not_tell_is_well(firmware: Path, text: str | None) -> None:
    if text is not None:
        firmware.write_text(text)
    assert board.throttled() is None
    assert [f.result for f in doctor.check_board(Config())] == ["ok"]


def test_what_has_come_up_is_told_once(firmware: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "LOOK_S", 0.0)
    watched = board.Board()
    told = []
    for bits in ("0", "1", "1", "5", "0", "1"):
        firmware.write_text(bits)
        told.append(watched.look())
    assert told == [(), (board.POWER,), (), (board.HEAT,), (), (board.POWER,)]
