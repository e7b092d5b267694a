"""The guided check of the input: four seconds of silence, six of playing, measured on what the live path publishes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from edge.config import Decision
from edge.errors import ExplainError
from edge.history import History
from edge.mailbox import Broadcast
from edge.setup.verdict import Result, judge, mains_hum
from edge.types import Prediction, TrustState

log = logging.getLogger(__name__)

SILENCE_S = 4.0
PLAYING_S = 6.0
SETTLE_S = 0.7
"""At the beginning of the silence strings may still ring."""

NOTHING_S = 1.5

NOTHING_HEARD = "no sound arrives; choose another input, or check its cable"


class CheckNow(Struct, frozen=True):
    """How far the check is: `phase` is off, silence, playing, done, failed or cancelled; `result` comes with done."""

    phase: str = "off"
    left_s: float = 0.0
    progress: float = 0.0
    note: str = ""
    level_dbfs: float = -100.0
    result: Result | None = None


class InputCheck:
    """One check at a time, in a thread of its own. Changes nothing.

    Parameters
    ----------
    predictions : Broadcast of Prediction
    history : History
    settings : callable
        Returns the section `decision` that is in force.
    phases_s : (float, float)
        How long silence and playing last, in seconds.
    """

    def __init__(
        self,
        predictions: Broadcast[Prediction],
        history: History,
        settings: Callable[[], Decision],
        phases_s: tuple[float, float] = (SILENCE_S, PLAYING_S),
    ) -> None:
        self._predictions, self._history, self._settings = predictions, history, settings
        self._silence_s, self._playing_s = phases_s
        self._starting = threading.Lock()
        self._run: _Run | None = None

    def start(self) -> CheckNow:
        """Begin; anew, if one runs."""
        with self._starting:
            self.cancel()
            self._run = _Run(self._predictions, self._history, self._settings(), self._silence_s, self._playing_s)
            self._run.start()
        return self.now()

    def cancel(self) -> CheckNow:
        """End the one that runs, if one does."""
        if (run := self._run) is not None:
            run.cancelled.set()
            run.join(2.0)
        return self.now()

    def now(self) -> CheckNow:
        run = self._run
        return run.now() if run is not None else CheckNow()


class _CancelledError(Exception):
    pass


class _NothingHeardError(Exception):
    pass


class _Run(threading.Thread):
    def __init__(
        self, predictions: Broadcast[Prediction], history: History, settings: Decision, silence_s: float,
        playing_s: float,
    ) -> None:  # fmt: skip
        super().__init__(name="input check", daemon=True)
        self.cancelled = threading.Event()
        self._predictions, self._history, self._settings = predictions, history, settings
        self._silence_s, self._playing_s = silence_s, playing_s
        self._phase, self._until, self._level = "silence", time.monotonic() + silence_s, -100.0
        self._end: CheckNow | None = None

    def now(self) -> CheckNow:
        if (end := self._end) is not None:
            return end
        phase, left_s = self._phase, max(0.0, self._until - time.monotonic())
        to_come_s = left_s + (self._playing_s if phase == "silence" else 0.0)
        progress = 1.0 - to_come_s / (self._silence_s + self._playing_s)
        return CheckNow(phase, round(left_s, 2), round(progress, 3), level_dbfs=round(self._level, 1))

    def run(self) -> None:
        mailbox = self._predictions.subscribe()
        try:
            silence = self._levels(mailbox.take, self._silence_s, "silence")
            quiet = self._sound(self._silence_s - SETTLE_S)
            playing = self._levels(mailbox.take, self._playing_s, "playing")
            played = self._sound(self._playing_s)
            settled = [level for at, level, _ in silence if at >= SETTLE_S] or [level for _, level, _ in silence]
            peak = max(float(played.max(initial=0.0)), -float(played.min(initial=0.0)))
            result = judge(
                float(np.percentile(settled, 90)),
                max(level for _, level, _ in playing),
                20.0 * float(np.log10(max(peak, 1e-5))),
                any(clipped for _, _, clipped in playing),
                mains_hum(quiet, self._history.rate_hz),
                self._settings,
            )
            self._end = CheckNow("done", progress=1.0, level_dbfs=round(self._level, 1), result=result)
        except _CancelledError:
            self._end = CheckNow("cancelled")
        except ExplainError as error:
            self._end = CheckNow("failed", note=str(error))
        except _NothingHeardError:
            self._end = CheckNow("failed", note=NOTHING_HEARD)
        except Exception:
            log.exception("the check of the input failed")
            self._end = CheckNow("failed", note="something went wrong inside; the log says what")
        finally:
            self._predictions.unsubscribe(mailbox)

    def _levels(
        self, take: Callable[[float], Prediction | None], seconds: float, phase: str
    ) -> list[tuple[float, float, bool]]:
        """Return (time within the phase, level, clipped) of all that is heard in the coming seconds."""
        began = heard = time.monotonic()
        self._phase, self._until = phase, began + seconds
        out: list[tuple[float, float, bool]] = []
        while (now := time.monotonic()) < self._until or not out:
            if self.cancelled.is_set():
                raise _CancelledError
            prediction = take(0.1)
            if prediction is None or prediction.state is TrustState.LOST:
                if now - heard > NOTHING_S:
                    raise _NothingHeardError
                continue
            heard, self._level = now, prediction.level_dbfs
            out.append((now - began, prediction.level_dbfs, prediction.clipped))
        return out

    def _sound(self, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        return self._history.recent(max(0.5, seconds))[0]
