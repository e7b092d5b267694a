"""The analysis thread: from the source through the chain to whoever listens, and what to do when the sound is lost.

It knows neither a web page nor an output: it gets a `publish` callable.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge import priority
from edge.audio.devices import Device
from edge.audio.source import Source
from edge.chain import Chain
from edge.config import Decision
from edge.errors import AudioError, StuckError
from edge.history import History
from edge.judgement import Judgement
from edge.model import Model
from edge.types import NOTHING_HEARD, STALE_AFTER_S, Prediction, SourceStatus, TrustState

log = logging.getLogger(__name__)

POLL_S = 0.1  # how soon a missing block is noticed
REOPEN_S = 0.5  # between attempts to find a lost source again
OPEN_S = 10.0  # how long opening may take: PortAudio looks at every device, and some answer slowly
ASK_S = 2.0  # between questions whether there is a better source
REPEAT_S = 0.25  # how often the state is told again while no sound comes


class Tap(Protocol):
    """Who keeps what is heard."""

    def begin(self, rate_hz: int) -> None:
        """A source was opened; `Chain` and `History` begin anew."""

    def hear(self, samples: NDArray[np.float32], end_s: float, predictions: list[Prediction]) -> None:
        """New sound at the source's rate, when it ends in seconds of sound, and the predictions that it completed."""


class Pipeline:
    """Reads `source`, and publishes a `Prediction` for every step of sound, and a few a second while there is none.

    Parameters
    ----------
    publish : callable
        Takes each `Prediction`; must not block.
    stuck : callable
        Called once from the analysis thread, as its last act, when only a new process can help.
    instead : callable, optional
        Asked now and then for a source to go over to; returns None while there is none. Not asked again after that.
    history : History, optional
        Notes what is heard; begins anew whenever a source is opened.
    tap : Tap, optional
        Told of every source, and given all sound and predictions; must not block.
    """

    def __init__(
        self,
        source: Source,
        model: Model,
        settings: Decision,
        publish: Callable[[Prediction], None],
        stuck: Callable[[], None],
        instead: Callable[[], Source | None] | None = None,
        history: History | None = None,
        tap: Tap | None = None,
    ) -> None:
        self._source = source
        self._model = model
        self._settings = settings
        self._judgement: Judgement | None = None  # that other settings have made, and that the chain is to go over to
        self._decides: Judgement | None = None  # that it has gone over to
        self._publish = publish
        self._stuck = stuck
        self._instead = instead
        self._history = history
        self._tap = tap
        self._opening_until = 0.0
        self._priority = priority.ORDINARY
        self._ask_at = time.monotonic() + ASK_S
        self._chain: Chain | None = None
        self._before_s = 0.0  # sound of earlier connections, so that time never runs backwards
        self._last = NOTHING_HEARD
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and close the source."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3.0)

    def status(self) -> SourceStatus:
        return self._source.status()

    def decide_by(self, settings: Decision) -> None:
        """Decide by other settings from the next step on; from any thread. What was heard before is not forgotten."""
        self._settings = settings
        # whatever the analysis thread does at this moment, it finds both, or next time
        self._judgement = Judgement(settings, self._model)

    @property
    def device(self) -> Device | None:
        """The sound card that is being listened to, if it is one."""
        return self._source.device

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_opening(self) -> bool:
        """Whether a source is being looked for or opened, and that may still take a while."""
        return time.monotonic() < self._opening_until

    @property
    def priorities(self) -> dict[str, str]:
        """What the threads on the way of the sound have; see `edge.priority`."""
        return {"audio": self._source.priority, "analysis": self._priority}

    def _run(self) -> None:
        self._priority = priority.rise("analysis", priority.ANALYSIS)
        try:
            while not self._stopping.is_set():
                self._go_over()
                if not self._source.is_open:
                    self._opening_until = time.monotonic() + OPEN_S
                    self._try_to_open()
                    self._opening_until = 0.0
                elif self._source.ring.wait(POLL_S, self._frames_wanted()):
                    self._advance()
                    if self._source.has_left():  # what still comes is not its sound any more
                        self._lose()
                elif self._source.ended:
                    self._finish()
                elif self._source.is_lost():
                    self._lose()
            self._source.close()
        except StuckError as error:
            log.warning("%s", error)
            self._tell(TrustState.LOST)
            self._stuck()
        except Exception:
            # whatever it was, nobody must go on seeing a service that no longer listens
            log.exception("the analysis failed; starting again")
            self._stuck()

    def _go_over(self) -> None:
        """Leave the source for the one to be heard instead, if there is one now."""
        if self._instead is None or time.monotonic() < self._ask_at:
            return
        self._ask_at = time.monotonic() + ASK_S
        self._opening_until = time.monotonic() + OPEN_S
        try:
            other = self._instead()
        except AudioError:
            return
        finally:
            self._opening_until = 0.0
        if other is not None:
            log.info("a sound card is there: leaving %s", self._source.name)
            self._source.close()
            self._source, self._instead = other, None

    def _try_to_open(self) -> None:
        if self._source.ended:
            self._tell(TrustState.LOST)
            self._stopping.wait(REPEAT_S)
            return
        try:
            self._source.open()
        except StuckError:
            raise
        except AudioError as error:
            if self._source.note != str(error):
                log.warning("%s", error)
            self._source.note = str(error)
            self._tell(TrustState.LOST)
            self._stopping.wait(REOPEN_S)
            return
        log.info("listening to %s at %d Hz", self._source.name, self._source.rate_hz)
        if self._chain is not None:
            self._before_s += self._chain.heard_s
        if self._history is not None:
            self._history.begin(self._before_s)
        if self._tap is not None:
            self._tap.begin(self._source.rate_hz)
        self._chain = Chain(self._model, self._settings, self._source.rate_hz, self._history)

    def _advance(self, *, last: bool = False) -> None:
        assert self._chain is not None
        samples = self._source.ring.read()
        written_at = self._source.ring.written_at
        if (judgement := self._judgement) is not self._decides and judgement is not None:
            self._chain.decide_by(judgement)
            self._decides = judgement
        if self._last.state is TrustState.LOST:
            self._source.note = ""
        published = []
        for prediction in self._chain.push(samples, last=last):
            age_s = self._chain.heard_s - prediction.time_s
            heard_at = written_at - age_s
            late = time.monotonic() - heard_at > STALE_AFTER_S
            self._last = replace(
                prediction,
                time_s=self._before_s + prediction.time_s,
                state=TrustState.STALE if late else prediction.state,
                heard_at=heard_at,
            )
            self._publish(self._last)
            published.append(self._last)
        if self._tap is not None:
            self._tap.hear(samples, self._before_s + self._chain.heard_s, published)

    def _frames_wanted(self) -> int:
        return self._chain.frames_wanted() if self._chain is not None else 1

    def _finish(self) -> None:
        self._advance(last=True)
        self._source.close()
        self._source.note = "played to its end; start again to hear it once more"

    def _lose(self) -> None:
        if self._last.state is not TrustState.LOST:
            log.warning("%s: no sound arrives any more", self._source.name)
        self._source.note = "no sound arrives; check the cable or the sender"
        self._tell(TrustState.LOST)
        if self._source.reopen_when_lost:
            self._source.close()

    def _tell(self, state: TrustState) -> None:
        self._last = replace(self._last, state=state, level_dbfs=-100.0, clipped=False)
        self._publish(self._last)
