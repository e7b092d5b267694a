"""How long an explanation takes, from an excerpt to its last version with sounds."""

from __future__ import annotations

import contextlib
import io
import time
from dataclasses import replace
from typing import Any

import numpy as np

from edge.explain.explainer import explain
from edge.explain.request import Request
from edge.history import Excerpt
from edge.model import Model

REQUESTS = {
    "local, 64 calls": Request(segments="onsets", method="local", samples=64),
    "local, 128 calls": Request(segments="onsets", method="local", samples=128),
    "lime, 1,000 calls": Request(segments="onsets", method="lime", samples=1000),
    "XMERApp: lime, 2,000 calls": Request(segments="musical", method="lime", samples=2000),
}
XMERAPP_MS = 27_000.0
"""XMERApp's own explanation of 2,000 samples on a machine of the same kind, its network and features included."""


def speed(model: Model, excerpt: Excerpt, repeats: int, lime_share: float = 1.0) -> dict[str, Any]:
    """Return for each request the least and the median time in ms, and the least processor time.

    "first" is the time to the first weights. The least of several is what the machine takes when nobody disturbs it.
    """
    found: dict[str, Any] = {}
    for name, asked in REQUESTS.items():
        request = asked
        if request.method == "lime":
            request = replace(request, samples=max(8, round(lime_share * request.samples)))
        rows = []
        for _ in range(repeats if request.method == "local" else max(1, repeats // 4)):
            begun, processor, first = time.perf_counter(), time.process_time(), None
            with contextlib.redirect_stderr(io.StringIO()):
                for answer in explain(excerpt, request, model):
                    if first is None and answer.estimate is not None:
                        first = time.perf_counter() - begun
            rows.append((time.perf_counter() - begun, time.process_time() - processor, first))
        wall, processor_s, first_s = np.array(rows, np.float64).T
        found[name] = {
            "least_ms": float(1000 * wall.min()),
            "median_ms": 1000 * float(np.median(wall)),
            "processor_ms": float(1000 * processor_s.min()),
            "first_ms": float(1000 * first_s.min()),
            "repeats": len(rows),
        }
    return found
