"""What holds for every output, shown with one that writes down what it is asked to do."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs import base
from edge.outputs.base import Output, one_line
from edge.types import Prediction, TrustState
from tests.edge.outputs.helpers import prediction, stays, wait_until


class Recorder(Output):
    """Remembers its calls with their times; `faults` maps a call's name to what it shall do instead."""

    def __init__(self, predictions: Broadcast[Prediction], rate_hz: float = 50.0, refresh_s: float = 10.0) -> None:
        super().__init__("recorder", predictions, rate_hz=rate_hz, refresh_s=refresh_s)
        self.calls: list[tuple[float, str, Prediction | None]] = []
        self.faults: dict[str, Callable[[], None]] = {}

    def _called(self, name: str, value: Prediction | None = None) -> None:
        self.calls.append((time.monotonic(), name, value))
        self.faults.get(name, lambda: None)()

    def _open(self) -> None:
        self._called("open")

    def _send(self, prediction: Prediction) -> None:
        self._called("send", prediction)

    def _refresh(self, prediction: Prediction) -> None:
        self._called("refresh", prediction)

    def _close(self) -> None:
        self._called("close")

    def names(self) -> list[str]:
        return [name for _, name, _ in self.calls]

    def sent(self) -> list[Prediction]:
        return [value for _, name, value in list(self.calls) if name == "send" and value is not None]

    def times(self, name: str) -> list[float]:
        return [at for at, called, _ in self.calls if called == name]


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def recorder(predictions: Broadcast[Prediction], closing: ExitStack) -> Recorder:
    made = Recorder(predictions)
    closing.callback(made.close)
    return made


