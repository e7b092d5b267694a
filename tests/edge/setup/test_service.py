"""What the part as a whole knows beyond its pieces: which sound card is ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.audio.devices import Device
from edge.config import Config, Decision
from edge.errors import RequestError
from edge.features import FrontEndSettings
from edge.history import History
from edge.mailbox import Broadcast
from edge.model import Model
from edge.outputs.together import Outputs
from edge.setup import probe
from edge.setup.origin import Origin
from edge.setup.service import Guitar, Setup
from edge.setup.settings import decision_with
from edge.types import SourceStatus

CARD = Device(3, "Scarlett Solo USB: Audio (hw:1,0)", "ALSA", 2, 48000, True, "1-1.2", "1235:8210")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


def setup(tmp_path: Path, model: Model, *, recording: bool = False) -> Setup:
    status = SourceStatus("device", CARD.name, 48000, True)
    guitar = Guitar(
        Broadcast(),
        History(10.0, FrontEndSettings(), 8),
        model,
        Outputs(Config(), Broadcast()),
        lambda _settings: None,
        lambda: (status, CARD),
        lambda: recording,
        lambda: None,
    )
    return Setup(Origin(tmp_path / "config.toml"), Config(), guitar)


def answer(monkeypatch: pytest.MonkeyPatch, told: Any) -> None:
    monkeypatch.setattr(probe, "ask", lambda *_arguments, **_options: json.dumps(told).encode())


def test_a_card_that_we_hold_and_others_do_not_see_is_listed(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, [])
    (card,), status, using = setup(tmp_path, model).devices()
    assert (card["identity"], card["channels"], card["hardware"]) == (CARD.identity, 2, True)
    assert (status.open, using) == (True, CARD)
    answer(monkeypatch, [card])
    assert len(setup(tmp_path, model).devices()[0]) == 1


def test_the_doctor_does_not_complain_of_a_card_that_is_busy_with_us(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = {"check": "sound card", "result": "warn", "detail": "will not open", "remedy": "close the program"}
    answer(monkeypatch, [busy, {**busy, "check": "disk"}])
    card, disk = setup(tmp_path, model).examine()[0]
    assert (card["result"], card["remedy"]) == ("ok", "")
    assert "in use at 48000 Hz" in card["detail"]
    assert disk["result"] == "warn"


def test_a_question_that_fails_is_one_line() -> None:
    with pytest.raises(RequestError, match="No module named") as error:
        probe.ask("edge.setup.nothing_of_this_name")
    assert error.value.status == 503
    with pytest.raises(RequestError, match="did not answer within"):
        probe.ask("edge.setup.probe", "midi", limit_s=0.01)


def test_settings_for_a_preview_are_checked() -> None:
    assert decision_with(Decision(margin=0.3), {"hold_s": 2}) == Decision(margin=0.3, hold_s=2.0)
    with pytest.raises(RequestError, match=r"decision\.hold_s: expected"):
        decision_with(Decision(), {"hold_s": -1})
