"""How much power each part of the sound puts into each band of the front end's two filterbanks."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from edge.explain.sound.parts import Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.features import FrontEndSettings, mel_filterbank, pitch_filterbank

Floats = NDArray[np.float32]


_LEAST_WEIGHT = 0.05  # of a short frame in the middle of a long one; less is not worth the time


class BandPower:
    """Band power as a sum over parts, so that the power of any mixture of them is one matrix product per step.

    The long frames of the pitch filterbank span many short ones, in which different parts may sound: the power of
    such a bin is shared out as the squared window weighs the short frames in it. What lies before the prediction's
    window is one more part, which always sounds.
    """

    def __init__(self, spectrogram: Spectrogram, parts: Parts) -> None:
        s = spectrogram.settings
        self._mel_shape = (s.hops_per_step, s.mel_bands)
        mel, pitch = _filters(s)
        hops = _HopsOfStep(spectrogram)
        pitch_power = pitch.weigh(_long_frames(spectrogram))
        if parts.labels is not None:
            self._of_labels(parts.labels, len(parts), mel, spectrogram.power, pitch, pitch_power, hops)
        else:
            assert parts.shares is not None
            self._of_shares(parts.shares, mel, spectrogram.power, pitch, pitch_power, hops)

    def of_gains(self, gains: Floats) -> tuple[Floats, Floats]:
        """Return the band power when each part's amplitude is multiplied by its gain, (n, parts).

        Returns
        -------
        mel : (n, steps, hops_per_step, mel_bands) float32
        pitch : (n, steps, pitch_bins) float32
        """
        power_gains = np.ones((len(gains), gains.shape[1] + 1), np.float32)
        power_gains[:, :-1] = np.square(gains)
        mixed = np.matmul(power_gains[:, self._active].transpose(1, 0, 2), self._power).transpose(1, 0, 2)
        bands = self._mel_shape[0] * self._mel_shape[1]
        return mixed[..., :bands].reshape(*mixed.shape[:2], *self._mel_shape), mixed[..., bands:]

    def _of_labels(
        self, labels: NDArray[np.int32], count: int, mel: _Filters, power: Floats, pitch: _Filters, pitch_power: Floats,
        hops: _HopsOfStep,
    ) -> None:  # fmt: skip
        """Fill `_active`, (steps, most parts at a time), and `_power`, (steps, most parts at a time, all bands)."""
        frames, steps, per_step = len(labels), len(pitch_power), self._mel_shape[0]
        sounding = np.zeros((frames, count + 1), bool)
        sounding[np.arange(frames)[:, None], labels] = True
        in_step = np.zeros((steps, count + 1), bool)
        for step, first, last in hops.ranges():
            in_step[step] = sounding[max(0, first) : last].any(axis=0)
            in_step[step, count] = first < 0
        place = np.cumsum(in_step, axis=1) - 1
        most = int(place.max()) + 1
        self._active = np.zeros((steps, most), np.intp)
        where, part = np.nonzero(in_step)
        self._active[where, place[where, part]] = part

        of_frame = np.repeat(np.arange(steps), per_step)[:, None]
        band = (np.arange(frames) % per_step)[:, None] * mel.count + mel.filter
        slot = of_frame * most + place[of_frame, labels[:, mel.column]]
        bands = per_step * mel.count
        mel_power = np.bincount((slot * bands + band).ravel(), mel.weigh(power).ravel(), steps * most * bands)

        # each long frame's power goes to the parts of all the short frames in it
        back, weight = (np.array(values)[:, None, None] for values in zip(*hops.weights(), strict=True))
        every = np.arange(steps)[:, None]
        frame = (every + 1) * per_step - back
        label = np.where(frame < 0, count, labels[np.maximum(frame, 0), pitch.column])
        slot = every * most + place[every, label]
        at = slot * pitch.count + pitch.filter
        in_short = weight * pitch_power
        pitch_of_parts = np.bincount(at.ravel(), in_short.ravel(), steps * most * pitch.count)
        self._power = np.concatenate(
            [mel_power.reshape(steps, most, -1), pitch_of_parts.reshape(steps, most, -1)], axis=2, dtype=np.float32
        )

    def _of_shares(
        self, shares: Floats, mel: _Filters, power: Floats, pitch: _Filters, pitch_power: Floats, hops: _HopsOfStep
    ) -> None:
        steps, per_step = len(pitch_power), self._mel_shape[0]
        count = len(shares)
        self._active = np.tile(np.arange(count + 1), (steps, 1))
        bands = per_step * mel.count
        self._power = np.zeros((steps, count + 1, bands + pitch.count), np.float32)
        weights = hops.matrix(len(power))
        for k, share in enumerate(shares):
            self._power[:, k, :bands] = mel.sum(mel.weigh(share * power)).reshape(steps, bands)
            self._power[:, k, bands:] = pitch.sum(pitch_power * (weights @ share)[:, pitch.column])
        before = 1.0 - weights.sum(axis=1, keepdims=True)
        self._power[:, count, bands:] = pitch.sum(pitch_power * before)


class _Filters:
    """The pairs of a filter and a bin that it touches; bins of long frames are gathered into those of short ones.

    Attributes
    ----------
    count : int
        Filters.
    filter, column : (pairs,) int
        In the order of the filters; `column` is the bin of the short frames.
    """

    def __init__(self, filters: NDArray[np.float64], bins_per_column: int = 1) -> None:
        self.count = len(filters)
        row, self._bin = np.nonzero(filters)
        column = np.rint(self._bin / bins_per_column).astype(np.intp)
        new = (np.diff(row, prepend=-1) != 0) | (np.diff(column, prepend=-1) != 0)
        self._starts = np.flatnonzero(new)
        self._weights = filters[row, self._bin].astype(np.float32)
        self.filter, self.column = row[new], column[new]
        self._first_pair = np.flatnonzero(np.diff(self.filter, prepend=-1))

    def weigh(self, power: Floats) -> Floats:
        """Return what each pair adds to its filter's output, (frames, pairs), for power (frames, bins)."""
        weighed = power[:, self._bin] * self._weights
        return weighed if len(self._starts) == len(self._bin) else np.add.reduceat(weighed, self._starts, axis=1)

    def sum(self, weighed: Floats) -> Floats:
        """Return the filters' outputs, (frames, count)."""
        return np.add.reduceat(weighed, self._first_pair, axis=1)


