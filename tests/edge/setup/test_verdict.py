"""What is said of an input: from levels, peak and spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from edge.config import Decision
from edge.setup.verdict import judge, mains_hum, propose_gate

RATE_HZ = 22050


@pytest.mark.parametrize(
    ("noise", "loudest", "peak", "clipped", "verdict", "codes"),
    [
        (-70.0, -15.0, -6.0, False, "good", ["gain_good", "noise_low", "gate_kept"]),
        (-70.0, -10.0, 0.0, True, "too_loud", ["clipped", "noise_low", "gate_kept"]),
        (-70.0, -10.0, -0.4, False, "too_loud", ["gain_high", "noise_low", "gate_kept"]),
        (-82.0, -45.0, -36.0, False, "too_quiet", ["gain_low", "noise_low", "gate"]),
        (-42.0, -15.0, -6.0, False, "noisy", ["gain_good", "noise_high", "gate"]),
        (-70.0, -65.0, -60.0, False, "nobody_played", ["nobody_played"]),
        (-20.0, -12.0, -5.0, False, "not_silent", ["not_silent"]),
    ],
)
def test_the_verdict(noise: float, loudest: float, peak: float, clipped: bool, verdict: str, codes: list[str]) -> None:
    result = judge(noise, loudest, peak, clipped, (0, 0.1), Decision())
    assert (result.verdict, [finding.code for finding in result.findings]) == (verdict, codes)
    assert all(finding.text.endswith(".") and "{" not in finding.text for finding in result.findings)


@pytest.mark.parametrize("noise", [-90.0, -75.0, -60.0, -50.0, -40.0])
@pytest.mark.parametrize("loudest", [-45.0, -30.0, -12.0])
def test_a_proposed_gate_closes_in_noise_and_opens_for_playing(noise: float, loudest: float) -> None:
    settings = Decision()
    gate = propose_gate(noise, loudest, settings)
    if gate is None:
        assert loudest - noise < 20.0
        return
    assert noise < gate - settings.gate_hysteresis_db
    assert gate <= loudest - 10.0


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_is_told_from_noise(mains_hz: int) -> None:
    seconds = np.arange(3 * RATE_HZ) / RATE_HZ
    noise = 0.001 * np.random.default_rng(0).standard_normal(len(seconds))
    hum = sum(0.01 / k * np.sin(2 * np.pi * k * mains_hz * seconds + k) for k in range(1, 6))
    found, share = mains_hum((hum + noise).astype(np.float32), RATE_HZ)
    assert found == mains_hz
    assert share > 0.8
    assert mains_hum(noise.astype(np.float32), RATE_HZ)[0] == 0
    assert mains_hum(np.zeros(RATE_HZ, np.float32), RATE_HZ) == (0, 0.0)
    result = judge(-55.0, -15.0, -6.0, False, (found, share), Decision())
    assert f"{mains_hz} Hz" in result.findings[-1].text
