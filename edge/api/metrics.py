"""What Prometheus asks for, in its text format; everything is read at that moment, so it costs nothing otherwise."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, Response

from edge import __version__
from edge.api.live import LiveStreams
from edge.api.openapi import documented
from edge.api.permission import guests_may
from edge.types import Prediction, TrustState

Sample = tuple[Mapping[str, str], float]
"""Labels and value."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_OUTPUT_STATES = ("off", "ok", "retrying")
_THERMAL = Path("/sys/class/thermal")


def install(app: Flask, streams: LiveStreams) -> None:
    """Add the address to `app`."""

    @app.get("/metrics")
    @documented(answers={200: "text/plain"})
    @guests_may
    def metrics() -> Response:
        """What a monitor wants to know, in the text format of Prometheus."""
        page = Page()
        of_process(page)
        of_service(page, streams.status())
        of_predictions(page, streams.broadcast.count, streams.broadcast.last)
        page.histogram(
            "affetto_live_latency_seconds", "From the newest sample to a page's socket", streams.latency.snapshot()
        )
        return Response(page.text(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


class Page:
    """Collects metrics, and writes them as Prometheus reads them (exposition format 0.0.4)."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def gauge(self, name: str, means: str, value: float, **labels: str) -> None:
        self.many("gauge", name, means, [(labels, value)])

    def counter(self, name: str, means: str, value: float, **labels: str) -> None:
        self.many("counter", name, means, [(labels, value)])

    def many(self, kind: str, name: str, means: str, samples: Sequence[Sample]) -> None:
        """Add one metric with a value for each set of labels; nothing where there are none."""
        if samples:
            self._lines += [f"# HELP {name} {means}", f"# TYPE {name} {kind}"]
            self._lines += [_sample(name, labels, value) for labels, value in samples]

    def histogram(self, name: str, means: str, snapshot: tuple[list[tuple[float, int]], float]) -> None:
        buckets, total = snapshot
        self._lines += [f"# HELP {name} {means}", f"# TYPE {name} histogram"]
        self._lines += [_sample(f"{name}_bucket", {"le": _number(bound)}, count) for bound, count in buckets]
        self._lines += [_sample(f"{name}_sum", {}, total), _sample(f"{name}_count", {}, buckets[-1][1])]

    def text(self) -> str:
        return "\n".join([*self._lines, ""])


def of_predictions(page: Page, count: int, last: Prediction | None) -> None:
    page.counter("affetto_predictions_total", "Predictions since the start", count)
    if last is None:
        return
    states = [({"state": str(state)}, float(last.state is state)) for state in TrustState]
    page.many("gauge", "affetto_state", "1 for the trust state of the newest prediction", states)
    page.gauge("affetto_input_level_dbfs", "Input level of the newest step", last.level_dbfs)
    page.gauge("affetto_input_clipped", "1 while the input reaches full scale", last.clipped)


def of_service(page: Page, status: Mapping[str, Any]) -> None:
    """Add what the service says of itself; see `edge.app.Service.status`."""
    source, streams = status["source"], status["streams"]
    model = {f"model_{key}": status["model"].get(key, "") for key in ("name", "version")}
    page.gauge("affetto_info", "Always 1; the labels tell the versions", 1, version=__version__, **model)
    page.gauge("affetto_uptime_seconds", "Since the service started", status["uptime_s"])
    page.gauge("affetto_source_open", "1 while sound can come in", source["open"], kind=source["kind"])
    page.counter("affetto_audio_frames_total", "Frames since the source was opened", source.get("frames", 0))
    page.counter("affetto_audio_overflows_total", "Blocks that the driver lost", source["overflows"])
    page.counter("affetto_audio_overruns_total", "Times that unread sound was overwritten", source["overruns"])
    page.gauge("affetto_streams", "Pages that follow live", streams["open"])
    page.gauge("affetto_streams_limit", "Pages that may", streams["limit"])
    outputs = status["outputs"]
    sent = [({"output": output["name"]}, output["sent"]) for output in outputs]
    page.many("counter", "affetto_output_sent_total", "Values sent", sent)
    errors = [({"output": output["name"]}, output.get("errors", 0)) for output in outputs]
    page.many("counter", "affetto_output_errors_total", "Times that an output failed", errors)
    states = [({"output": output["name"], "state": state}, float(output["state"] == state))
              for output in outputs for state in _OUTPUT_STATES]  # fmt: skip
    page.many("gauge", "affetto_output_state", "1 for the state that an output is in", states)
    if explanations := status.get("explanations"):
        page.gauge("affetto_explanations_waiting", "Questions that wait", explanations["waiting"])
        page.gauge("affetto_explainer_ready", "1 while moments can be explained",
                   explanations["state"] in ("ready", "busy"))  # fmt: skip
        page.gauge("affetto_explainer_resident_bytes", "Memory of the process that explains",
                   explanations["resident_mb"] * 1e6)  # fmt: skip
        over = [({"state": state}, count) for state, count in explanations.get("over", {}).items()]
        page.many("counter", "affetto_explanations_total", "Questions that are over, by how they ended", over)
    if takes := status.get("takes"):
        page.gauge("affetto_recording_seconds", "Length of the recording that runs", takes["recorded_s"])
        page.gauge("affetto_recording_lost_seconds", "Sound that it lacks", takes["lost_s"])
        page.gauge("affetto_takes_free_bytes", "Room on the disk of the takes", takes["free_mb"] * 1e6)


def of_process(page: Page) -> None:
    """Add what the system says of this process, and of its threads by name."""
    times = os.times()
    page.counter("process_cpu_seconds_total", "CPU time of this process", times.user + times.system)
    threads = list(_thread_seconds())
    page.many("counter", "affetto_thread_cpu_seconds_total",
              "CPU time by thread; `analysis` computes features, network and decision", threads)  # fmt: skip
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        page.gauge("process_resident_memory_bytes", "Memory of this process", pages * os.sysconf("SC_PAGE_SIZE"))
        page.gauge("process_open_fds", "Open files and sockets", len(os.listdir("/proc/self/fd")))
    page.gauge("process_threads", "Threads of this process", threading.active_count())
    page.many("gauge", "affetto_temperature_celsius", "Temperature of the board, by sensor", list(_temperatures()))


def _thread_seconds() -> Iterator[Sample]:
    per_second = os.sysconf("SC_CLK_TCK")
    seconds: dict[str, float] = {}
    for thread in threading.enumerate():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name may hold spaces and parentheses; what follows it does not (proc(5))
            fields = Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()
            name = thread.name.partition("-")[0]
            seconds[name] = seconds.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / per_second
    yield from (({"thread": name}, value) for name, value in sorted(seconds.items()))


def _temperatures() -> Iterator[Sample]:
    for zone in sorted(_THERMAL.glob("thermal_zone*")):
        with contextlib.suppress(OSError, ValueError):
            yield {"sensor": (zone / "type").read_text().strip()}, int((zone / "temp").read_text()) / 1000


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {_number(value)}" if labels else f"{name} {_number(value)}"


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(round(float(value), 6)).removesuffix(".0")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
