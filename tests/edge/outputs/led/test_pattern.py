"""The picture of a prediction: every state is told without colour, and the current stays within its limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.config import Led
from edge.outputs.led.pattern import current_ma, duty, duty_bytes, render
from edge.types import EMOTIONS, TrustState
from tests.edge.outputs.helpers import prediction

FRAMES_HZ = 30.0


def film(state: TrustState, count: int, seconds: float = 12.0, start_s: float = 1000.0) -> NDArray[np.float64]:
    """Light (frames, count) of a state over time, colours summed: what one sees who sees no colours."""
    shown = prediction(state=state)
    times = start_s + np.arange(round(seconds * FRAMES_HZ)) / FRAMES_HZ
    return np.array([duty(render(shown, t, count, Led())).sum(axis=1) for t in times])


def told(light: NDArray[np.float64]) -> TrustState:
    """Name the state from its light alone, as a person would: steady, dark gaps and their rhythm, or slow change."""
    strip = light.sum(axis=1)
    if strip.max() - strip.min() < 1e-9:
        return TrustState.LIVE
    dark = strip < 1e-6
    if dark.any():
        blinks = int((dark[:-1] & ~dark[1:]).sum())
        per_second = blinks / (len(strip) / FRAMES_HZ)
        if per_second < 0.5:
            return TrustState.SILENT
        return TrustState.LOST if per_second > 2 else TrustState.STALE
    walks = light.shape[1] > 1 and len(set(light.argmax(axis=1))) > 1
    return TrustState.SILENT if walks else TrustState.UNSURE


@pytest.mark.parametrize("count", [1, 2, 8, 60])
@pytest.mark.parametrize("state", list(TrustState))
def test_every_state_is_told_without_colour(state: TrustState, count: int) -> None:
    assert told(film(state, count)) is state


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("state", list(TrustState))
def test_nothing_flashes_more_than_three_times_in_a_second(state: TrustState, count: int) -> None:
    lit = film(state, count).sum(axis=1) > 1e-6
    begins = np.flatnonzero(~lit[:-1] & lit[1:])
    assert all(((begins >= b) & (begins < b + FRAMES_HZ)).sum() <= 3 for b in begins)


def test_silent_walks_one_dim_led_smoothly() -> None:
    light = film(TrustState.SILENT, 8, seconds=4.0)
    assert ((light > 1e-6).sum(axis=1) <= 2).all()
    assert list(dict.fromkeys(light.argmax(axis=1))) == list(range(8))
    assert np.abs(np.diff(light, axis=0)).max() < 0.25 * light.max()


@pytest.mark.parametrize("state", [TrustState.UNSURE, TrustState.SILENT])
def test_a_single_led_breathes_smoothly(state: TrustState) -> None:
    light = film(state, 1).ravel()
    assert np.abs(np.diff(light)).max() < 0.15 * light.max()


def test_the_same_moment_gives_the_same_frame() -> None:
    frames = [render(prediction(state=TrustState.UNSURE), 12.3, 5, Led()) for _ in range(2)]
    assert frames[0].shape == (5, 3)
    assert frames[0].dtype == np.uint8
    np.testing.assert_array_equal(*frames)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_certain_emotion_has_its_own_colour(emotion: str) -> None:
    certain = tuple(float(e == emotion) for e in EMOTIONS)
    shown = prediction(emotion, probabilities=certain, confidence=1.0, arousal=1.0)
    bright = Led(brightness=1.0, limit_ma=20000)
    wanted = bytes.fromhex(getattr(bright, emotion)[1:])
    np.testing.assert_allclose(render(shown, 0.0, 2, bright), [list(wanted)] * 2, atol=1)


def test_brightness_follows_confidence_and_arousal_and_the_setting() -> None:
    def light(confidence: float, arousal: float, brightness: float = 0.5) -> float:
        shown = prediction(confidence=confidence, arousal=arousal)
        return float(duty(render(shown, 0.0, 1, Led(brightness=brightness))).sum())

    assert light(0.0, -1.0) > 0  # never so dim that it looks off
    assert light(0.0, 0.0) < light(0.5, 0.0) < light(1.0, 0.0)
    assert light(0.5, -1.0) < light(0.5, 0.0) < light(0.5, 1.0)
    assert light(1.0, 1.0, 0.25) < light(1.0, 1.0, 0.5) < light(1.0, 1.0, 1.0)
    assert light(1.0, 1.0, 0.0) == 0


@pytest.mark.parametrize("state", [TrustState.STALE, TrustState.LOST])
def test_what_is_not_true_any_more_has_no_emotions_colour(state: TrustState) -> None:
    frames = [render(prediction(state=state), k / FRAMES_HZ, 1, Led()) for k in range(60)]
    assert max(int(frame.max()) for frame in frames) > 0
    assert all(len(set(frame[0].tolist())) == 1 for frame in frames)


def test_before_anything_was_heard_the_walker_is_white() -> None:
    frame = render(prediction("", state=TrustState.SILENT), 0.1, 8, Led())
    assert frame.max() > 0
    assert all(len(set(led)) == 1 for led in frame.tolist())


@settings(deadline=None)  # a busy machine is no error
@given(
    state=st.sampled_from(list(TrustState)),
    weights=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    confidence=st.floats(0, 1),
    arousal=st.floats(-1, 1),
    now_s=st.floats(0, 1e6),
    count=st.integers(1, 300),
    limit_ma=st.integers(20, 20000),
    brightness=st.floats(0, 1),
)
def test_the_current_stays_within_its_limit(
    state: TrustState,
    weights: list[float],
    confidence: float,
    arousal: float,
    now_s: float,
    count: int,
    limit_ma: int,
    brightness: float,
) -> None:
    shown = prediction(
        state=state,
        probabilities=tuple(w / sum(weights) for w in weights),
        confidence=confidence,
        arousal=arousal,
    )
    frame = render(shown, now_s, count, Led(limit_ma=limit_ma, brightness=brightness))
    assert frame.shape == (count, 3)
    # the chips' own milliampere each cannot be saved: a strip too long for its limit stays dark
    assert current_ma(frame) <= max(limit_ma, count * 1.0) + 1e-6
    assert duty_bytes(frame).sum() / 255 * 20 + count <= max(limit_ma, count) + 1e-6


def test_the_limit_dims_evenly_and_keeps_the_hue() -> None:
    shown = prediction(confidence=1.0, arousal=1.0)
    free = duty(render(shown, 0.0, 30, Led(brightness=1.0, limit_ma=20000)))
    tight = duty(render(shown, 0.0, 30, Led(brightness=1.0, limit_ma=200)))
    assert current_ma(render(shown, 0.0, 30, Led(brightness=1.0, limit_ma=200))) == pytest.approx(200, rel=0.05)
    np.testing.assert_allclose(tight[0] / tight[0].max(), free[0] / free[0].max(), atol=0.05)


def test_current_of_full_white() -> None:
    assert current_ma(np.full((10, 3), 255, np.uint8)) == pytest.approx(10 * 61)
    assert current_ma(np.zeros((10, 3), np.uint8)) == pytest.approx(10)
