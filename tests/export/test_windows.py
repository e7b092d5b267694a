from __future__ import annotations

import numpy as np
import pytest

from edge.features import FrontEnd, FrontEndSettings, Steps
from edge.types import MID_LEVEL
from export.dataset import Take
from export.targets import targets_of
from export.windows import Scale, Windows, augment, inputs
from tests.export.made import piece, sine, take

S = FrontEndSettings()


def tone(hz: float, seconds: float, amplitude: float = 0.1) -> Steps:
    return FrontEnd(S).push(sine(hz, seconds, amplitude))


def windows_of(takes: list[Take], **more: object) -> Windows:
    return Windows(takes, targets_of(takes, S), S, **more)  # type: ignore[arg-type]


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
    takes = [take(piece(f"p{k}"), sine(220 * (k + 1), 16)) for k in range(2)]
    windows = windows_of(takes, warm_up_steps=28)
    batch = windows.draw(np.array([0, 1, 0, 1]), np.random.default_rng(0))
    assert batch.mel.shape == (4, 28 + windows.length, S.hops_per_step, S.mel_bands)
    assert batch.pitch.shape == (4, 28 + windows.length, S.pitch_bins)
    assert batch.mid_level.shape == (4, len(MID_LEVEL))
    np.testing.assert_array_equal(batch.emotion, np.tile(np.eye(4)[1], (4, 1)))
    z = windows.scale(np.concatenate(windows.raw))
    np.testing.assert_allclose(np.nanmean(z[:, MID_LEVEL.index("sound_level")]), 0.0, atol=1e-5)
    np.testing.assert_allclose(np.nanstd(z[:, MID_LEVEL.index("sound_level")]), 1.0, atol=1e-5)
    brightness = z[:, MID_LEVEL.index("brightness")]
    assert brightness[len(brightness) // 2 :].min() > brightness[: len(brightness) // 2].max()


def test_a_window_of_another_length_has_no_mid_level_targets() -> None:
    windows = windows_of([take(piece(), sine(220, 16))], window_s=3.0)
    batch = windows.cut([(0, 0), (0, 12)], in_session=True)
    assert batch.mel.shape[1] == round(3.0 * S.steps_per_second)
    assert np.isnan(batch.mid_level).all()


@pytest.mark.parametrize("seconds", [3, 8, 9, 15, 16, 17, 40])
def test_tiling_covers_a_take_with_the_fewest_windows(seconds: int) -> None:
    windows = windows_of([take(piece(seconds=seconds), sine(220, seconds + 1))])
    starts = windows.tiling(0)
    assert starts[0] == 0
    assert starts[-1] == windows.seconds(0) - 1
    assert all(np.diff(starts) <= 8)
    assert len(starts) <= 1 + np.ceil(max(0, seconds - 8) / 8)


def test_the_warm_up_is_what_sounded_before_the_window() -> None:
    windows = windows_of([take(piece(), sine(220, 16))], warm_up_steps=28)
    without = windows_of([take(piece(), sine(220, 16))])
    late, first = windows.cut([(0, 5), (0, 0)], in_session=True).mel
    np.testing.assert_allclose(late[28:], without.cut([(0, 5)], in_session=True).mel[0], atol=0.01)
    assert late[:28].max() > 0.5
    assert not first[:28].any()


def test_a_teacher_says_more_than_the_label() -> None:
    takes = [take(piece("known"), sine(220, 9)), take(piece("unknown", emotion=None), sine(220, 9))]
    said = {"known": np.array([0.1, 0.6, 0.2, 0.1], np.float32)}
    emotion = windows_of(takes, emotions=said).cut([(0, 0), (1, 0)], in_session=True).emotion
    np.testing.assert_array_equal(emotion[0], said["known"])
    assert np.isnan(emotion[1]).all()


def test_a_known_scale_is_kept() -> None:
    scale = Scale(np.zeros(11), np.full(11, 2.0))
    np.testing.assert_array_equal(scale(np.full(11, 3.0)), np.full(11, 1.5, np.float32))
