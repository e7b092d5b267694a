"""The service's side of the processes that look at uploads, analyse them and write exports."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.config import Decision
from edge.errors import AffettoError, AudioError, TakesError
from edge.takes import upload
from edge.takes.arrival import Arrival, Sound
from edge.takes.library import Library
from edge.takes.take import BusyError, Take, TakeState

log = logging.getLogger(__name__)

MOST_WAITING = 4
MOST_EXPORTS = 2
"""Each takes one of the server's threads as long as it lasts."""

_UNKNOWN = "could not be worked on; the log says why"
_PIECE = 1 << 15
_END_S = 2.0
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


class Work:
    """Analyses what was uploaded, one file after the other, and hands out exports.

    Parameters
    ----------
    library : Library
    decision : Decision
    model_file : str
        "" for the model that comes with Affetto.
    model : dict
        What the model says of itself.
    """

    def __init__(self, library: Library, decision: Decision, model_file: str, model: dict[str, Any]) -> None:
        self._library, self._decision, self._model_file, self._model = library, decision, model_file, model
        self._waiting: queue.SimpleQueue[tuple[Take, int] | None] = queue.SimpleQueue()
        self._exports = threading.BoundedSemaphore(MOST_EXPORTS)
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._ending = threading.Event()
        self._now, self._progress = "", 0.0
        self._thread = threading.Thread(target=self._run, name="takes-uploads", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End everything at once; an upload that is not analysed yet is removed at the next start."""
        self._ending.set()
        self._waiting.put(None)
        for process in tuple(self._processes):
            process.kill()
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def decide_by(self, decision: Decision) -> None:
        """Analyse what is uploaded from now on by other settings."""
        self._decision = decision

    def status(self) -> dict[str, Any]:
        """Return which take is analysed, how far it is (0 to 1), and how many wait."""
        return {"analysing": self._now, "progress": round(self._progress, 3), "waiting": self._waiting.qsize()}

    # -- uploads

    def check_free(self) -> None:
        """Raise a BusyError when as many files wait as may wait."""
        if self._waiting.qsize() >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} files wait to be analysed; send it when one of them is done")

    def add(self, file: Path, name: str) -> Take:
        """Make a take of a received file, which is moved away, and analyse it soon.

        Raises
        ------
        AudioError
            It can be none.
        TakesError
        """
        sound = self._check(file, name)
        seconds = sound.frames / sound.rate_hz
        # FLAC takes two bytes for one of 24 bits at most, unless it is noise
        self._library.make_room(seconds / 60, sound.frames * sound.channels * 2 / 1e6)
        take = self._library.new("uploaded", TakeState.ANALYSING, Path(name).stem, duration_s=round(seconds, 3))
        try:
            file.rename(self._library.folder_of(take) / upload.FILE)
        except OSError as error:
            self._library.discard(take.id)
            raise TakesError(f"{name}: cannot be kept ({error.strerror})") from None
        self._waiting.put((take, sound.frames))
        return take

    def _check(self, file: Path, name: str) -> Sound:
        """Let a process of its own read what a stranger may have written: it may crash."""
        with self._process("check", Arrival(str(file), name, self._library.settings.most_minutes * 60)) as process:
            assert process.stdout is not None
            found = process.stdout.read()
            complaint = _complaint(process)
        if complaint:
            raise AudioError(f"{name}: cannot be read; save it again as WAV" if complaint == _UNKNOWN else complaint)
        return msgspec.json.decode(found, type=Sound)

    def _run(self) -> None:
        while not self._ending.is_set():
            job = self._waiting.get()
            if job is None or self._ending.is_set():
                return
            take, frames = job
            self._now, self._progress = take.id, 0.0
            try:
                self._analyse(take, frames)
            except Exception as error:
                if not isinstance(error, AffettoError | OSError):
                    log.exception("an upload could not be analysed")
                self._failed(take, str(error) or "could not be analysed; the log says why")
            finally:
                self._now = ""

    def _analyse(self, take: Take, frames: int) -> None:
        folder = self._library.folder_of(take)
        request = upload.Upload(
            str(folder), take.name, self._library.settings.most_minutes * 60, self._model_file, self._decision
        )
        with self._process("analyse", request) as process:
            assert process.stdout is not None
            done = 0
            for line in process.stdout:
                done += int(line)
                self._progress = min(1.0, done / frames)
            complaint = _complaint(process)
        if self._ending.is_set():
            return
        (folder / upload.FILE).unlink(missing_ok=True)
        if complaint:
            raise TakesError(complaint)
        self._library.finish(take.id, self._model)

    def _failed(self, take: Take, line: str) -> None:
        log.warning("takes: %s", line)
        with contextlib.suppress(TakesError, OSError):
            folder = self._library.folder_of(take)
            for file in folder.iterdir():
                if file.name != "take.json":
                    file.unlink()
            self._library.change(take.id, state=TakeState.FAILED, note=line, duration_s=0.0)

    # -- exports

    def export(self, take: Take, format: str) -> Export:
        """Return a take in one of `export.FORMATS`, in pieces. Whoever gets it must use it up or close it.

        Raises
        ------
        BusyError
            Too many are on their way.
        """
        return self._export("export", (str(self._library.folder_of(take)), format, take), take.name)

    def export_all(self) -> Export:
        """As `export`, of all takes in one ZIP."""
        ids = [take.id for take in self._library.all()]
        return self._export("export-all", (str(self._library.folder), ids), "all takes")

    def _export(self, what: str, request: Any, name: str) -> Export:
        if not self._exports.acquire(blocking=False):
            raise BusyError(f"{MOST_EXPORTS} exports are on their way; ask again when one of them is done")
        return Export(self, what, request, name)

    def give_back(self) -> None:
        self._exports.release()

    @contextlib.contextmanager
    def _process(self, what: str, request: Any) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            # -P: what lies in the working directory is not ours
            [sys.executable, "-P", "-m", "edge.takes.worker", str(os.getpid()), what,
             msgspec.json.encode(request).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **_ENVIRONMENT},
        )  # fmt: skip
        self._processes.add(process)
        try:
            if self._ending.is_set():
                process.kill()
            yield process
        finally:
            process.kill()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
            process.wait()
            self._processes.discard(process)


class Export(Iterator[bytes]):
    """The pieces of an export; its process begins with the first of them and ends with the last."""

    def __init__(self, work: Work, what: str, request: Any, name: str) -> None:
        self._work = work
        self._name = name
        self._pieces = self._read(what, request)
        self._first = b""
        self._open = True

    def begin(self) -> None:
        """Wait for the first piece: what goes wrong before it can still be told instead.

        Raises
        ------
        TakesError
            The take is damaged, say.
        """
        try:
            self._first = next(self._pieces, b"")
        except TakesError:
            self.close()
            raise

    def __next__(self) -> bytes:
        first, self._first = self._first, b""
        return first or next(self._pieces)

    def close(self) -> None:
        """End the process. May be called again."""
        if self._open:
            self._open = False
            self._pieces.close()
            self._work.give_back()

    def _read(self, what: str, request: Any) -> Generator[bytes, None, None]:
        with self._work._process(what, request) as process:
            assert process.stdout is not None
            while piece := process.stdout.read(_PIECE):
                yield piece
            if complaint := _complaint(process):
                # what was sent cannot be taken back; a connection that breaks off says that it is not whole
                raise TakesError(f"{self._name}: {complaint}")


def _complaint(process: subprocess.Popen[bytes]) -> str:
    """Return what a process that has closed its output says of its failure, or ""."""
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace").strip().splitlines()
    code = process.wait()
    if code == 0:
        return ""
    if code == 1 and len(said) == 1:
        return said[0]
    log.warning("a process for takes ended with code %d: %s", code, " | ".join(said[-5:]))
    return _UNKNOWN
