"""The service: builds every part from the settings, starts them in order, stops them in reverse."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from edge import __version__
from edge.api import Server, create_app
from edge.audio.choose import choose_source, plugged_in
from edge.audio.file import DemoSource
from edge.board import Board
from edge.config import Config, Decision
from edge.errors import ExplainError, OutputError
from edge.explain.process.jobs import Job, JobState
from edge.explain.process.service import Explainer, why_off
from edge.explain.request import Request
from edge.heartbeat import BEAT_S, Heartbeat
from edge.history import History
from edge.mailbox import Broadcast
from edge.model import Model
from edge.notify import Notifier
from edge.outputs.led.code import CodeLights
from edge.outputs.together import Outputs
from edge.owner.access import Access
from edge.owner.state import state_folder
from edge.pipeline import Pipeline
from edge.quiet import silence_sound_libraries
from edge.setup.origin import Origin
from edge.setup.service import Guitar, Setup
from edge.supervisor import ASKED, RESTART
from edge.takes.service import Takes
from edge.types import Prediction, TrustState

log = logging.getLogger(__name__)

END_S = 10
"""After so many seconds of ending, the kernel ends this process; its supervisor does so sooner."""

LOOK_S = 1.0

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE_BYTES = 1 << 20

_IN_WORDS = {
    TrustState.LIVE: "somebody plays",
    TrustState.UNSURE: "somebody plays",
    TrustState.SILENT: "nobody plays",
    TrustState.STALE: "the analysis is late",
    TrustState.LOST: "no sound arrives",
}


class Service:
    """Everything that runs while the guitar is on. `run` returns the exit code of the process."""

    def __init__(self, config: Config, origin: Origin) -> None:
        silence_sound_libraries()
        return_large_blocks_when_freed()
        self._started = time.monotonic()
        self._ending = threading.Event()
        self._exit_code = 0
        self._board = Board()
        self._predictions: Broadcast[Prediction] = Broadcast()
        self._model = Model(config.model.file)
        source, note = choose_source(config.audio)
        self._notes = tuple(filter(None, (origin.note, note)))
        waiting = config.audio.input == "auto" and isinstance(source, DemoSource)
        contract = self._model.contract
        history = History(config.explain.keep_s, contract.front_end, contract.receptive_steps)
        off = why_off(config.explain)
        if off and config.explain.enabled:
            self._notes = (*self._notes, off)
        self._explainer = Explainer(history, config.explain, config.model.file)
        self._takes = Takes(config.takes, config.decision, self._model, history, config.model.file)
        self._pipeline = Pipeline(
            source,
            self._model,
            config.decision,
            self._predictions.publish,
            self._stuck,
            instead=functools.partial(plugged_in, config.audio) if waiting else None,
            history=history,
            tap=self._takes.tap,
        )
        self._outputs = Outputs(config, self._predictions, on_explain=self._explain_now)
        guitar = Guitar(
            self._predictions,
            history,
            self._model,
            self._outputs,
            self._decide_by,
            lambda: (self._pipeline.status(), self._pipeline.device),
            lambda: self._takes.status()["state"] == "recording",
            self._restart,
        )
        self._setup = Setup(origin, config, guitar)
        self._access = Access(state_folder(), trust_this_machine=config.web.trust_this_machine)
        app = create_app(
            self._predictions,
            self.status,
            self._outputs.colours,
            config.web,
            self._explainer,
            self._takes,
            self._access,
            CodeLights(lambda: self._outputs.light),
            self._setup,
        )
        self._server = Server(app, config.web)
        self._heartbeat = Heartbeat(
            Notifier(), self._predictions, lambda: self._pipeline.is_opening, self._server.answers, self._hears
        )

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT comes, or the sound system asks for a new process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ending.set())
        with contextlib.ExitStack() as stack:
            for start, close in self._parts():
                stack.callback(close)
                start()
            for note in self._notes:
                log.info("%s", note)
            log.info("ready: open %s", self._server.url)
            look_at = time.monotonic() + LOOK_S
            # a wait without a limit would keep Python from handling the signals
            while not self._ending.wait(BEAT_S):
                self._heartbeat.beat()
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOK_S
                    last = self._predictions.last
                    give_memory_back(has_heard=last is not None and last.heard_at > 0.0)
                    self._setup.settings.still_well()
                    for note in self._board.look():
                        log.warning("%s", note)
            self._heartbeat.stop()
            # a sound system that has died may hold up what ends here, and the supervisor may be gone already
            signal.alarm(END_S)
        if self._exit_code == RESTART:
            # nothing of what Python does at its end waits for a sound system that no longer answers
            logging.shutdown()
            os._exit(RESTART)
        return self._exit_code

    def _parts(self) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
        """Yield what starts and what ends each part, in the order of starting."""
        yield self._setup.start, self._setup.close
        yield self._outputs.start, self._outputs.close
        yield self._access.start, self._access.close
        yield self._takes.start, self._takes.close
        yield self._server.start, self._server.close
        yield self._pipeline.start, self._pipeline.close
        yield self._explainer.start, self._explainer.close

    def status(self) -> dict[str, Any]:
        """Return what the page shows about the service itself."""
        return {
            "version": __version__,
            "uptime_s": round(time.monotonic() - self._started, 1),
            "source": asdict(self._pipeline.status()),
            "priorities": self._pipeline.priorities,
            "outputs": [asdict(status) for status in self._outputs.status()],
            "model": self._model.describe(),
            "explanations": self._explainer.status(),
            "takes": self._takes.status(),
            "stage": self._access.stage,
            "first_run": not self._setup.settings.in_force.web.setup_done,
            "notes": [*self._notes, *self._board.notes],
        }

    def _hears(self) -> str:
        """Say in one line, to whoever keeps the service running, what is listened to."""
        source, last = self._pipeline.status(), self._predictions.last
        state = source.note if source.note or last is None else _IN_WORDS[last.state]
        return f"listening to {source.name}: {state}"

    def _explain_now(self, tell: Callable[[str, str], None]) -> str:
        """Ask for an explanation of the newest playing; `tell` gets its sentence, or "" and why there is none."""

        def over(job: Job) -> None:
            now = job.now
            done = now.state is JobState.DONE
            tell(json.loads(now.explanation)["sentence"] if done else "", "" if done else now.note or now.state)

        try:
            return self._explainer.ask(Request(), on_end=over).id
        except ExplainError as error:
            raise OutputError(str(error)) from None

    def _decide_by(self, settings: Decision) -> None:
        self._pipeline.decide_by(settings)
        self._takes.work.decide_by(settings)

    def _restart(self) -> None:
        self._exit_code = ASKED
        self._ending.set()

    def _stuck(self) -> None:
        self._exit_code = RESTART
        self._ending.set()


def return_large_blocks_when_freed() -> None:
    """Keep glibc from raising, with each large block that is freed, the size from which it gives blocks back.

    Else a thread that builds the filterbanks keeps 14 MB of its arena for good, where `malloc_trim` does not look.
    """
    with contextlib.suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


@functools.cache
def give_memory_back(has_heard: bool) -> None:
    """Return to the system what importing and building the filterbanks have left over: about 9 MB.

    Once in the beginning, and once when sound has been heard: a slow board builds the filterbanks only then.
    """
    with contextlib.suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).malloc_trim(0)
