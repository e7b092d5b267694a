"""The luthier's numbers: what can be computed is computed again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.cli.instrument import doctor
from edge.config import Led
from edge.doctor import examine
from edge.outputs.led.code import FLASH_S
from edge.outputs.led.pattern import current_ma, paint, render
from edge.types import EMOTIONS, NOTHING_HEARD, TrustState
from tests.docs.pages import ROOT, page

LUTHIER = page("luthier")
SCALE = {"mA": 1e-3, "kΩ": 1e3}


def test_ohms_law_is_kept() -> None:
    text = " ".join(LUTHIER.text.split())
    found = re.findall(r"\(([\d. -]+)\) V / ([\d.]+) (mA|kΩ) = ([\d.]+)", text)
    assert len(found) >= 5
    for volts, divisor, unit, result in found:
        first, *others = map(float, volts.split(" - "))
        exact = (first - sum(others)) / (float(divisor) * SCALE[unit])
        assert float(result) == pytest.approx(exact * (1 if unit == "mA" else 1e3), rel=0.02)
    load = abs(10 / (16 + 56.5j))
    assert "= 0.17, so 15 dB" in text
    assert load == pytest.approx(0.17, abs=0.002)
    assert -20 * np.log10(load) == pytest.approx(15, abs=0.5)


def most_ma(count: int, brightness: float) -> tuple[int, int]:
    """Return the most that a strip draws while it shows predictions, and all white."""
    settings = Led(brightness=brightness, limit_ma=20000)
    times_s = np.arange(0.0, 6.0, 0.1)
    most = 0.0
    for state in TrustState:
        for k, emotion in enumerate(EMOTIONS):
            sure = tuple(float(k == other) for other in range(len(EMOTIONS)))
            heard = replace(
                NOTHING_HEARD, state=state, label=emotion, probabilities=sure, confidence=1.0, valence=1.0, arousal=1.0
            )
            most = max(most, *(current_ma(render(heard, at_s, count, settings)) for at_s in times_s))
    return round(most), round(current_ma(paint(np.ones(3), np.full(count, brightness), settings)))


def test_the_currents_are_those_of_the_code() -> None:
    rows = LUTHIER.table("Currents of a strip")
    assert len(rows) > 4
    for count, half, full in rows:
        for cell, brightness in ((half, 0.5), (full, 1.0)):
            assert tuple(map(int, re.findall(r"(\d+) mA", cell))) == most_ma(int(count), brightness), count
    assert Led().brightness == 0.5
    assert FLASH_S == 0.25  # "a quarter of a second"


def test_the_doctor_looks_at_what_is_said(tmp_path: Path) -> None:
    looked_at = {finding.check.lower() for finding in examine(tmp_path / "config.toml")} - {"settings"}
    for text in (LUTHIER.text, str(doctor.help)):
        said = re.search(r"[Ll]ooks at ([^.]+?)(,\s+and\s+names|\. )", text)
        assert said
        assert [check for check in looked_at if check not in " ".join(said[1].split()).lower()] == []


def test_the_options_of_the_installer_are_all_there() -> None:
    usage = (ROOT / "systemd/install.sh").read_text()
    offered = set(re.findall(r"^  (--[a-z-]+)", usage, re.MULTILINE))
    said = set(re.findall(r"--[a-z-]+", " ".join(row[0] for row in page("install").table("Install"))))
    assert offered <= said
