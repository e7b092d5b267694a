"""What a monitor is told, read by Prometheus' own parser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.api import Server
from edge.api.histogram import Histogram
from edge.api.metrics import Page
from edge.mailbox import Broadcast
from edge.types import Prediction
from tests.edge.api.client import follow, get, request, wait_until
from tests.edge.api.playing import Player, prediction
from tests.edge.service import running

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    read: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in read
            read[key] = sample.value
    return read


def told(server: Server) -> dict[str, float]:
    """Return the metrics that have no labels, and those with one by name/value."""
    code, headers, body = get(server.port, "/metrics")
    assert (code, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return {
        "/".join([name, *(v for _, v in sorted(labels))]): v for (name, labels), v in samples(body.decode()).items()
    }


def test_before_the_first_sound_there_is_no_level(server: Server) -> None:
    metrics = told(server)
    assert metrics["affetto_predictions_total"] == 0
    assert "affetto_input_level_dbfs" not in metrics


def test_the_service_its_outputs_and_its_pages(server: Server, broadcast: Broadcast[Prediction]) -> None:
    for _ in range(7):
        broadcast.publish(replace(prediction(), level_dbfs=-12.5, clipped=True))
    with request(server.port, "/api/live") as page:
        next(follow(page, 2))
        metrics = told(server)
    assert metrics["affetto_predictions_total"] == 7
    assert (metrics["affetto_input_level_dbfs"], metrics["affetto_input_clipped"]) == (-12.5, 1)
    assert (metrics["affetto_state/live"], metrics["affetto_state/lost"]) == (1, 0)
    assert (metrics["affetto_streams"], metrics["affetto_streams_limit"]) == (1, 2)
    assert (metrics["affetto_output_sent_total/osc"], metrics["affetto_output_state/midi/retrying"]) == (123, 1)
    assert metrics["affetto_output_errors_total/midi"] == 0
    assert metrics["process_resident_memory_bytes"] == pytest.approx(
        int(Path("/proc/self/statm").read_text().split()[1]) * 4096, rel=0.2
    )
    assert metrics["process_cpu_seconds_total"] > 0


def test_how_late_pages_hear(server: Server, player: Player) -> None:
    with request(server.port, "/api/live") as page:
        heard = [event for event in follow(page, 1.0) if event.name == "prediction"]
    metrics = told(server)
    # the last may be on its way when the page leaves
    assert 0 <= metrics["affetto_live_latency_seconds_count"] - len(heard) <= 2
    assert metrics["affetto_live_latency_seconds_bucket/+Inf"] == metrics["affetto_live_latency_seconds_count"]
    assert 0 < metrics["affetto_live_latency_seconds_sum"] / len(heard) < 0.2


def test_a_histogram_counts_each_value_in_all_buckets_above_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 99.0):
        histogram.add(value)
    assert histogram.snapshot() == ([(1.0, 2), (2.0, 3), (float("inf"), 4)], 102.0)


def test_names_with_quotes_and_lines_come_through() -> None:
    page = Page()
    name = 'a "port"\nof\\mine'
    page.many("counter", "affetto_output_sent_total", "Values sent", [({"output": name}, 3)])
    page.many("counter", "affetto_output_errors_total", "Times that it failed", [])
    assert samples(page.text()) == {("affetto_output_sent_total", frozenset({("output", name)})): 3}


def test_the_real_service_counts_its_work(tmp_path: Path) -> None:
    with running(tmp_path, "--input", "demo", "--osc", "127.0.0.1:9") as service:
        service.wait_until_healthy()
        server = type("Port", (), {"port": service.port})
        growing = ("affetto_predictions_total", "affetto_audio_frames_total", "affetto_output_sent_total/OSC")
        first = told(server)
        wait_until(lambda: all(told(server)[name] > max(first[name], 1) for name in growing), 10)
        second = told(server)
        assert second["affetto_thread_cpu_seconds_total/analysis"] > 0
        assert 20e6 < second["process_resident_memory_bytes"] < 200e6
        assert second["affetto_explanations_waiting"] == 0
        assert "affetto_takes_free_bytes" in second
