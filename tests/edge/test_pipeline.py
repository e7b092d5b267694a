"""The analysis thread on real sources: what it says, and when, while sound comes, stops and returns."""

import socket
import threading
import time

import numpy as np
import pytest

from edge.analysis import analyze
from edge.audio.file import DemoSource, FileSource
from edge.audio.udp import UdpSource
from edge.config import Decision
from edge.history import History
from edge.model import Model
from edge.pipeline import Pipeline
from edge.types import TrustState
from tests.edge.sounds import strings, write
from tests.ports import free_udp_port


@pytest.fixture(scope="module")
def model():
    return Model()


class Listener:
    """Collects what is published, with the time at which it came."""

    def __init__(self):
        self.heard = []
        self.stuck_calls = 0

    def __call__(self, prediction):
        self.heard.append((time.monotonic(), prediction))

    def stuck(self):
        self.stuck_calls += 1

    def states(self):
        return [p.state for _, p in self.heard]

    def wait_for(self, state, timeout_s=5.0, after=0):
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            for at, prediction in self.heard[after:]:
                if prediction.state is state:
                    return at
            time.sleep(0.01)
        raise AssertionError(f"no {state} in {timeout_s} s: {self.states()[-5:]}")


class Sender:
    """Sends sound over UDP in real time until it is stopped, as a Bela does."""

    def __init__(self, port, rate_hz=22050):
        self._sound, self._rate_hz, self._port = strings(20.0, rate_hz), rate_hz, port
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        block, started = 256, time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for start in range(0, len(self._sound), block):
                pcm = (self._sound[start : start + block] * 32767).astype("<i2").tobytes()
                udp.sendto(pcm, ("127.0.0.1", self._port))
                if self._stopping.wait(max(0.0, started + start / self._rate_hz - time.monotonic())):
                    return

    def stop(self):
        self._stopping.set()
        self._thread.join()
        return time.monotonic()


def test_a_lost_sender_is_said_within_a_second_and_comes_back_by_itself(model):
    port, listener = free_udp_port(), Listener()
    source = UdpSource(f"udp://127.0.0.1:{port}?rate=22050")
    pipeline = Pipeline(source, model, Decision(), listener, listener.stuck)
    pipeline.start()
    listener.wait_for(TrustState.LOST)  # nobody sends yet
    sender = Sender(port)
    time.sleep(1.0)
    assert listener.states()[-1].is_playing
    assert pipeline.status().note == ""
    count = len(listener.heard)
    stopped_at = sender.stop()
    assert listener.wait_for(TrustState.LOST, after=count) - stopped_at < 1.0
    assert "no sound arrives" in pipeline.status().note
    count = len(listener.heard)
    time.sleep(0.6)
    assert len(listener.heard) - count >= 2  # goes on saying so
    lost = listener.heard[-1][1]
    again = Sender(port)
    time.sleep(1.0)
    again.stop()
    assert listener.heard[-1][1].time_s > lost.time_s
    pipeline.close()
    assert not pipeline.is_running
    assert listener.stuck_calls == 0


def test_a_source_that_cannot_open_is_lost_and_tried_again(model):
    port, listener = free_udp_port(), Listener()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        pipeline = Pipeline(
            UdpSource(f"udp://127.0.0.1:{port}?rate=22050"), model, Decision(), listener, listener.stuck
        )
        pipeline.start()
        listener.wait_for(TrustState.LOST)
        assert "choose another port" in pipeline.status().note
    sender = Sender(port)
    listener.wait_for(TrustState.LIVE)
    sender.stop()
    pipeline.close()


def test_a_file_played_live_gives_what_analyze_gives(tmp_path, model):
    path = write(tmp_path / "take.wav", strings(4.0, 48000), 48000, channels=2)
    listener = Listener()
    pipeline = Pipeline(FileSource(path), model, Decision(), listener, listener.stuck)
    pipeline.start()
    listener.wait_for(TrustState.LOST, 10.0)  # it has ended
    assert "played to its end" in pipeline.status().note
    pipeline.close()
    live = [p for _, p in listener.heard if p.state is not TrustState.LOST]
    document = analyze(path, model, Decision()).document
    assert len(live) == len(document["predictions"])
    for a, b in zip(live, document["predictions"], strict=True):
        a = a.to_dict()
        assert (a["time_s"], a["state"], a["label"]) == (b["time_s"], b["state"], b["label"])
        np.testing.assert_allclose(list(a["probabilities"].values()), list(b["probabilities"].values()), atol=1e-5)


def test_sound_is_spoken_of_soon_after_it_came(model):
    port, listener = free_udp_port(), Listener()
    pipeline = Pipeline(UdpSource(f"udp://127.0.0.1:{port}?rate=22050"), model, Decision(), listener, listener.stuck)
    pipeline.start()
    sender = Sender(port)
    time.sleep(3.0)
    sender.stop()
    pipeline.close()
    ages = [at - p.heard_at for at, p in listener.heard if p.state.is_playing]
    assert len(ages) > 20
    assert np.median(ages) < 0.03
    assert min(ages) > 0


def test_it_goes_over_to_a_source_that_appears(model, monkeypatch):
    monkeypatch.setattr("edge.pipeline.ASK_S", 0.2)
    port, listener, plugged = free_udp_port(), Listener(), threading.Event()
    later = UdpSource(f"udp://127.0.0.1:{port}?rate=22050")
    demo = DemoSource()
    history = History(10.0, model.contract.front_end, model.contract.receptive_steps)
    pipeline = Pipeline(
        demo,
        model,
        Decision(),
        listener,
        listener.stuck,
        instead=lambda: later if plugged.is_set() else None,
        history=history,
    )
    pipeline.start()
    time.sleep(1.0)
    assert pipeline.status().kind == "demo"
    heard_s = listener.heard[-1][1].time_s
    plugged.set()
    sender = Sender(port)
    time.sleep(1.5)
    sender.stop()
    assert pipeline.status().kind == "udp"
    assert not demo.is_open
    assert listener.heard[-1][1].time_s > heard_s
    pipeline.close()
    # the moments that can be explained are those of the new source, in the time that predictions tell
    newest = listener.heard[-1][1]
    assert history.span_s[0] > heard_s
    assert history.span_s[1] == pytest.approx(newest.time_s, abs=0.01)
    np.testing.assert_allclose(history.excerpt(newest.time_s).usual[-1], newest.mid_level, atol=1e-5)


def test_an_unforeseen_fault_asks_for_a_new_process(tmp_path, model, caplog):
    path = write(tmp_path / "take.wav", strings(1.0))
    listener = Listener()

    def fail(_prediction):
        raise ValueError("unforeseen")

    pipeline = Pipeline(FileSource(path), model, Decision(), fail, listener.stuck)
    pipeline.start()
    until = time.monotonic() + 5
    while not listener.stuck_calls and time.monotonic() < until:
        time.sleep(0.01)
    pipeline.close()
    assert listener.stuck_calls == 1
    assert "the analysis failed" in caplog.text
