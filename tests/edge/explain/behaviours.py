"""Stand-ins for what explains, that do on purpose what the real one must never be trusted not to do."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.errors import ExplainError
from edge.explain.request import Request
from edge.history import Excerpt
from edge.model import Model

WARM_UP = 8
"""The samples by which the worker's own first question is known; that one is always answered."""


@dataclass
class Said:
    """As little as an explanation can be."""

    progress: float
    done: bool = False
    sounds: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {"sentence": f"so far {self.progress:g}", "progress": self.progress, "pid": os.getpid()}


def slow(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Yield ten refinements a second, as many as samples are asked for."""
    for k in range(request.samples if request.samples != WARM_UP else 0):
        yield Said(k / request.samples)
        time.sleep(0.1)
    yield Said(1.0, True, {"original": excerpt.sound})


def deaf(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Say something, then hold the interpreter's lock for a minute, as a library may."""
    yield Said(0.5)
    if request.samples != WARM_UP:
        ctypes.PyDLL(None).sleep(60)


def greedy(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Take as many megabytes as samples are asked for."""
    kept = []
    for k in range(request.samples):
        kept.append(np.ones(2**20, np.uint8))
        if k % 100 == 0:
            yield Said(k / request.samples)
    yield Said(1.0, True)


def crashing(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Die of a wild pointer."""
    yield Said(0.5)
    if request.samples != WARM_UP:
        ctypes.string_at(0)


def refusing(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Raise what a person may read for 100 samples, and what nobody may for others."""
    if request.samples == 100:
        raise ExplainError('sources "strings" need six channels')
    if request.samples != WARM_UP:
        raise KeyError("oops")
    yield Said(1.0, True)


def unable(excerpt: Excerpt, request: Request, model: Model) -> Iterator[Said]:
    """Not even the first question is answered."""
    raise OSError("no such library")
    yield
