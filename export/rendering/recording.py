"""What stands between a sampled note and the converter: strings, pickup or body, amplifier, room, noise, tuning, gain.

Sound comes in at the guitar's own scale: 1.0 is the peak of loud playing. Each part may be absent. All linear parts
after the amplifier act together as one impulse response.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import signal

from export.rendering.equalizer import high_shelf, low_pass, peak
from export.rendering.room import TRAINING_ROOMS, Room, reverberation
from export.rendering.strings import pick, sympathetic

_CEILING = 10.0 ** (-0.3 / 20.0)  # a converter's input is set so that nothing clips
_COLOUR_S = 0.1  # kept of the response of the filters

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rig:
    """A chain of gear; None or 0 dB leaves a part out.

    Attributes
    ----------
    pick_db : float
        How much the attacks are lifted: a hard pick, nails, or the soft thumb.
    sympathetic_db : float or None
        Energy of the open strings that ring along against the sound.
    pickup : (float, float) or None
        Resonance in Hz and its quality factor.
    comb : (float, float) or None
        Delay in s and depth, 0 to 1, of the notches that a pickup's place along the string makes.
    body : tuple of (float, float, float)
        Resonances of a hollow body: Hz, quality factor, dB.
    drive_db, asymmetry, cabinet_hz
        Gain into the amplifier's waveshaper (None: no amplifier), its even harmonics, the loudspeaker's upper limit.
    bass_db : float
        Of what lies below 150 Hz: a microphone's proximity effect, a neck pickup, the player's lap.
    tilt_db : float
        Treble against bass, turning at 800 Hz.
    room, wet_db
        Number of a `Room` (None: none) and the energy of its reverberation against the direct sound.
    hum_hz, hum_db, hiss_db
        Mains hum and white noise; root mean square against the peak of loud playing.
    detuning_cents : float
        By playing faster: `record` shortens the sound by 2^(cents / 1200).
    gain_db : float
        Peak of loud playing at the converter.
    seed : int
        Of the noise.
    """

    pick_db: float = 0.0
    sympathetic_db: float | None = None
    pickup: tuple[float, float] | None = None
    comb: tuple[float, float] | None = None
    body: tuple[tuple[float, float, float], ...] = ()
    drive_db: float | None = None
    asymmetry: float = 0.0
    cabinet_hz: float = 5000.0
    bass_db: float = 0.0
    tilt_db: float = 0.0
    room: int | None = None
    wet_db: float = -15.0
    hum_hz: float = 50.0
    hum_db: float | None = None
    hiss_db: float | None = None
    detuning_cents: float = 0.0
    gain_db: float = 0.0
    seed: int = 0

    @classmethod
    def plain(cls) -> Rig:
        """Return a rig that changes nothing."""
        return cls()

    @classmethod
    def draw(cls, rng: np.random.Generator, guitar: str, rooms: range = TRAINING_ROOMS) -> Rig:
        """Return gear that somebody could own for this guitar."""
        acoustic = guitar in ACOUSTIC

        def sometimes(chance: float) -> bool:
            return bool(rng.random() < chance)

        tone = float(np.exp(rng.uniform(np.log(1000), np.log(5000))))  # a tone control turned down lowers it
        resonance = (tone, float(np.exp(rng.uniform(np.log(0.7), np.log(2.5)))))
        comb = (float(rng.uniform(0.0002, 0.0012)), float(rng.uniform(0.2, 0.7)))
        amplifier = sometimes(0.1 if guitar in ("nylon", "spanish") else 0.2 if acoustic else 0.45)
        return cls(
            pick_db=float(rng.uniform(0, 9) if acoustic else rng.uniform(2, 13)),
            sympathetic_db=float(rng.uniform(-28, -11 if acoustic else -17)) if sometimes(0.8) else None,
            pickup=resonance if sometimes(0.15 if acoustic else 0.7) else None,
            comb=comb if sometimes(0.1 if acoustic else 0.5) else None,
            body=_draw_body(rng) if acoustic and sometimes(0.75) else (),
            drive_db=float(rng.uniform(-6, 8) if acoustic else rng.uniform(-6, 32)) if amplifier else None,
            asymmetry=float(rng.uniform(0.0, 0.3)),
            cabinet_hz=float(rng.uniform(3500, 6500)),
            bass_db=float(rng.uniform(-4.0, 13.0)),
            tilt_db=float(rng.normal(0.5, 4.5)),
            room=int(rng.choice(rooms)) if sometimes(0.7) else None,
            wet_db=float(rng.uniform(-24, -4)),
            hum_hz=float(rng.choice((50.0, 60.0))),
            hum_db=float(rng.uniform(-75, -40 if not acoustic else -55)) if sometimes(0.5) else None,
            hiss_db=float(rng.uniform(-85, -42)) if sometimes(0.8) else None,
            detuning_cents=float(np.clip(rng.normal(0.0, 10.0), -25, 25)),
            gain_db=float(rng.uniform(-30, 0)),
            seed=int(rng.integers(2**31)),
        )

    @property
    def speed(self) -> float:
        """How much faster `record` makes the sound."""
        return float(2.0 ** (self.detuning_cents / 1200.0))

    def record(self, sound: Sound, rate_hz: int) -> Sound:
        """Return what the converter is given."""
        if self.pick_db:
            sound = pick(sound, rate_hz, self.pick_db)
        guitar = self._guitar(rate_hz)
        if self.drive_db is not None:
            if guitar is not None:
                sound = _through(sound, guitar, rate_hz)
            sound = amplify(sound, rate_hz, self.drive_db, self.asymmetry)
            guitar = None
        outside = [f for f in (guitar, self._cabinet_and_tone(rate_hz)) if f is not None]
        sound = self._linear(sound, outside, rate_hz)
        if self.detuning_cents:
            sound = soxr.resample(sound, rate_hz * self.speed, rate_hz, quality="MQ")
        sound = sound + self._noise(len(sound), rate_hz)
        gain = 10.0 ** (self.gain_db / 20.0)
        loudest = float(np.abs(sound).max(initial=0.0)) * gain
        return np.asarray(sound * np.float32(gain * min(1.0, _CEILING / max(loudest, 1e-9))), np.float32)

    def _guitar(self, rate_hz: int) -> NDArray[np.float64] | None:
        sections = [peak(*b, rate_hz) for b in self.body]
        if self.pickup:
            sections.append(low_pass(*self.pickup, rate_hz))
        if not sections and not self.comb and self.sympathetic_db is None:
            return None
        response = _impulse(rate_hz)
        if self.comb:
            late, depth = round(self.comb[0] * rate_hz), self.comb[1]
            response[late] -= depth
        if sections:
            response = signal.sosfilt(np.array(sections), response)
        if self.sympathetic_db is not None:
            along = sympathetic(rate_hz, self.seed % 32) * 10.0 ** (self.sympathetic_db / 20.0)
            along[0] += 1.0
            response = signal.fftconvolve(response, along)
        return response

    def _cabinet_and_tone(self, rate_hz: int) -> NDArray[np.float64] | None:
        level_db = self.bass_db - self.tilt_db / 2  # of a shelf, only what lies above it changes
        sections = [high_shelf(150.0, -self.bass_db, rate_hz)] if self.bass_db else []
        if self.tilt_db:
            sections.append(high_shelf(800.0, self.tilt_db, rate_hz))
        if self.drive_db is not None:
            sections += list(signal.butter(4, self.cabinet_hz, fs=rate_hz, output="sos"))
            sections += list(signal.butter(2, 75.0, "highpass", fs=rate_hz, output="sos"))
            sections.append(peak(2400.0, 1.2, 4.0, rate_hz))
        if not sections:
            return None
        return signal.sosfilt(np.array(sections), _impulse(rate_hz)) * 10.0 ** (level_db / 20.0)

    def _linear(self, sound: Sound, responses: list[NDArray[np.float64]], rate_hz: int) -> Sound:
        whole = np.ones(1)
        for response in responses:
            whole = signal.fftconvolve(whole, response)
        if self.room is not None:
            wet = reverberation(Room.numbered(self.room), rate_hz) * 10.0 ** (self.wet_db / 20.0)
            wet[0] += 1.0
            whole = signal.fftconvolve(whole, wet)
        return sound if len(whole) == 1 else _through(sound, whole, rate_hz)

    def _noise(self, n: int, rate_hz: int) -> Sound | float:
        noise: Sound | float = 0.0
        if self.hiss_db is not None:
            rng = np.random.default_rng(self.seed)
            noise = rng.standard_normal(n, np.float32) * np.float32(10.0 ** (self.hiss_db / 20.0))
        if self.hum_db is not None:
            noise = noise + hum(n, rate_hz, self.hum_hz) * np.float32(10.0 ** (self.hum_db / 20.0))
        return noise


ACOUSTIC = ("nylon", "steel", "spanish")


def _draw_body(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    """Air (Helmholtz), top plate and a higher mode of a guitar's body (Fletcher & Rossing 1998, section 9.4)."""
    return tuple(
        (float(hz * rng.uniform(0.88, 1.12)), float(rng.uniform(2, 8)), float(rng.uniform(0, most_db)))
        for hz, most_db in ((105.0, 14.0), (200.0, 8.0), (400.0, 6.0))
    )


