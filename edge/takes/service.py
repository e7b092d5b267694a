"""Everything about takes that the service has: started, ended and shown as one part."""

from __future__ import annotations

from typing import Any

from edge.config import Decision
from edge.config import Takes as Settings
from edge.history import Excerpt, History
from edge.model import Model
from edge.takes.library import UNDO_S, Library
from edge.takes.moment import excerpt_of_take
from edge.takes.recorder import Recorder
from edge.takes.take import BusyError, Take, TakeState
from edge.takes.tap import Tap
from edge.takes.work import Work


class Takes:
    """Records, keeps and works on takes.

    Attributes
    ----------
    tap : Tap
        For the analysis thread.
    library : Library
    recorder : Recorder
    work : Work
    """

    def __init__(
        self, settings: Settings, decision: Decision, model: Model, history: History, model_file: str = ""
    ) -> None:
        self._contract = model.contract
        self.tap = Tap(history, history.steps)
        self.library = Library(settings)
        self.recorder = Recorder(self.tap, self.library, model.describe())
        self.work = Work(self.library, decision, model_file, model.describe())

    def start(self) -> None:
        self.recorder.start()
        self.work.start()

    def close(self) -> None:
        """End what runs; a recording is kept as far as it is."""
        self.recorder.close()
        self.work.close()
        self.library.close()

    def status(self) -> dict[str, Any]:
        return {**self.recorder.status(), "changes": self.library.changes, "uploads": self.work.status()}

    def limits(self) -> dict[str, Any]:
        """Return what may be recorded, sent and kept."""
        settings = self.library.settings
        return {
            "most_minutes": settings.most_minutes,
            "upload_mb": settings.upload_mb,
            "keep_minutes": settings.keep_minutes,
            "delete_oldest": settings.delete_oldest,
            "min_free_mb": settings.min_free_mb,
            "undo_s": UNDO_S,
        }

    def excerpt(self, take: Take, time_s: float) -> Excerpt:
        """Return what a moment of a take can be explained by; raises ExplainError or TakesError."""
        if take.state in (TakeState.RECORDING, TakeState.ANALYSING):
            raise BusyError(f"{take.name}: is still {take.state}")
        return excerpt_of_take(
            self.library.folder_of(take), time_s, self._contract.front_end, self._contract.receptive_steps
        )
