"""Every way to divide a spectrogram into regions: whole, in order, the same each time, and where the music changes."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from edge.errors import ExplainError
from edge.explain.request import Segments
from edge.explain.sound.segments import BAND_EDGES_HZ, onset_edges, segment
from edge.explain.sound.spectrogram import Spectrogram
from export.notes import read_jams
from tests.edge.explain.excerpts import S, guitarset, pluck, real_path, spectrogram_of

NAMES = get_args(Segments)
FRAME_S = S.hop / S.rate_hz


@pytest.fixture(scope="module")
def plucks() -> Spectrogram:
    """Eight seconds of plucks, at uneven times and from low to high."""
    sound = np.random.default_rng(0).standard_normal(9 * S.rate_hz) * 1e-4
    for start, hz in ((1.4, 110), (2.0, 196), (2.9, 147), (3.3, 330), (4.5, 82), (5.1, 247), (5.6, 440), (7.2, 165)):
        tone = pluck(hz, 9.0 - start)[: len(sound) - round(start * S.rate_hz)]
        sound[-len(tone) :] += tone
    return spectrogram_of(sound, 8.0)


@pytest.mark.parametrize("name", NAMES)
def test_regions_are_whole_and_numbered_by_time_and_frequency(name: str, plucks: Spectrogram) -> None:
    parts = segment(name, plucks)
    assert parts.labels is not None
    assert parts.labels.shape == plucks.stft.shape
    assert np.array_equal(np.unique(parts.labels), np.arange(len(parts)))
    begin = [(p.t0_s, p.f0_hz) for p in parts.parts]
    if name in ("felzenszwalb", "slic"):  # of any shape: one that begins at the same time may reach lower later
        assert [t for t, _ in begin] == sorted(t for t, _ in begin)
    else:
        assert begin == sorted(begin)
    for part in parts.parts:
        assert plucks.edges_s[0] <= part.t0_s < part.t1_s <= plucks.edges_s[-1]
        assert 0.0 <= part.f0_hz < part.f1_hz <= S.rate_hz / 2
    assert np.array_equal(segment(name, plucks).labels, parts.labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [1, 2, 5, 11, 32])
def test_short_windows_and_silence_are_divided_too(name: str, steps: int) -> None:
    for sound in (np.zeros(3 * S.rate_hz), np.full(3 * S.rate_hz, 1e-12), pluck(196.0, 3.0)):
        spectrogram = spectrogram_of(sound, steps / S.steps_per_second)
        parts = segment(name, spectrogram)
        assert parts.labels is not None
        assert parts.labels.shape == (steps * S.hops_per_step, S.mel_frame // 2 + 1)
        assert 1 <= len(parts) <= 130


def test_grids_have_the_known_numbers_of_regions(plucks: Spectrogram) -> None:
    assert len(segment("grid", plucks)) == 104
    musical = segment("musical", plucks)
    assert len(musical) == 12
    half_bin = S.rate_hz / S.mel_frame / 2
    edges = [musical.parts[k].f0_hz for k in range(4)]
    np.testing.assert_allclose(edges, [0, 250, 500, 2000], atol=2 * half_bin)
    lengths = [musical.parts[k].t1_s - musical.parts[k].t0_s for k in (0, 4, 8)]
    np.testing.assert_allclose(lengths, 8.0 / 3, atol=0.03)
    assert len({round(p.f0_hz) for p in segment("onsets", plucks).parts}) == len(BAND_EDGES_HZ) + 1


def test_the_usual_way_is_by_onsets(plucks: Spectrogram) -> None:
    assert np.array_equal(segment("", plucks).labels, segment("onsets", plucks).labels)
    with pytest.raises(ExplainError, match="'quickshift' is unknown; choose one of onsets, "):
        segment("quickshift", plucks)


def test_slices_begin_at_plucks_and_last_a_quarter_to_one_second(plucks: Spectrogram) -> None:
    edges = onset_edges(plucks, 1, 12)
    assert edges[0] == 0
    assert edges[-1] == len(plucks)
    lengths_s = np.diff(edges) * FRAME_S
    assert lengths_s.min() > 0.24
    assert lengths_s.max() < 1.01
    begins_s = plucks.edges_s[edges]
    for pluck_s in (1.4, 2.0, 2.9, 3.3, 4.5, 5.1, 5.6, 7.2):
        nearest_s = begins_s[np.abs(begins_s - pluck_s).argmin()]
        assert -0.08 < nearest_s - pluck_s <= 0.0, f"the pluck at {pluck_s} s lies in two slices"


def test_long_windows_have_no_more_slices_but_longer_ones() -> None:
    spectrogram = spectrogram_of(np.random.default_rng(1).standard_normal(31 * S.rate_hz), 30.0)
    assert len(onset_edges(spectrogram, 1, 12)) == 13
    assert 8 <= len(onset_edges(spectrogram, 8, 8)) - 1 <= 8


def test_one_pluck_in_silence_is_cut_before_it_and_no_more_than_needed() -> None:
    sound = np.zeros(3 * S.rate_hz)
    sound[round(1.8 * S.rate_hz) :] = pluck(196.0, 1.2)
    edges = onset_edges(spectrogram_of(sound, 2.0), 1, 12)
    assert len(edges) - 1 <= 4
    begins_s = spectrogram_of(sound, 2.0).edges_s[edges]
    assert np.min(np.abs(begins_s - 1.76)) < 0.05
    assert len(onset_edges(spectrogram_of(sound, 2.0), 5, 12)) - 1 >= 5


@pytest.mark.data
@pytest.mark.parametrize("kind", ["comp", "solo"])
def test_real_playing_is_cut_at_its_annotated_onsets(kind: str) -> None:
    found = grid = 0.0
    windows = [guitarset(kind, end_s, 8.0) for end_s in (9.0, 14.0, 21.0)]
    onsets_s = np.asarray(read_jams(real_path(f"guitarset/00_BN1-129-Eb_{kind}.jams.gz")).start_s)
    for window in windows:
        edges_s = window.edges_s[onset_edges(window, 1, 12)[1:-1]]
        even_s = np.linspace(window.edges_s[0], window.edges_s[-1], 14)[1:-1]
        found += near(edges_s, onsets_s) / len(windows)
        grid += near(even_s, onsets_s) / len(windows)
    print(f"{kind}: {found:.0%} of the slices begin at an annotated onset, {grid:.0%} of an even grid's")
    assert found > 0.75
    assert found > grid + 0.2


def near(edges_s: np.ndarray, onsets_s: np.ndarray) -> float:
    """Return the share of edges within 80 ms before or 20 ms after an onset."""
    late_s = onsets_s[None] - edges_s[:, None]
    return float(((late_s > -0.02) & (late_s < 0.08)).any(axis=1).mean())


@pytest.mark.data
@pytest.mark.parametrize(("kind", "end_s", "window_s"), [("comp", 12.0, 8.0), ("solo", 20.0, 8.0), ("solo", 12.0, 3.0)])
def test_real_playing_gives_numbers_of_regions_that_can_be_explained(kind: str, end_s: float, window_s: float) -> None:
    window = guitarset(kind, end_s, window_s)
    count = {name: len(segment(name, window)) for name in NAMES}
    print(kind, end_s, window_s, count)
    assert 32 <= count["onsets"] <= 96
    assert 50 <= count["felzenszwalb"] <= 350
    assert 80 <= count["slic"] <= 110


@pytest.mark.data
def test_image_regions_follow_the_sound_better_than_a_grid() -> None:
    window = guitarset("solo", 20.0, 8.0)
    power_db = 10 * np.log10(window.power + 1e-8)
    left = {name: within(power_db, segment(name, window).labels) for name in ("grid", "onsets", "felzenszwalb", "slic")}
    print("variance left within regions:", {k: round(v, 2) for k, v in left.items()})
    assert left["slic"] < left["grid"]
    assert left["felzenszwalb"] < left["grid"]


def within(values: np.ndarray, labels: np.ndarray) -> float:
    count = np.bincount(labels.ravel())
    mean = np.bincount(labels.ravel(), values.ravel()) / count
    return float(np.square(values - mean[labels]).mean() / values.var())
