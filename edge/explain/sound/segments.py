"""Ways to divide the window's spectrogram into regions: every bin belongs to one, in time and in frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain.request import Segments
from edge.explain.sound.parts import Parts
from edge.explain.sound.spectrogram import Spectrogram
from edge.features import MEL_FLOOR, mel_filterbank, to_db

Floats = NDArray[np.float32]
Labels = NDArray[np.intp]

BAND_EDGES_HZ = (150.0, 250.0, 400.0, 600.0, 900.0, 1400.0, 2500.0)
"""Between the eight bands: each is half an octave to an octave, so that it holds a few of the network's mel bands (2 to
17) and some of its semitones (7 to 12). The lowest three are a guitar's fundamentals: bass strings, middle strings,
open high strings and what is fretted on them; the next three hold high notes and the first overtones, the last two
brightness, pick and fret noise."""

MUSICAL_EDGES_HZ = (250.0, 500.0, 2000.0)
"""Between the four bands of XMERApp's grid."""

MOST_SLICES = 12  # times eight bands: about a hundred regions
SHORTEST_SLICE_S, LONGEST_SLICE_S = 0.25, 1.0
_SLICES_PER_SECOND = 13 / 8  # of the even grid: 104 regions in eight seconds
_RANGE_DB = 80.0  # what lies further below the loudest is black in the image


def segment(name: Segments | str, spectrogram: Spectrogram) -> Parts:
    """Return the regions, numbered by when they begin, then from low to high.

    Parameters
    ----------
    name : str
        "onsets", "grid", "musical", "felzenszwalb" or "slic"; "" for the usual one, "onsets".
    spectrogram : Spectrogram

    Raises
    ------
    ExplainError
        The name is unknown.

    Notes
    -----
    "felzenszwalb" (Felzenszwalb & Huttenlocher 2004; scale 25, least size 40, as in Haunschmid et al. 2019, "Two-level
    explanations in music emotion recognition") and "slic" (Achanta et al. 2012) segment an image: the log-mel
    spectrogram that the network sees, 64 rows, from 80 dB below the loudest (0) to the loudest (1). A bin of the
    transform belongs to the row whose centre is nearest. Their regions have any shape; a part tells the rectangle
    around it.
    """
    ways = {
        "onsets": _onsets,
        "grid": _grid,
        "musical": _musical,
        "felzenszwalb": _felzenszwalb,
        "slic": _slic,
    }
    way = ways.get(name or "onsets")
    if way is None:
        raise ExplainError(f"segments: {name!r} is unknown; choose one of {', '.join(ways)}")
    return Parts.of_labels(way(spectrogram), spectrogram)