@functools.lru_cache(1)
def _filters(s: FrontEndSettings) -> tuple[_Filters, _Filters]:
    """Return the mel and the pitch filters; they take longer to build than to use."""
    return _Filters(mel_filterbank(s)), _Filters(pitch_filterbank(s), s.pitch_frame // s.mel_frame)


class _HopsOfStep:
    """Which short frames the long frame of each step spans, and how much of its power is theirs."""

    def __init__(self, spectrogram: Spectrogram) -> None:
        s = spectrogram.settings
        self._steps, self._per_step = len(spectrogram) // s.hops_per_step, s.hops_per_step
        # a short frame is centred half its length before its end; the long one ends with the step
        centre = s.pitch_frame - s.mel_frame // 2 - s.hop * np.arange(s.pitch_frame // s.hop - 1)
        weight = np.square(np.hanning(s.pitch_frame + 1)[centre])
        weight[weight < _LEAST_WEIGHT] = 0.0
        self._weight = np.asarray(weight / weight.sum(), np.float32)

    def weights(self) -> list[tuple[int, float]]:
        """Return how many hops before the end of the step each short frame ends, counted from 1, and its weight."""
        return [(back + 1, float(w)) for back, w in enumerate(self._weight) if w > 0.0]

    def ranges(self) -> list[tuple[int, int, int]]:
        """Return each step with its first short frame, negative before the window, and the one after its last."""
        ends = [(step + 1) * self._per_step for step in range(self._steps)]
        return [(step, end - len(self._weight), end) for step, end in enumerate(ends)]

    def matrix(self, frames: int) -> Floats:
        """Return the weights as a matrix, (steps, frames); rows sum to one but for what lies before the window."""
        out = np.zeros((self._steps, frames), np.float32)
        for step in range(self._steps):
            for back, weight in self.weights():
                frame = (step + 1) * self._per_step - back
                if frame >= 0:
                    out[step, frame] += weight
        return out


def _long_frames(spectrogram: Spectrogram) -> Floats:
    """Return the power of the pitch filterbank's frames in the window, (steps, pitch_frame // 2 + 1)."""
    s: FrontEndSettings = spectrogram.settings
    excerpt = spectrogram.excerpt
    padded = np.pad(excerpt.sound, (s.pitch_frame - s.step, 0))
    frames = np.lib.stride_tricks.sliding_window_view(padded, s.pitch_frame)[:: s.step][excerpt.context_steps :]
    spectrum = np.fft.rfft(frames * np.hanning(s.pitch_frame + 1)[:-1].astype(np.float32), axis=1)
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float32)
