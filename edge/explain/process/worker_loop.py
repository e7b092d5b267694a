"""What the process that explains does all day: one job at a time, and an ear for being told to stop.

Once it is ready (see `edge.explain.process.worker`), both sides say:

in    ("explain", job, excerpt, request), ("cancel", job)
out   ("ready",), ("unable", line), ("picture", job, picture), ("explanation", job, fraction, json),
      ("done", job, json, sounds), ("failed", job, line), ("cancelled", job), ("spent", job, line)

`json` is an explanation in its published form, `sounds` maps names to WAV files; both are bytes, so the service keeps
and hands on what it need not understand. After "spent" the process ends, since memory ran out in it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import os
import queue
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from edge.errors import AffettoError
from edge.explain.request import Request
from edge.explain.sound.spectrogram import Spectrogram
from edge.explain.told.spectrogram_png import spectrogram_png
from edge.history import Excerpt
from edge.model import Model
from edge.types import MID_LEVEL

_WARM_UP_SAMPLES = 8


class Worker:
    """Runs what explains, and sends everything it yields at once.

    Parameters
    ----------
    connection : Connection
    model_file : str
        "" for the model that comes with Affetto.
    explain : str
        "module:function"; called with excerpt, request and model, it yields explanations.
    """

    def __init__(self, connection: Connection[Any, Any], model_file: str, explain: str) -> None:
        module, _, function = explain.partition(":")
        self._explain = getattr(importlib.import_module(module), function)
        self._model = Model(model_file)
        self._connection = connection
        self._jobs: queue.SimpleQueue[tuple[str, Excerpt, Request]] = queue.SimpleQueue()
        self._cancelled = ""

    def warm_up(self) -> None:
        """Explain a little noise, so that the first question finds everything imported and compiled."""
        front_end = self._model.contract.front_end
        steps = round(2 * front_end.steps_per_second)
        noise = np.random.default_rng(0).normal(0.0, 0.05, steps * front_end.step).astype(np.float32)
        mid_level = np.zeros((1, len(MID_LEVEL)), np.float32)
        excerpt = Excerpt(noise, np.full(steps, -26.0, np.float32), steps // 2, 2.0, mid_level)
        for _ in self._explain(excerpt, Request(samples=_WARM_UP_SAMPLES), self._model):
            pass
        _give_memory_back()

    def serve(self) -> None:
        """Take jobs one after the other; returns when memory ran out."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            job, excerpt, request = self._jobs.get()
            try:
                self._connection.send(self._run(job, excerpt, request))
            except MemoryError:
                line = "it needs too much memory; ask for fewer samples, or set explain.memory_mb higher"
                self._connection.send(("spent", job, line))
                return
            _give_memory_back()

    def _run(self, job: str, excerpt: Excerpt, request: Request) -> tuple[Any, ...]:
        """Return the message that ends the job."""
        try:
            spectrogram = Spectrogram(excerpt, self._model.contract.front_end)
            self._connection.send(("picture", job, spectrogram_png(spectrogram)))
            document, sounds = b"null", {}
            for explanation in self._explain(excerpt, request, self._model):
                if self._cancelled == job:
                    return "cancelled", job
                sounds = {f"{name}.wav": self._wav(sound) for name, sound in explanation.sounds.items()}
                audio = {name: f"{name}.wav" for name in explanation.sounds}
                document = msgspec.json.encode({**explanation.to_dict(), "audio": audio})
                if not explanation.done:
                    self._connection.send(("explanation", job, float(explanation.progress), document))
            return "done", job, document, sounds
        except AffettoError as error:
            return "failed", job, str(error)
        except MemoryError:
            raise
        except Exception as error:
            # onnxruntime has no exception of its own for this
            if "bad_alloc" in str(error) or "allocate memory" in str(error):
                raise MemoryError from None
            traceback.print_exc()
            return "failed", job, f"something went wrong inside ({type(error).__name__}); the log says what"

    def _listen(self) -> None:
        """Take messages, also while a job runs; when the service is gone, so is this process."""
        while True:
            try:
                kind, job, *rest = self._connection.recv()
            except (EOFError, OSError):
                os._exit(0)
            if kind == "explain":
                self._jobs.put((job, *rest))
            else:
                self._cancelled = job

    def _wav(self, sound: NDArray[np.float32]) -> bytes:
        file = io.BytesIO()
        soundfile.write(file, sound, self._model.contract.front_end.rate_hz, format="WAV", subtype="PCM_16")
        return file.getvalue()


def _give_memory_back() -> None:
    with contextlib.suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).malloc_trim(0)
