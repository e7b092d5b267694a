"""What a guided check of the input has found, in words: is the gain right, is it quiet, where should the gate be?"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.config import Decision

TEXTS = {
    "gain_good": "The gain is right: your loudest notes stay {headroom_db} dB below the limit.",
    "gain_low": "The gain is low: your loudest notes stay {headroom_db} dB below the limit. Turn it up by about "
    "{by_db} dB.",
    "gain_high": "The gain is high: your loudest notes come within {headroom_db} dB of the limit. Turn it down by "
    "about {by_db} dB.",
    "clipped": "The sound was clipped: your loudest notes are too loud for the input. Turn the gain down by about "
    "{by_db} dB and check again.",
    "noise_low": "It is quiet while nobody plays: the noise is at {noise_dbfs} dB.",
    "noise_high": "It is noisy while nobody plays: the noise is at {noise_dbfs} dB, only {distance_db} dB below your "
    "playing. Look at cable, pickup and power supply.",
    "hum": "Most of the noise is hum of the mains at {hum_hz} Hz. A humbucker, another cable or running on battery "
    "helps.",
    "nobody_played": "Nobody was heard playing. Check the cable, the guitar's volume and the chosen input.",
    "not_silent": "It was not silent at the beginning ({noise_dbfs} dB). Mute the strings and check again.",
    "gate": "Playing will be noticed from {gate_dbfs} dB on.",
    "gate_kept": "The level from which playing is noticed, {gate_dbfs} dB, is right.",
    "gate_none": "Playing and noise are too close to tell them apart by their level.",
}
"""In English, by code; the page has them in other languages."""

NOT_SILENT_DBFS = -30.0
NOISY_DBFS = -50.0
LEAST_DISTANCE_DB = 30.0
LEAST_PLAYING_DB = 10.0
HIGHEST_PEAK_DBFS = -1.0
LOWEST_PEAK_DBFS = -30.0
GOOD_PEAK_DBFS = -9.0
"""Where the gain is right: loud notes that come as a surprise still find room."""

SOFTEST_DB = 30.0
"""How far below the loudest playing the softest that counts is taken to be."""

LEAST_HUM_SHARE = 0.5
_HARMONICS = 10


class Finding(Struct, frozen=True):
    """One sentence of the report: its code and template in `TEXTS`, the numbers in it, and the sentence in English."""

    code: str
    template: str
    values: dict[str, int]
    text: str


class Result(Struct, frozen=True):
    """What was measured (levels in dBFS), what it means, and the gate that is proposed."""

    noise_dbfs: float
    loudest_dbfs: float
    peak_dbfs: float
    clipped: bool
    hum_hz: int
    hum_share: float
    verdict: str
    gate_dbfs: float
    gate_dbfs_now: float
    findings: list[Finding]


def judge(
    noise_dbfs: float, loudest_dbfs: float, peak_dbfs: float, clipped: bool, hum: tuple[int, float], settings: Decision
) -> Result:
    """Return what to say of a check.

    Parameters
    ----------
    noise_dbfs, loudest_dbfs : float
        Level of the silence, and of the loudest step of playing.
    peak_dbfs : float
        The largest sample of the playing.
    hum : (int, float)
        As `mains_hum` returns it.
    """
    gate = propose_gate(noise_dbfs, loudest_dbfs, settings)
    hum_hz, hum_share = hum
    distance_db = loudest_dbfs - noise_dbfs
    findings: list[Finding] = []

    def say(code: str, **values: float) -> None:
        numbers = {name: round(value) for name, value in values.items()}
        findings.append(Finding(code, TEXTS[code], numbers, TEXTS[code].format(**numbers)))

    noisy = noise_dbfs > NOISY_DBFS or distance_db < LEAST_DISTANCE_DB
    by_db = max(1.0, abs(GOOD_PEAK_DBFS - peak_dbfs))
    if noise_dbfs > NOT_SILENT_DBFS:
        verdict = "not_silent"
        say("not_silent", noise_dbfs=noise_dbfs)
    elif distance_db < LEAST_PLAYING_DB:
        verdict = "nobody_played"
        say("nobody_played")
    elif clipped:
        verdict = "too_loud"
        say("clipped", by_db=by_db)
    elif peak_dbfs > HIGHEST_PEAK_DBFS:
        verdict = "too_loud"
        say("gain_high", headroom_db=-peak_dbfs, by_db=by_db)
    elif peak_dbfs < LOWEST_PEAK_DBFS:
        verdict = "too_quiet"
        say("gain_low", headroom_db=-peak_dbfs, by_db=by_db)
    else:
        verdict = "noisy" if noisy else "good"
        say("gain_good", headroom_db=-peak_dbfs)
    if verdict not in ("not_silent", "nobody_played"):
        if noisy:
            say("noise_high", noise_dbfs=noise_dbfs, distance_db=distance_db)
        else:
            say("noise_low", noise_dbfs=noise_dbfs)
        if gate is None:
            say("gate_none")
        else:
            say("gate_kept" if gate == settings.gate_dbfs else "gate", gate_dbfs=gate)
    if hum_hz:
        say("hum", hum_hz=hum_hz)
    return Result(
        round(noise_dbfs, 1), round(loudest_dbfs, 1), round(peak_dbfs, 1), clipped, hum_hz, round(hum_share, 2),
        verdict, settings.gate_dbfs if gate is None else gate, settings.gate_dbfs, findings,
    )  # fmt: skip


def propose_gate(noise_dbfs: float, loudest_dbfs: float, settings: Decision) -> float | None:
    """Return a gate between noise and soft playing, the present one where it is good; None if there is no room."""
    # below the gate, the level must sink by the hysteresis before it closes: noise must not keep it open
    lowest = np.ceil(noise_dbfs + settings.gate_hysteresis_db + 3.0)
    highest = np.floor(loudest_dbfs - SOFTEST_DB)
    if lowest > loudest_dbfs - LEAST_PLAYING_DB:
        return None
    if lowest <= settings.gate_dbfs <= highest:
        return settings.gate_dbfs
    gate = lowest if lowest > highest else min(max(settings.gate_dbfs, lowest), highest)
    return float(min(max(gate, -90.0), -10.0))


def mains_hum(sound: NDArray[np.float32], rate_hz: int) -> tuple[int, float]:
    """Return (50 or 60, share of the sound's power that lies in its first ten harmonics), or (0, the larger share)."""
    seconds = len(sound) // rate_hz
    if seconds == 0:
        return 0, 0.0
    window = np.hanning(rate_hz).astype(np.float32)
    power = np.zeros(rate_hz // 2 + 1)
    # one second at a time: a bin is 1 Hz wide then, and little memory is taken
    for begin in range(0, seconds * rate_hz, rate_hz):
        power += np.abs(np.fft.rfft(sound[begin : begin + rate_hz] * window)) ** 2
    total = float(power[20:].sum())
    shares = {}
    for mains_hz in (50, 60):
        centres = mains_hz * np.arange(1, _HARMONICS + 1)
        shares[mains_hz] = float(power[centres[:, None] + np.arange(-2, 3)].sum()) / total if total > 0 else 0.0
    best = max(shares, key=lambda hz: shares[hz])
    return (best if shares[best] >= LEAST_HUM_SHARE else 0), shares[best]
