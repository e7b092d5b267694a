"""What a guitar's sound is like, in a few numbers that do not depend on its gain."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings, mel_filterbank
from export.notes import STRUM_S

STEP = 2048  # samples; with a rate of 22,050 Hz the live service's step
_FINE = 110  # samples, 5 ms
_FLOOR = 1e-10

STATISTICS = {
    "loudness_range_db": "95th minus 10th percentile of the steps' levels",
    "centroid_hz": "power-weighted mean frequency of the sounding steps, median",
    "tilt_db_per_octave": "slope of the mean spectrum, 125 Hz to 8 kHz",
    "above_4_khz_db": "energy above 4 kHz against all",
    "below_120_hz_db": "energy below 120 Hz against all",
    "flatness_db": "geometric over arithmetic mean of the spectrum, 100 Hz to 8 kHz, median",
    "noise_floor_db": "2nd percentile of the 5 ms levels against the 95th",
    "decay_db_per_s": "slope of the level after an onset, median of those with 0.2 s to the next",
    "flux_peak_db": "steepest rise of the level over 10 ms within 40 ms of an onset, median",
    "attack_ms": "from that rise to within 1 dB of the highest level, median",
    "onset_rise_db": "level after an onset minus before it, median",
}


_OF_TIME = ("loudness_range_db", "noise_floor_db")


def statistics(sound: NDArray[np.float32], onset_s: NDArray[np.float64] | None, rate_hz: int) -> dict[str, float]:
    """Return the values named in `STATISTICS`; those of time are NaN where no onsets are given."""
    if onset_s is not None:  # silence before and after the playing says nothing of it
        begin = max(0.0, float(onset_s.min()) - 0.05)
        sound = sound[round(begin * rate_hz) : round((float(onset_s.max()) + 0.2) * rate_hz)]
        onset_s = onset_s - begin
    level = levels_db(sound, STEP)
    power, hz = _spectra(sound, rate_hz)
    sounding = level[: len(power)] > level.max() - 30.0
    mean = power[sounding].mean(axis=0)
    fine = levels_db(sound, _FINE)
    values = {
        "loudness_range_db": float(np.subtract(*np.percentile(level, (95, 10)))),
        "centroid_hz": float(np.median((power @ hz / power.sum(axis=1))[sounding])),
        "tilt_db_per_octave": _tilt(mean, hz),
        "above_4_khz_db": _db(mean[hz > 4000].sum() / mean.sum()),
        "below_120_hz_db": _db(mean[hz < 120].sum() / mean.sum()),
        "flatness_db": float(np.median(_flatness_db(power[sounding][:, (hz > 100) & (hz < 8000)]))),
        "noise_floor_db": float(np.subtract(*np.percentile(fine, (2, 95)))),
    }
    if onset_s is None:  # other notes would have other dynamics: only what the spectrum says can be compared
        return {name: values.get(name, np.nan) if name not in _OF_TIME else np.nan for name in STATISTICS}
    return values | _of_onsets(fine, _apart(onset_s), rate_hz)


def mel_profile_db(sound: NDArray[np.float32], settings: FrontEndSettings) -> NDArray[np.float64]:
    """Return the mean power of each mel band in dB against the mean over all bands, (mel_bands,)."""
    power, _ = _spectra(sound, settings.rate_hz)
    profile = 10.0 * np.log10(_mel(settings) @ power.mean(axis=0) + _FLOOR)
    return np.asarray(profile - profile.mean())


def levels_db(sound: NDArray[np.float32], step: int) -> NDArray[np.float64]:
    """Return the root mean square of each step, in dBFS."""
    steps = sound[: len(sound) // step * step].reshape(-1, step).astype(float)
    return np.asarray(10.0 * np.log10(np.square(steps).mean(axis=1) + _FLOOR))


@cache
def _mel(settings: FrontEndSettings) -> NDArray[np.float64]:
    return np.asarray(mel_filterbank(settings), float)


def _spectra(sound: NDArray[np.float32], rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frames = sound[: len(sound) // STEP * STEP].reshape(-1, STEP) * np.hanning(STEP)
    return np.abs(np.fft.rfft(frames, axis=1)) ** 2 + _FLOOR, np.fft.rfftfreq(STEP, 1 / rate_hz)


def _tilt(mean: NDArray[np.float64], hz: NDArray[np.float64]) -> float:
    """Fit a line to third-octave bands, so that each octave counts the same."""
    centre = 125.0 * 2.0 ** (np.arange(19) / 3)
    band = [mean[(hz >= c / 2 ** (1 / 6)) & (hz < c * 2 ** (1 / 6))].mean() for c in centre]
    return float(np.polyfit(np.log2(centre), 10 * np.log10(band), 1)[0])


def _flatness_db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10.0 * (np.log10(power).mean(axis=1) - np.log10(power.mean(axis=1))))


def _apart(onset_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the onsets of chords, each counted once."""
    onset_s = np.sort(onset_s)
    return onset_s[np.diff(onset_s, prepend=-np.inf) > STRUM_S]


def _of_onsets(fine_db: NDArray[np.float64], onset_s: NDArray[np.float64], rate_hz: int) -> dict[str, float]:
    per_s = rate_hz / _FINE
    decay, attack, rise, flux = [], [], [], []
    for onset, gap in zip(onset_s, np.diff(onset_s, append=np.inf), strict=True):
        at = round(onset * per_s)
        before, after = fine_db[max(0, at - 8) : max(1, at - 2)], fine_db[at : at + round(0.1 * per_s)]
        if gap < 0.2 or len(after) < 10:
            continue
        rise.append(after.max() - before.mean())
        if rise[-1] < 6.0:  # masked by what sounded before
            continue
        top = at + int(after.argmax())
        falling = fine_db[top + 2 : at + round(min(gap - 0.03, 0.6) * per_s)]
        if len(falling) > 10:
            decay.append(np.polyfit(np.arange(len(falling)) / per_s, falling, 1)[0])
        near = fine_db[max(0, at - 10) : at + 8]
        steps = near[2:] - near[:-2]
        flux.append(steps.max())
        begun = max(0, at - 10) + int(steps.argmax())
        reached = fine_db[begun : begun + round(0.08 * per_s)]
        attack.append(int(np.argmax(reached > reached.max() - 1.0)) / per_s * 1e3)
    return {
        "decay_db_per_s": float(np.median(decay)) if decay else np.nan,
        "flux_peak_db": float(np.median(flux)) if flux else np.nan,
        "attack_ms": float(np.median(attack)) if attack else np.nan,
        "onset_rise_db": float(np.median(rise)) if rise else np.nan,
    }


def _db(ratio: float) -> float:
    return float(10.0 * np.log10(ratio + _FLOOR))