def _impulse(rate_hz: int) -> NDArray[np.float64]:
    response = np.zeros(round(_COLOUR_S * rate_hz))
    response[0] = 1.0
    return response


def _through(sound: Sound, response: NDArray[np.float64], rate_hz: int) -> Sound:
    return signal.oaconvolve(sound, response.astype(np.float32))[: len(sound)].astype(np.float32)


def amplify(sound: Sound, rate_hz: int, drive_db: float, asymmetry: float) -> Sound:
    """Return the sound through a valve stage: bass cut, tanh about a bias, at twice the rate against aliasing.

    The output is brought back to the scale of the input: a peak of 1.0 stays 1.0 (Yeh et al. 2008 on the waveshaper).
    """
    drive = np.float32(10.0 ** (drive_db / 20.0))
    cut = signal.butter(1, 120.0, "highpass", fs=rate_hz, output="sos").astype(np.float32)
    sound = signal.sosfilt(cut, sound).astype(np.float32)
    wide = soxr.resample(sound, rate_hz, 2 * rate_hz, quality="LQ")
    bias = np.float32(asymmetry)
    wide = np.tanh(drive * wide + bias) - np.tanh(bias)
    wide /= np.tanh(drive + bias) - np.tanh(bias)
    return np.asarray(soxr.resample(wide, 2 * rate_hz, rate_hz, quality="LQ"), np.float32)


def hum(n: int, rate_hz: int, mains_hz: float) -> Sound:
    """Return mains hum of root mean square 1: harmonics that fall as 1/k, the even ones stronger (full-wave ripple)."""
    t = (2.0 * np.pi * mains_hz / rate_hz * np.arange(rate_hz)).astype(np.float64)  # one second repeats exactly
    k = np.arange(1, 11)
    weight = np.where(k % 2, 0.6, 1.0) / k
    one_second = (weight[:, None] * np.sin(np.outer(k, t) + k[:, None])).sum(axis=0) / np.sqrt(0.5 * (weight**2).sum())
    return np.resize(one_second.astype(np.float32), n)
