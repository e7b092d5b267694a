"""The figures that must hold on any machine; `make bench` prints all of them."""

import statistics

import numpy as np

from tests.bench import cost, explaining, latency, service, soak


def test_streaming_is_many_times_cheaper_than_computing_each_window_anew():
    # a guard against relapses; `make bench` prints the figure, which is larger and depends on the machine
    times = cost.measure(seconds=5.0, rounds=3)
    assert times["librosa + ONNX"] / times["streaming"] >= 7.0


def test_the_service_is_small_and_starts_at_once():
    assert service.measure_load(seconds=5.0)["rss_mb"] < 120.0
    assert statistics.median(service.measure_start(3)) < 2.0


def test_osc_leaves_soon_after_the_sound_came():
    latencies_ms = latency.measure(8.0) * 1000
    assert len(latencies_ms) > 50
    assert np.median(latencies_ms) < 10.0


def test_no_frame_is_lost_through_jack():
    figures = soak.soak(20.0, period_s=4.0)
    assert figures["frames_lost"] == 0
    assert figures["overruns"] == 0
    assert figures["frames_received"] > 20 * 48000


def test_explanations_back_to_back_cost_the_live_path_no_block():
    _alone, _beside, load = explaining.measure(12.0)
    assert load.answered >= 5
    assert load.notes == []
    assert (load.overruns, load.overflows) == (0, 0)
    assert load.peak_rss_mb < 350
