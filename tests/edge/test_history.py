"""The last minutes: what is kept, how it wraps, and what an excerpt of it makes the network say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edge.chain import Chain
from edge.config import Decision
from edge.errors import ExplainError
from edge.explain.heard.hearing import hear
from edge.features import FrontEndSettings
from edge.history import History
from edge.model import Model
from edge.types import MID_LEVEL, TrustState
from tests.edge.explain.excerpts import pluck

S = FrontEndSettings()
PER_SECOND = S.steps_per_second


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def playing() -> np.ndarray:
    rng = np.random.default_rng(4)
    pitches = rng.integers(45, 70, 40)
    return np.concatenate([pluck(440.0 * 2 ** ((p - 69) / 12), 0.3) for p in pitches]).astype(np.float32)


@pytest.mark.parametrize("keep_s", [60.0, 3.0], ids=["all is kept", "the ring has come round"])
def test_an_excerpt_makes_the_network_say_what_it_said_live(model: Model, playing: np.ndarray, keep_s: float) -> None:
    history = History(keep_s, S, model.contract.receptive_steps)
    chain = Chain(model, Decision(window_s=2.0, recent_s=1.0), S.rate_hz, history)
    predictions = [p for block in np.array_split(playing, 97) for p in chain.push(block)]
    for step in (len(predictions), len(predictions) - 7):
        excerpt = history.excerpt(step / PER_SECOND)
        assert excerpt.end_s == pytest.approx(step / PER_SECOND)
        told = hear(model, excerpt, excerpt.sound)
        assert told.mid_level == pytest.approx(np.array(predictions[step - 1].mid_level), abs=1e-4)


def test_what_was_said_of_the_same_playing_comes_along(model: Model, playing: np.ndarray) -> None:
    history = History(60.0, S, model.contract.receptive_steps)
    chain = Chain(model, Decision(), S.rate_hz, history)
    silence = np.zeros(3 * S.rate_hz, np.float32)
    predictions = chain.push(np.concatenate([silence, playing]))
    played = np.array([p.mid_level for p in predictions if p.time_s > 3.2])
    usual = history.excerpt(predictions[-1].time_s).usual
    assert len(usual) == pytest.approx(len(played), abs=3)
    assert usual[-20:] == pytest.approx(played[-20:], abs=1e-5)


def test_a_moment_of_silence_or_outside_is_refused_in_one_line(model: Model, playing: np.ndarray) -> None:
    history = History(60.0, S, model.contract.receptive_steps)
    with pytest.raises(ExplainError, match="no sound"):
        history.excerpt(0.0)
    silence = np.zeros(4 * S.rate_hz, np.float32)
    Chain(model, Decision(), S.rate_hz, history).push(np.concatenate([playing, silence]))
    length_s = history.span_s[1]
    with pytest.raises(ExplainError, match="nobody plays"):
        history.excerpt(length_s)
    for time_s in (-1.0, length_s + 1.0, float("nan"), float("inf")):
        with pytest.raises(ExplainError, match=r"choose a time from 0\.0 to"):
            history.excerpt(time_s)


def test_what_has_been_overwritten_is_refused(model: Model, playing: np.ndarray) -> None:
    history = History(2.0, S, model.contract.receptive_steps)
    Chain(model, Decision(), S.rate_hz, history).push(playing)
    oldest_s, newest_s = history.span_s
    assert oldest_s > 0.0
    assert newest_s - oldest_s >= 2.0
    with pytest.raises(ExplainError, match="choose a time from"):
        history.excerpt(oldest_s - 1.0)
    assert len(history.excerpt(newest_s).sound) % S.step == 0


def test_time_goes_on_where_another_connection_begins(model: Model, playing: np.ndarray) -> None:
    history = History(30.0, S, model.contract.receptive_steps)
    history.begin(100.0)
    Chain(model, Decision(), S.rate_hz, history).push(playing)
    assert history.span_s[0] == pytest.approx(100.0)
    assert history.excerpt(105.0).end_s == pytest.approx(105.0, abs=0.05)
    history.begin(200.0)
    with pytest.raises(ExplainError, match="no sound"):
        history.excerpt(105.0)


def test_sound_longer_than_the_ring_keeps_its_end() -> None:
    history = History(1.0, S, 2)
    sound = np.arange(10 * S.rate_hz, dtype=np.float32)
    history.write_sound(sound)
    for _ in range(len(sound) // S.step):
        history.write_step(-20.0, 5, (0.0,) * 11)
    excerpt = history.excerpt(history.span_s[1])
    end = len(sound) // S.step * S.step
    assert np.array_equal(excerpt.sound, sound[end - len(excerpt.sound) : end])


class Busy:
    """Lets the writer go on between the copy of the sound and the look back."""

    def __init__(self, held: np.ndarray, meanwhile: Callable[[], None]) -> None:
        self._held, self._meanwhile = held, meanwhile

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        self._meanwhile()
        return np.asarray(self._held[rows])

    def __setitem__(self, row: int, value: float) -> None:
        self._held[row] = value


@pytest.mark.parametrize("meanwhile", ["more sound", "another connection"])
def test_a_copy_that_the_writer_came_past_is_refused(monkeypatch: pytest.MonkeyPatch, meanwhile: str) -> None:
    history = History(2.0, S, 2)
    sound = np.zeros(2 * S.rate_hz, np.float32)

    def write() -> None:
        history.write_sound(sound)
        for _ in range(len(sound) // S.step):
            history.write_step(-20.0, 5, (0.0,) * 11)

    write()
    early_s = history.span_s[0] + 1.0
    assert len(history.excerpt(early_s).sound)
    go_on = write if meanwhile == "more sound" else lambda: history.begin(10.0)
    monkeypatch.setattr(history, "_reference", Busy(history._reference, go_on))
    with pytest.raises(ExplainError, match="no longer kept"):
        history.excerpt(early_s)


def test_what_was_told_is_kept_in_letters(model: Model, playing: np.ndarray) -> None:
    history = History(20.0, S, model.contract.receptive_steps)
    history.begin(7.3)
    chain = Chain(model, Decision(), S.rate_hz, history)
    predictions = chain.push(np.concatenate([playing, np.zeros(6 * S.rate_hz, np.float32), playing]))
    from_s, told = history.told(0.5)
    oldest_s, newest_s = history.span_s
    assert from_s <= oldest_s < from_s + 0.5
    assert from_s % 0.5 == 0.0
    assert from_s + 0.5 * (len(told) - 1) <= newest_s <= from_s + 0.5 * len(told)
    assert "-" in told
    ends_s = from_s + 0.5 * np.arange(1, len(told) + 1)
    times_s = 7.3 + np.array([p.time_s for p in predictions])
    for letter, end_s in zip(told, ends_s, strict=True):
        last = predictions[int(np.searchsorted(times_s, end_s - 1e-9)) - 1]
        if last.state is TrustState.SILENT:
            assert letter == "-"
        else:
            assert letter == (last.label[0] if last.state is TrustState.UNSURE else last.label[0].upper())


def test_nothing_heard_is_told_as_nothing(model: Model) -> None:
    history = History(20.0, S, model.contract.receptive_steps)
    assert history.told(0.5) == (0.0, "")
    assert history.way(40) == []


def test_the_way_is_that_of_the_newest_predictions_with_playing(model: Model, playing: np.ndarray) -> None:
    history = History(20.0, S, model.contract.receptive_steps)
    chain = Chain(model, Decision(), S.rate_hz, history)
    predictions = chain.push(playing)
    way = [(p.valence, p.arousal) for p in predictions if p.state is not TrustState.SILENT]
    assert history.way(10) == [pytest.approx(place, abs=0.001) for place in way[-10:]]
    chain.push(np.zeros(3 * S.rate_hz, np.float32))
    assert history.way(5) == []


def test_the_newest_sound_comes_in_order_wherever_the_ring_begins_anew(model: Model) -> None:
    contract = model.contract
    front_end = contract.front_end
    history = History(3.0, front_end, contract.receptive_steps)
    with pytest.raises(ExplainError, match="no sound is kept"):
        history.recent(2.0)
    sound = np.arange(30 * front_end.step + 100, dtype=np.float32)
    history.begin(50.0)
    for step in range(30):
        history.write_sound(sound[step * front_end.step : (step + 1) * front_end.step])
        history.write_step(-20.0 - step, step, (0.0,) * len(MID_LEVEL))
    history.write_sound(sound[30 * front_end.step :])
    for seconds in (0.5, 2.0, 2.5, 1e9):
        kept, begin_s, end_s = history.recent(seconds)
        np.testing.assert_array_equal(kept, sound[len(sound) - len(kept) :])
        assert end_s == pytest.approx(50.0 + len(sound) / front_end.rate_hz)
        assert end_s - begin_s == pytest.approx(len(kept) / front_end.rate_hz)
        assert seconds == 1e9 or end_s - begin_s == pytest.approx(seconds, abs=0.1)
    references, windows = history.newest(3)
    assert (references.tolist(), windows.tolist()) == ([-47.0, -48.0, -49.0], [27, 28, 29])
