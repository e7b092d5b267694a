from __future__ import annotations

import numpy as np
import pytest

from edge.features import FrontEnd, FrontEndSettings, Steps
from edge.types import MID_LEVEL
from export.corpora import Piece
from export.dataset import FEATURES_VERSION, Take, cache_folder, guitars_of, session_levels, splits_are_disjoint
from export.notes import Notes
from export.rendering.render import GUITARS
from export.windows import Scale, Windows, augment, inputs

S = FrontEndSettings()


def tone(hz: float, seconds: float, amplitude: float = 0.1) -> Steps:
    t = np.arange(int(seconds * S.rate_hz)) / S.rate_hz
    return FrontEnd(S).push(amplitude * np.sin(2 * np.pi * hz * t))


def piece(name: str, song: str = "s", split: str = "train") -> Piece:
    notes = Notes.of([(0.25 * k, 0.25 * k + 0.2, 60 + k % 7, 60 + k) for k in range(60)])
    return Piece(name, song, split, 1, notes)


def test_gain_changes_nothing_where_the_session_is_new() -> None:
    loud, soft = inputs(tone(440, 3, 0.5), S, None), inputs(tone(440, 3, 0.05), S, None)
    for a, b in zip(loud, soft, strict=True):
        seen = (a > 0.2) & (b > 0.2)  # above what either clips as silence
        assert seen.any()
        np.testing.assert_allclose(a[seen], b[seen], atol=0.01)


def test_soft_playing_is_soft_where_the_session_is_known() -> None:
    known = inputs(tone(440, 3, 0.01), S, -6.0)[0]
    unknown = inputs(tone(440, 3, 0.01), S, None)[0]
    assert known.max() < unknown.max() - 0.3


def test_augmentation_transposes_the_pitch_bank_by_whole_semitones() -> None:
    steps = tone(440, 2)
    peak = int(steps.pitch_db[10].argmax())
    moves = set()
    for seed in range(40):
        moved = augment(steps, S, np.random.default_rng(seed))
        moves.add(int(moved.pitch_db[10].argmax()) - peak)
        assert moved.level_dbfs is steps.level_dbfs
    assert all(move % 3 == 0 for move in moves)
    assert {-18, 18} <= moves <= set(range(-18, 19, 3))


def test_white_noise_has_the_level_that_augmentation_adds_for_it() -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=5 * S.rate_hz)
    steps = FrontEnd(S).push(noise)
    silence = Steps(
        np.full_like(steps.mel_db, -100.0), np.full_like(steps.pitch_db, -140.0), np.full_like(steps.level_dbfs, 40.0)
    )
    floors = []
    for seed in range(60):  # 45 to 90 dB below the level: extrapolated to noise of that level itself
        added = augment(silence, S, np.random.default_rng(seed))
        floors.append((np.median(added.mel_db), np.median(added.pitch_db)))
    highest_mel, highest_pitch = np.max(floors, axis=0)
    assert highest_mel - (40.0 - 45.0) == pytest.approx(np.median(steps.mel_db[5:]) + 20.0, abs=2.5)
    assert highest_pitch - (40.0 - 45.0) == pytest.approx(np.median(steps.pitch_db[5:]) + 20.0, abs=4.0)


def test_windows_have_one_shape_and_targets_in_standard_deviations() -> None:
    takes = [Take(piece(f"p{k}"), "nylon", tone(220 * (k + 1), 16)) for k in range(2)]
    windows = Windows(takes, S, warm_up_steps=28)
    batch = windows.draw(np.array([0, 1, 0, 1]), np.random.default_rng(0))
    assert batch.mel.shape == (4, 28 + windows.length, S.hops_per_step, S.mel_bands)
    assert batch.pitch.shape == (4, 28 + windows.length, S.pitch_bins)
    assert batch.mid_level.shape == (4, len(MID_LEVEL))
    z = windows.scale(np.concatenate(windows.raw))
    np.testing.assert_allclose(np.nanmean(z[:, MID_LEVEL.index("sound_level")]), 0.0, atol=1e-5)
    np.testing.assert_allclose(np.nanstd(z[:, MID_LEVEL.index("sound_level")]), 1.0, atol=1e-5)
    brightness = z[:, MID_LEVEL.index("brightness")]
    assert brightness[len(brightness) // 2 :].min() > brightness[: len(brightness) // 2].max()


def test_a_known_scale_is_kept() -> None:
    scale = Scale(np.zeros(11), np.full(11, 2.0))
    np.testing.assert_array_equal(scale(np.full(11, 3.0)), np.full(11, 1.5, np.float32))


def test_the_loud_level_is_that_of_each_guitar() -> None:
    takes = [Take(piece("a"), "nylon", tone(440, 1, 0.5)), Take(piece("a"), "emily", tone(440, 1, 0.05))]
    levels = session_levels(takes)
    assert levels["nylon"] - levels["emily"] == pytest.approx(20.0, abs=0.1)


def test_every_pass_gives_each_piece_another_guitar() -> None:
    assert sorted(guitars_of(piece("x"), len(GUITARS))) == sorted(GUITARS)
    assert guitars_of(piece("x"), 2) == guitars_of(piece("x"), 3)[:2]
    assert len({guitars_of(piece(f"x{k}"), 1)[0] for k in range(40)}) == len(GUITARS)


def test_a_song_on_both_sides_is_found() -> None:
    assert splits_are_disjoint([piece("a"), piece("b", "t", "test")])
    assert not splits_are_disjoint([piece("a"), piece("b", "s", "test")])


def test_other_settings_have_another_cache(tmp_path) -> None:
    other = FrontEndSettings(range_db=70.0)
    assert cache_folder(tmp_path, S) != cache_folder(tmp_path, other)
    assert str(FEATURES_VERSION) in cache_folder(tmp_path, S).name