def fail(error: BaseException) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def test_life_from_off_to_off(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    assert recorder.status().state == "off"
    recorder.start()
    wait_until(lambda: recorder.status().state == "ok")
    predictions.publish(prediction())
    wait_until(lambda: prediction() in recorder.sent())
    assert recorder.status().sent == 2  # that there is nothing yet, and the value
    recorder.close()
    recorder.close()
    assert recorder.status().state == "off"
    assert recorder.names() == ["open", "send", "send", "close"]
    assert len(predictions) == 0
    assert all(thread.name != "recorder" for thread in threading.enumerate())


def test_starts_only_once(recorder: Recorder) -> None:
    recorder.start()
    with pytest.raises(RuntimeError, match="recorder"):
        recorder.start()


def test_close_without_start_then_start_is_refused(recorder: Recorder) -> None:
    recorder.close()
    with pytest.raises(RuntimeError):
        recorder.start()


def test_before_the_first_value_nothing_looks_live(recorder: Recorder) -> None:
    recorder.start()
    wait_until(recorder.sent)
    assert recorder.sent()[0].state is TrustState.STALE
    assert recorder.sent()[0].label == ""


def test_newest_wins_and_the_pace_is_kept(predictions: Broadcast[Prediction], closing: ExitStack) -> None:
    slow = Recorder(predictions, rate_hz=10.0)
    closing.callback(slow.close)
    slow.start()
    for k in range(100):
        predictions.publish(prediction(time_s=float(k)))
        time.sleep(0.01)
    wait_until(lambda: slow.sent()[-1].time_s == 99)
    times = slow.times("send")
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.09
    assert len(times) >= 6
    shown = [value.time_s for value in slow.sent()]
    assert shown == sorted(shown)


def test_a_value_goes_out_at_once_when_the_pace_allows(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    recorder.start()
    wait_until(recorder.sent)
    delays = []
    for k in range(20):
        time.sleep(0.03)
        start = time.monotonic()
        predictions.publish(prediction(time_s=k + 1.0))
        wait_until(lambda k=k: recorder.sent()[-1].time_s == k + 1)
        delays.append(recorder.times("send")[-1] - start)
    assert sorted(delays)[10] < 0.02


def test_without_new_values_the_last_becomes_stale(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    recorder.start()
    wait_until(recorder.sent)
    start = time.monotonic()
    predictions.publish(prediction())
    wait_until(lambda: recorder.sent()[-1].state is TrustState.LIVE)
    wait_until(lambda: recorder.sent()[-1].state is TrustState.STALE)
    assert 0.99 < recorder.times("send")[-1] - start < 1.5
    assert recorder.sent()[-1].label == "happy"
    predictions.publish(prediction())
    wait_until(lambda: recorder.sent()[-1].state is TrustState.LIVE)


def test_a_value_is_as_old_as_its_sound(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    recorder.start()
    wait_until(recorder.sent)
    heard_at = time.monotonic() - 0.7
    predictions.publish(replace(prediction(), heard_at=heard_at))
    wait_until(lambda: recorder.sent()[-1].state is TrustState.LIVE)
    wait_until(lambda: recorder.sent()[-1].state is TrustState.STALE)
    assert 0.99 < recorder.times("send")[-1] - heard_at < 1.5


def test_a_slow_pace_does_not_keep_an_old_value_live(predictions: Broadcast[Prediction], closing: ExitStack) -> None:
    rare = Recorder(predictions, rate_hz=0.5)
    closing.callback(rare.close)
    rare.start()
    wait_until(rare.sent)
    while rare.sent()[-1].state is not TrustState.LIVE:
        predictions.publish(prediction())
        time.sleep(0.02)
    live_at = rare.times("send")[-1]
    wait_until(lambda: rare.sent()[-1].state is TrustState.STALE)
    assert rare.times("send")[-1] - live_at < 1.5  # its own pace would have been two seconds


def test_lost_stays_lost(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    recorder.start()
    predictions.publish(prediction(state=TrustState.LOST))
    wait_until(lambda: recorder.sent() and recorder.sent()[-1].state is TrustState.LOST)
    assert stays(lambda: recorder.sent()[-1].state is TrustState.LOST, 1.3)


def test_refresh_comes_when_nothing_is_sent(predictions: Broadcast[Prediction], closing: ExitStack) -> None:
    busy = Recorder(predictions, refresh_s=0.1)
    closing.callback(busy.close)
    busy.start()
    wait_until(lambda: len(busy.times("refresh")) >= 5)
    times = busy.times("refresh")
    assert 0.09 < (times[4] - times[0]) / 4 < 0.2


def test_back_off_doubles_and_ends_with_success(predictions: Broadcast[Prediction], recorder: Recorder) -> None:
    recorder.faults["open"] = fail(OutputError("/dev/light: no such light; plug it in"))
    recorder.start()
    wait_until(lambda: len(recorder.times("open")) == 3)
    opened = recorder.times("open")
    waits = [b - a for a, b in itertools.pairwise(opened)]
    for wait, expected in zip(waits, (0.25, 0.5), strict=True):
        assert expected <= wait < expected + 0.3
    status = recorder.status()
    assert (status.state, status.note) == ("retrying", "/dev/light: no such light; plug it in")
    assert recorder.names()[:2] == ["open", "close"]  # half-opened things are closed too
    del recorder.faults["open"]
    recorder._retry_s = base.LAST_RETRY_S
    wait_until(lambda: recorder.status().state == "ok")
    wait_until(recorder.sent)
    assert recorder._retry_s == base.FIRST_RETRY_S


def test_back_off_is_never_longer_than_two_seconds(recorder: Recorder) -> None:
    mailbox = recorder._predictions.subscribe()
    recorder._stopping.set()  # so that no time is spent
    waits = []
    for _ in range(8):
        waits.append(recorder._retry_s)
        recorder._wait_for_retry(mailbox)
    assert waits == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("where", "error"),
    [("open", OSError(19, "No such device")), ("send", ZeroDivisionError("driver")), ("close", MemoryError())],
)
def test_whatever_a_driver_raises_the_thread_goes_on(
    predictions: Broadcast[Prediction], recorder: Recorder, where: str, error: Exception
) -> None:
    recorder.faults = {where: fail(error), "send": fail(error)}
    recorder.start()
    wait_until(lambda: len(recorder.times("open")) >= 2)
    assert recorder.status().state == "retrying"
    assert "\n" not in recorder.status().note
    recorder.faults = {}
    predictions.publish(prediction())
    wait_until(lambda: prediction() in recorder.sent())
    assert recorder.status().state == "ok"


def test_a_value_ages_while_the_output_is_away(
    predictions: Broadcast[Prediction], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "FIRST_RETRY_S", 1.3)
    recorder._retry_s = 1.3
    recorder.faults["open"] = fail(OSError(5, "Input/output error"))
    recorder.start()
    wait_until(lambda: recorder.times("close"))
    predictions.publish(prediction())
    recorder.faults = {}
    wait_until(recorder.sent)
    assert recorder.sent()[0].label == "happy"
    assert recorder.sent()[0].state is TrustState.STALE


def test_a_stuck_output_delays_only_itself(
    predictions: Broadcast[Prediction], recorder: Recorder, closing: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "JOIN_LIMIT_S", 0.3)
    release = threading.Event()
    stuck = Recorder(predictions)
    stuck.faults["send"] = lambda: release.wait(30) and None
    closing.callback(release.set)
    stuck.start()
    recorder.start()
    wait_until(lambda: stuck.sent() and recorder.sent())
    slowest = 0.0
    for k in range(50):
        start = time.monotonic()
        predictions.publish(prediction(time_s=k + 1.0))
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.005)
    wait_until(lambda: recorder.sent()[-1].time_s == 50)
    assert slowest < 0.1
    start = time.monotonic()
    stuck.close()
    assert time.monotonic() - start < 1.0
    assert "left behind" in stuck.status().note


def test_a_slow_driver_does_not_make_a_waiting_value_look_old(
    predictions: Broadcast[Prediction], recorder: Recorder
) -> None:
    recorder.start()
    wait_until(recorder.sent)
    recorder.faults["send"] = lambda: time.sleep(1.2)
    predictions.publish(prediction(time_s=1.0))
    wait_until(lambda: len(recorder.sent()) == 2)
    predictions.publish(prediction(time_s=2.0))
    wait_until(lambda: len(recorder.sent()) == 3)
    assert recorder.sent()[-1] == prediction(time_s=2.0)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OutputError("/dev/x: gone"), "/dev/x: gone"),
        (FileNotFoundError(2, "No such file or directory", "/dev/x"), "/dev/x: No such file or directory"),
        (OSError("plain"), "plain"),
        (ValueError("two\nlines"), "ValueError: two lines"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_an_error_is_one_line(error: Exception, line: str) -> None:
    assert one_line(error) == line
