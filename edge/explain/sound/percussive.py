"""Which of the sound is attack, fret and body noise: short in time, broad in frequency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]

_WIDTH = 31  # frames or bins that the median is of: 0.7 s, 330 Hz


def percussive_share(magnitude: Floats) -> Floats:
    """Return the share of each bin's power that is percussive, 0 to 1, (frames, bins); the rest is harmonic.

    A bin that stands out from the frames around it is percussive, one that stands out from the bins around it
    harmonic: harmonic/percussive separation by median filters with soft masks (Fitzgerald 2010). The same as
    `librosa.decompose.hpss(mask=True)`, ten times as fast and without the 170 MB that librosa takes.

    Parameters
    ----------
    magnitude : (frames, bins) float32
        Of the short-time Fourier transform.
    """
    harmonic = _median_along_rows(magnitude.T).T
    percussive = _median_along_rows(magnitude)
    larger = np.maximum(harmonic, percussive)
    # relative to the larger one, so that squares of very quiet sound do not vanish; evenly where there is none
    relative = np.divide(percussive, larger, out=np.ones_like(larger), where=larger > 0.0)
    other = np.divide(harmonic, larger, out=np.ones_like(larger), where=larger > 0.0)
    return np.asarray(relative**2 / (relative**2 + other**2))


def _median_along_rows(x: Floats) -> Floats:
    """Return the running median along the last axis; the rows are put end to end, as it is far faster in one line."""
    reach = _WIDTH // 2
    padded = np.pad(x, ((0, 0), (reach, reach)), "symmetric")
    return np.asarray(ndimage.median_filter(padded.ravel(), _WIDTH).reshape(padded.shape)[:, reach:-reach])
