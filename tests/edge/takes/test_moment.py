"""A moment of a take is explained by what the network heard then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edge.errors import ExplainError
from edge.explain.heard.hearing import hear
from edge.takes.take import BusyError
from tests.edge.takes.playing import MODEL, Playing

Start = Callable[..., Playing]


def test_it_is_what_the_history_gives_for_the_same_moment(playing: Start) -> None:
    player = playing()
    player.play(1)
    player.recorder.record()
    begin_s = player.chain.heard_s
    player.play(20)
    take = player.recorder.stop()
    for at_s in (14.3, 17.0, 19.9):
        live = player.history.excerpt(begin_s + at_s)
        later = player.takes.excerpt(take, live.end_s - begin_s)
        assert later.end_s == pytest.approx(live.end_s - begin_s, abs=1e-3)
        assert later.window_steps == live.window_steps
        np.testing.assert_allclose(later.reference_dbfs, live.reference_dbfs, atol=1e-4)
        # half a sample at 22,050 Hz is what the take's begin may be off by
        np.testing.assert_allclose(later.sound, live.sound, atol=0.05)
        assert np.corrcoef(later.sound, live.sound)[0, 1] > 0.999
        told, again = hear(MODEL, live, live.sound), hear(MODEL, later, later.sound)
        np.testing.assert_allclose(again.probabilities, told.probabilities, atol=0.02)


def test_it_may_be_at_the_begin_where_the_network_knows_less(playing: Start) -> None:
    player = playing()
    player.play(5)
    player.recorder.record()
    player.play(2)
    take = player.recorder.stop()
    excerpt = player.takes.excerpt(take, 0.5)
    assert 1 <= excerpt.window_steps <= 6
    assert len(excerpt.sound) == len(excerpt.reference_dbfs) * MODEL.contract.front_end.step


@pytest.mark.parametrize("at_s", [-3.0, 30.0, float("nan")])
def test_a_moment_outside_is_refused(playing: Start, at_s: float) -> None:
    player = playing()
    running = player.recorder.record()
    player.play(3)
    with pytest.raises(BusyError, match="still recording"):
        player.takes.excerpt(running, 1.0)
    with pytest.raises(ExplainError, match="choose a time"):
        player.takes.excerpt(player.recorder.stop(), at_s)