def onset_edges(spectrogram: Spectrogram, least: int, most: int) -> Labels:
    """Divide the window into slices that begin at onsets.

    Of all divisions into `least` to `most` slices of 0.25 to 1 s, the one whose inner edges have the largest sum of
    onset strength above its mean, found by dynamic programming. Slices may last longer where a window is too long for
    `most`, and are fewer where it is too short for `least`.

    Returns
    -------
    (slices + 1,) int
        Frames where slices begin, and the end.
    """
    s = spectrogram.settings
    frames = len(spectrogram)
    shortest = max(1, round(SHORTEST_SLICE_S * s.rate_hz / s.hop))
    most = max(1, min(most, frames // shortest))
    longest = max(shortest, round(LONGEST_SLICE_S * s.rate_hz / s.hop), -(-3 * frames // (2 * most)))
    strength = onset_strength(spectrogram)
    gain = np.append(strength - strength.mean(), 0.0)  # the end of the window costs nothing

    best = np.full((most + 1, frames + 1), -np.inf)
    best[0, 0] = 0.0
    before = np.zeros((most + 1, frames + 1), np.intp)
    for k in range(1, most + 1):
        # row t: what the edges from t - longest to t - shortest have gained with one slice fewer
        earlier = np.concatenate([np.full(longest, -np.inf), best[k - 1]])
        choices = np.lib.stride_tricks.sliding_window_view(earlier, longest - shortest + 1)[: frames + 1]
        choice = choices.argmax(axis=1)
        before[k] = choice + np.arange(frames + 1) - longest
        best[k] = choices[np.arange(frames + 1), choice] + gain
    least = min(least, most)
    count = least + int(best[least:, frames].argmax())
    if best[count, frames] == -np.inf:  # shorter than the shortest slice
        return np.array([0, frames])
    edges = [frames]
    for k in range(count, 0, -1):
        edges.append(int(before[k, edges[-1]]))
    return np.array(edges[::-1])


def onset_strength(spectrogram: Spectrogram) -> Floats:
    """Return how much louder each frame is than the one before, (frames,), in dB: the mean rise of the mel bands.

    The spectral flux of `librosa.onset.onset_strength` (Böck & Widmer 2013), without the libraries that it loads.
    """
    mel_db = _mel_db(spectrogram)
    rise = np.diff(mel_db, axis=0, prepend=mel_db[:1])
    return np.asarray(np.maximum(rise, 0.0).mean(axis=1))


def _onsets(spectrogram: Spectrogram) -> Labels:
    edges = onset_edges(spectrogram, 1, MOST_SLICES)
    return _rectangles(spectrogram, edges, BAND_EDGES_HZ)


def _grid(spectrogram: Spectrogram) -> Labels:
    s = spectrogram.settings
    slices = max(1, round(len(spectrogram) * s.hop / s.rate_hz * _SLICES_PER_SECOND))
    return _rectangles(spectrogram, _even_edges(spectrogram, slices), BAND_EDGES_HZ)


def _musical(spectrogram: Spectrogram) -> Labels:
    return _rectangles(spectrogram, _even_edges(spectrogram, 3), MUSICAL_EDGES_HZ)


def _felzenszwalb(spectrogram: Spectrogram) -> Labels:
    from skimage.segmentation import felzenszwalb

    return _of_rows(felzenszwalb(_image(spectrogram), scale=25, min_size=40), spectrogram)


def _slic(spectrogram: Spectrogram) -> Labels:
    from skimage.segmentation import slic

    # at this compactness about a hundred regions are left, which still explain most of the image's variance
    labels = slic(_image(spectrogram), n_segments=100, compactness=0.2, sigma=1.0, channel_axis=None, start_label=0)
    return _of_rows(labels, spectrogram)


def _even_edges(spectrogram: Spectrogram, slices: int) -> Labels:
    return np.rint(np.linspace(0, len(spectrogram), slices + 1)).astype(np.intp)


def _rectangles(spectrogram: Spectrogram, edges: Labels, band_edges_hz: Sequence[float]) -> Labels:
    """Return labels, (frames, bins): time slices, `edges` in frames, times bands."""
    time = np.searchsorted(edges, np.arange(len(spectrogram)), side="right") - 1
    band = np.searchsorted(band_edges_hz, spectrogram.bins_hz, side="right")
    return time[:, None] * (len(band_edges_hz) + 1) + band


def _mel_db(spectrogram: Spectrogram) -> Floats:
    filters = mel_filterbank(spectrogram.settings).astype(np.float32)
    return to_db(spectrogram.power @ filters.T, MEL_FLOOR)


def _image(spectrogram: Spectrogram) -> Floats:
    mel_db = _mel_db(spectrogram)
    return np.asarray(np.clip((mel_db - mel_db.max()) / _RANGE_DB + 1.0, 0.0, 1.0))


def _of_rows(labels: Labels, spectrogram: Spectrogram) -> Labels:
    """Return labels, (frames, bins), of those of the image, numbered by first frame, then by lowest row in it."""
    _, first, labels = np.unique(labels, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.intp)
    number[np.argsort(first)] = np.arange(len(first))
    centre = mel_filterbank(spectrogram.settings).argmax(axis=1)
    row = np.searchsorted((centre[1:] + centre[:-1]) / 2, np.arange(len(spectrogram.bins_hz)))
    return np.asarray(number[labels][:, row])
