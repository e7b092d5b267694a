"""From samples to what the network sees: one definition, used live, for files and in training.

Two filterbanks on the power of the short-time Fourier transform (STFT), both linear in power until the logarithm:

* log-mel: frame 2048, a new one every hop of 512 samples; when things happen and how bright they are;
* log-frequency: frame 8192, a new one every step of 2048 samples; which notes sound.

A *step* is four hops, 93 ms: the unit in which the network advances. Frames are causal: the last frame of a step ends
with the step's last sample, and before the first sample lies silence.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MEL_FLOOR = 1e-10  # power before the logarithm, as in librosa.power_to_db; about -136 dB of full scale
PITCH_FLOOR = 1e-14


@dataclass(frozen=True, slots=True)
class FrontEndSettings:
    """Everything that defines the front end. A model file carries the values that it was trained with."""

    rate_hz: int = 22050
    hop: int = 512
    hops_per_step: int = 4
    mel_frame: int = 2048
    mel_bands: int = 64
    mel_low_hz: float = 40.0
    mel_high_hz: float = 8000.0
    pitch_frame: int = 8192
    pitch_low_hz: float = 73.41619197935188  # D2, MIDI note 38: a drop-D guitar's lowest string
    pitch_octaves: int = 6
    pitch_bins_per_octave: int = 36
    range_db: float = 80.0  # what lies further below the reference level counts as silence

    @property
    def step(self) -> int:
        """Samples in a step."""
        return self.hop * self.hops_per_step

    @property
    def steps_per_second(self) -> float:
        return self.rate_hz / self.step

    @property
    def pitch_bins(self) -> int:
        return self.pitch_octaves * self.pitch_bins_per_octave

    def context_steps(self, receptive_steps: int) -> int:
        """Return how many steps of sound before a step reach into its evidence, which depends on `receptive_steps`.

        More than `receptive_steps` - 1, since the first frame of those looks back too.
        """
        return receptive_steps - 1 + max(self.pitch_frame, self.mel_frame) // self.step

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Steps:
    """Features of `n` consecutive steps, in dB, before the reference level is taken off.

    Attributes
    ----------
    mel_db : (n, hops_per_step, mel_bands) float32
    pitch_db : (n, pitch_bins) float32
    level_dbfs : (n,) float32
        Root mean square of each step's own samples; a full-scale sine has -3 dB.
    """

    mel_db: Floats
    pitch_db: Floats
    level_dbfs: Floats

    def __len__(self) -> int:
        return len(self.level_dbfs)


def mel_filterbank(s: FrontEndSettings) -> NDArray[np.float64]:
    """Return the (mel_bands, mel_frame // 2 + 1) triangular filters of unit area on Slaney's mel scale.

    Linear below 1 kHz, logarithmic above (Slaney, Auditory Toolbox, 1998); the same as `librosa.filters.mel`.
    """
    lowest, highest = _hz_to_mel(np.array([s.mel_low_hz, s.mel_high_hz]))
    edges = _mel_to_hz(np.linspace(lowest, highest, s.mel_bands + 2))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins_hz = np.fft.rfftfreq(s.mel_frame, 1 / s.rate_hz)[None]
    triangles = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.asarray(np.maximum(0.0, triangles) * 2.0 / (high - low))


def pitch_filterbank(s: FrontEndSettings) -> NDArray[np.float64]:
    """Return the (pitch_bins, pitch_frame // 2 + 1) triangular filters, evenly spaced in log frequency.

    Each is as wide as its neighbours' distance, yet never narrower than one bin of the transform on either side, so
    that none is empty in the low register. Scaled so that a full-scale sine on a centre gives about 0 dB.
    """
    bin_hz = s.rate_hz / s.pitch_frame
    ratio = 2.0 ** (1.0 / s.pitch_bins_per_octave)
    centre = s.pitch_low_hz * ratio ** np.arange(s.pitch_bins)[:, None]
    half_width = np.maximum(centre * (ratio - 1.0), bin_hz)
    bins_hz = np.fft.rfftfreq(s.pitch_frame, 1 / s.rate_hz)[None]
    triangles = np.maximum(0.0, 1.0 - np.abs(bins_hz - centre) / half_width)
    full_scale = np.square(np.hanning(s.pitch_frame).sum() / 2.0)
    return np.asarray(triangles / full_scale)


def _hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = hz * 3.0 / 200.0
    return np.where(hz < 1000.0, linear, 15.0 + 27.0 * np.log(np.maximum(hz, 1000.0) / 1000.0) / np.log(6.4))


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * 6.4 ** ((np.maximum(mel, 15.0) - 15.0) / 27.0))


class FrontEnd:
    """Turns a stream of samples into steps of features; any split into blocks gives the same steps."""

    def __init__(self, settings: FrontEndSettings | None = None) -> None:
        self.settings = s = settings or FrontEndSettings()
        self._mel = _Bank(mel_filterbank(s), s.mel_frame, s.hop, MEL_FLOOR)
        self._pitch = _Bank(pitch_filterbank(s), s.pitch_frame, s.step, PITCH_FLOOR)
        self._history = max(s.mel_frame, s.pitch_frame) - s.step
        self._buffer = np.zeros(self._history + 16 * s.step, np.float64)
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._buffer[: self._history] = 0.0
        self._fill = self._history

    def push(self, samples: NDArray[Any]) -> Steps:
        """Take new mono samples at `settings.rate_hz`, full scale ±1, and return the steps that they complete."""
        end = self._fill + len(samples)
        if end > len(self._buffer):
            self._buffer = np.concatenate([self._buffer[: self._fill], np.zeros(2 * len(samples))])
        self._buffer[self._fill : end] = samples
        n = (end - self._history) // self.settings.step
        steps = self._transform(self._buffer[: self._history + n * self.settings.step], n)
        self._fill = end - n * self.settings.step
        self._buffer[: self._fill] = self._buffer[n * self.settings.step : end].copy()
        return steps

    def _transform(self, x: NDArray[np.float64], n: int) -> Steps:
        s = self.settings
        if n == 0:
            return Steps(
                np.empty((0, s.hops_per_step, s.mel_bands), np.float32),
                np.empty((0, s.pitch_bins), np.float32),
                np.empty(0, np.float32),
            )
        mel = self._mel.db(x[self._history + s.hop - s.mel_frame :])
        pitch = self._pitch.db(x[self._history + s.step - s.pitch_frame :])
        power = np.square(x[self._history :]).reshape(n, s.step).mean(axis=1)
        return Steps(mel.reshape(n, s.hops_per_step, s.mel_bands), pitch, to_db(power, PITCH_FLOOR))


class _Bank:
    """A filterbank on the power of windowed frames. Each filter touches few bins, so only these are multiplied.

    Parameters
    ----------
    filters : (count, frame // 2 + 1)
        None of them empty.
    frame, hop : int
        Samples.
    floor : float
        Least power before the logarithm.
    """

    def __init__(self, filters: NDArray[np.float64], frame: int, hop: int, floor: float) -> None:
        self._window = np.hanning(frame + 1)[:-1]
        self._hop = hop
        self._floor = floor
        filter_of, self._bins = np.nonzero(filters)
        self._weights = filters[filter_of, self._bins]
        self._starts = np.flatnonzero(np.diff(filter_of, prepend=-1))
        self._allocate(0)

    def db(self, x: NDArray[np.float64]) -> Floats:
        """Return the filters' outputs in dB, (frames, count), for all whole frames of `x`."""
        count = (len(x) - len(self._window)) // self._hop + 1
        stride = x.strides[0]
        frames = np.lib.stride_tricks.as_strided(x, (count, len(self._window)), (self._hop * stride, stride))
        if count != len(self._windowed):
            self._allocate(count)
        np.multiply(frames, self._window, out=self._windowed)
        np.fft.rfft(self._windowed, out=self._spectrum)
        np.square(self._spectrum.real, out=self._power)
        self._power += np.square(self._spectrum.imag, out=self._imaginary)
        np.take(self._power, self._bins, axis=1, out=self._weighted, mode="clip")
        self._weighted *= self._weights
        return to_db(np.add.reduceat(self._weighted, self._starts, axis=1), self._floor)

    def _allocate(self, frames: int) -> None:
        """Make room for so many frames at a time; live it is always the same number."""
        bins = len(self._window) // 2 + 1
        self._windowed = np.empty((frames, len(self._window)))
        self._spectrum = np.empty((frames, bins), np.complex128)
        self._power = np.empty((frames, bins))
        self._imaginary = np.empty((frames, bins))
        self._weighted = np.empty((frames, len(self._bins)))


def to_db(power: NDArray[Any], floor: float) -> Floats:
    """Return power in dB, nothing below that of `floor`."""
    return np.asarray(10.0 * np.log10(np.maximum(power, floor)), np.float32)


class ReferenceLevel:
    """The level against which loud and soft are judged, so that the gain of the input does not matter.

    It follows the loudest playing at once and sinks by `decay_db_per_s` while somebody plays; in silence it stays.
    Causal, and the same in training as live.
    """

    decay_db_per_s = 0.2
    playing_range_db = 40.0  # what lies further below the reference counts as silence here
    lowest_dbfs = -50.0  # so that hum of an unplugged cable is never taken for playing

    def __init__(self, steps_per_second: float, start_dbfs: float | None = None) -> None:
        self._decay_db = self.decay_db_per_s / steps_per_second
        self.reset(start_dbfs)

    def reset(self, start_dbfs: float | None = None) -> None:
        """Begin again at `start_dbfs`, or from nothing known."""
        self.dbfs = max(self.lowest_dbfs, -np.inf if start_dbfs is None else start_dbfs)

    def follow(self, level_dbfs: Floats) -> Floats:
        """Take the levels of consecutive steps, (n,), and return the reference at each, (n,) float32."""
        out = np.empty(len(level_dbfs), np.float32)
        for k, level in enumerate(level_dbfs.tolist()):
            if level > self.dbfs - self.playing_range_db:
                self.dbfs = max(level, self.dbfs - self._decay_db, self.lowest_dbfs)
            out[k] = self.dbfs
        return out


def network_inputs(steps: Steps, reference_dbfs: Floats, settings: FrontEndSettings) -> tuple[Floats, Floats]:
    """Return what the network is given: dB below the reference level, mapped so that 0 is silence and 1 is loud.

    Returns
    -------
    mel : (n, hops_per_step, mel_bands) float32
    pitch : (n, pitch_bins) float32
    """
    top = reference_dbfs[:, None]
    mel = (steps.mel_db - MEL_FULL_SCALE_DB - top[..., None]) / settings.range_db + 1.0
    pitch = (steps.pitch_db - top) / settings.range_db + 1.0
    return np.clip(mel, 0.0, 1.25, dtype=np.float32), np.clip(pitch, 0.0, 1.25, dtype=np.float32)


MEL_FULL_SCALE_DB = 36.0
"""What a full-scale sine gives in its loudest mel band, rounded; unit-area filters make it depend on the band."""
