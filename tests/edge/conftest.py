"""What was played, as the analysis thread would have noted it, and who explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import soundfile

import edge
from edge.chain import Chain
from edge.config import Decision, Explain
from edge.explain.process.service import Explainer
from edge.history import History
from edge.model import Model
from tests.edge.api.client import wait_until

ROOT = Path(__file__).parents[2]
SECONDS = 15.0


@pytest.fixture(scope="session")
def history() -> History:
    """The first seconds of the demo take."""
    model = Model()
    sound, rate_hz = soundfile.read(Path(edge.__file__).parent / "assets" / "demo.flac", dtype="float32")
    contract = model.contract
    history = History(30.0, contract.front_end, contract.receptive_steps)
    chain = Chain(model, Decision(), rate_hz, history)
    sound = sound if sound.ndim == 1 else sound.mean(axis=1)
    chain.push(sound[: int(SECONDS * rate_hz)])
    return history


@pytest.fixture
def explainer(history: History, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Explainer]]:
    """Return a function that starts an explainer, with one of `explain.behaviours` in its worker or the real thing."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with ExitStack() as stack:

        def start(behaviour: str = "", *, ready: bool = True, **settings: float) -> Explainer:
            what = {"explain": f"tests.edge.explain.behaviours:{behaviour}"} if behaviour else {}
            explainer = Explainer(history, Explain(**settings), **what)
            stack.callback(explainer.close)
            explainer.start()
            if ready:
                wait_until(lambda: explainer.status()["state"] == "ready", 60)
            return explainer

        yield start
