"""The spectrogram that explanations are drawn on: parts of it are turned down, and made into sound again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.features import FrontEndSettings
from edge.history import Excerpt

Floats = NDArray[np.float32]


class Spectrogram:
    """Short-time Fourier transform of an excerpt, in the frames of the front end's mel filterbank.

    Frame t ends with the last sample of hop t, and before the first sample lies silence. Only the frames of the
    prediction's window can be changed; those of the context stay as they are.

    Attributes
    ----------
    stft : (frames, bins) complex64
        Of the window's frames.
    edges_s : (frames + 1,) float64
        When each frame's share of the time begins and ends, in seconds of the recording: a hop around its centre.
    bins_hz : (bins,) float64
    """

    def __init__(self, excerpt: Excerpt, settings: FrontEndSettings) -> None:
        self.settings = s = settings
        self.excerpt = excerpt
        self._first = excerpt.context_steps * s.hops_per_step
        # frames that begin before the sound or end after it belong to the first and the last hop: OLA needs them
        self._pad = s.mel_frame - s.hop
        self._window = np.hanning(s.mel_frame + 1)[:-1].astype(np.float32)
        padded = np.pad(excerpt.sound, self._pad)
        frames = np.lib.stride_tricks.sliding_window_view(padded, s.mel_frame)[:: s.hop]
        self._all = np.fft.rfft(frames * self._window, axis=1).astype(np.complex64)
        count = excerpt.window_steps * s.hops_per_step
        self.stft = self._all[self._first : self._first + count]
        centre_s = (self._pad / 2 + s.hop / 2) / s.rate_hz  # how far a frame's centre lies behind its hop's
        begin_s = excerpt.window_s(s)[0]
        self.edges_s = begin_s - centre_s + np.arange(count + 1) * s.hop / s.rate_hz
        self.bins_hz = np.fft.rfftfreq(s.mel_frame, 1 / s.rate_hz)

    def __len__(self) -> int:
        return len(self.stft)

    @property
    def power(self) -> Floats:
        """Power of each bin, (frames, bins) float32."""
        return np.asarray(np.square(self.stft.real) + np.square(self.stft.imag))

    def sound(self, gain: NDArray[np.floating]) -> Floats:
        """Return the excerpt's sound, context included, with the window's bins multiplied by `gain`, (frames, bins).

        The phase stays. Overlap-add by the window of the analysis and division by what its squares sum to, which is
        the least-squares estimate of Griffin & Lim (1984, equation 6). A gain of one gives the sound back.
        """
        s = self.settings
        changed = self._all.copy()
        end = self._first + len(self)
        changed[self._first : end] *= gain
        changed[end:] *= gain[-1]
        frames = np.fft.irfft(changed, s.mel_frame, axis=1).astype(np.float32) * self._window
        square = np.square(self._window)
        out = np.zeros(s.mel_frame + (len(frames) - 1) * s.hop, np.float32)
        weight = np.zeros_like(out)
        for k in range(s.mel_frame // s.hop):  # each quarter of all frames lies end to end
            parts = frames[:, k * s.hop : (k + 1) * s.hop].reshape(-1)
            out[k * s.hop : k * s.hop + len(parts)] += parts
            weight[k * s.hop : k * s.hop + len(parts)] += np.tile(square[k * s.hop : (k + 1) * s.hop], len(frames))
        inside = slice(self._pad, self._pad + len(self.excerpt.sound))
        return np.asarray(out[inside] / weight[inside])
