"""Everything about setting up that the service has, as one part."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.audio.devices import Device
from edge.config import Config, Decision
from edge.errors import RequestError
from edge.history import History
from edge.mailbox import Broadcast
from edge.model import Model
from edge.outputs.together import Outputs
from edge.setup import hotspot, probe
from edge.setup.card import ModelCard, model_card
from edge.setup.check import InputCheck
from edge.setup.logs import LogRing
from edge.setup.origin import Origin
from edge.setup.preview import Preview, preview
from edge.setup.settings import Settings
from edge.setup.trials import Trials
from edge.types import Prediction, SourceStatus

DOCTOR_LIMIT_S = 30.0
RESTART_AFTER_S = 0.3
"""So that the answer to whoever asked for the restart is sent before."""


@dataclass(frozen=True, slots=True)
class Guitar:
    """What setting up must know of the rest of the service.

    Attributes
    ----------
    predictions, history, model, outputs
    decide_by : callable
        Puts other settings of the decision into force.
    source : callable
        Returns what the sound source says of itself, and the sound card behind it if it is one.
    is_recording : callable
    restart : callable
        Ends this process so that another begins.
    """

    predictions: Broadcast[Prediction]
    history: History
    model: Model
    outputs: Outputs
    decide_by: Callable[[Decision], None]
    source: Callable[[], tuple[SourceStatus, Device | None]]
    is_recording: Callable[[], bool]
    restart: Callable[[], None]


class Setup:
    """Settings, tests, self-tests.

    Attributes
    ----------
    settings : Settings
    check : InputCheck
    trials : Trials
    """

    def __init__(self, origin: Origin, config: Config, guitar: Guitar) -> None:
        self._guitar = guitar
        self._examining = threading.Lock()
        self._logs = LogRing()
        self.settings = Settings(origin, config, self._prepare)
        self.check = InputCheck(guitar.predictions, guitar.history, lambda: self.settings.in_force.decision)
        self.trials = Trials(guitar.outputs)

    def start(self) -> None:
        """Begin to keep the log's last lines."""
        logging.getLogger().addHandler(self._logs)

    def close(self) -> None:
        self.check.cancel()
        logging.getLogger().removeHandler(self._logs)

    def restart(self) -> None:
        """Start the service anew, a moment later; raises RequestError while a take is being recorded."""
        if self._guitar.is_recording():
            raise RequestError("a take is being recorded; stop it first", status=409)
        timer = threading.Timer(RESTART_AFTER_S, self._guitar.restart)
        timer.daemon = True
        timer.start()

    def devices(self) -> tuple[list[dict[str, Any]], SourceStatus, Device | None]:
        """Return the inputs that are there, the one in use among them, what it says of itself, and what it is."""
        status, using = self._guitar.source()
        found: list[dict[str, Any]] = json.loads(probe.ask("edge.setup.probe", "inputs"))
        if using is not None and all(device["identity"] != using.identity for device in found):
            # while we use it, ALSA hides it from others
            found.insert(0, probe.described(using))
        return found, status, using

    def midi_ports(self) -> dict[str, Any]:
        """Return the names of the MIDI ports that can be sent to, and a note if that cannot be known."""
        ports: dict[str, Any] = json.loads(probe.ask("edge.setup.probe", "midi"))
        return ports

    def preview(self, wanted: Decision) -> Preview:
        """Return what the last minute would have shown with these settings."""
        return preview(self._guitar.history, self._guitar.model, wanted, self.settings.in_force.decision)

    def examine(self) -> tuple[list[dict[str, Any]], float]:
        """Return what `affetto doctor` finds, and how many seconds that took; raises RequestError while it runs."""
        if not self._examining.acquire(blocking=False):
            raise RequestError("the self-test runs already; wait for it", status=429)
        try:
            began = time.monotonic()
            # 1 says that something must be mended
            said = probe.ask("edge.cli", "doctor", "--json", "--config", str(self.settings.origin.path),
                             limit_s=DOCTOR_LIMIT_S, ok=(0, 1))  # fmt: skip
            findings = [self._with_what_we_use(finding) for finding in json.loads(said)]
            return findings, round(time.monotonic() - began, 2)
        finally:
            self._examining.release()

    def hotspot(self, asked_as: str) -> hotspot.Hotspot:
        """Return name and passphrase of the guitar's Wi-Fi, and where the page is; see `hotspot.page_url`."""
        web = self.settings.in_force.web
        written, note = hotspot.read(Path(web.hotspot_file).expanduser())
        url = hotspot.page_url(web, asked_as, written)
        return hotspot.Hotspot(
            written is not None,
            written.name if written else "",
            written.passphrase if written else "",
            hotspot.warning(written) if written else note,
            "/api/hotspot/wifi.svg" if written else "",
            url,
            "/api/hotspot/page.svg" if url else "",
        )

    def wifi_code(self) -> bytes | None:
        """Return the QR code by which a phone joins the guitar's Wi-Fi, None where there is none."""
        written, _ = hotspot.read(Path(self.settings.in_force.web.hotspot_file).expanduser())
        return hotspot.svg(hotspot.join_text(written)) if written else None

    def page_code(self, asked_as: str) -> bytes | None:
        """Return the QR code of the page's address, None when only this machine may open it."""
        url = self.hotspot(asked_as).url
        return hotspot.svg(url) if url else None

    def model_card(self) -> ModelCard:
        return model_card(self._guitar.model)

    @property
    def logs(self) -> LogRing:
        return self._logs

    def _prepare(self, config: Config) -> Callable[[], None]:
        outputs = self._guitar.outputs.prepare(config)
        in_force = self.settings.in_force.decision

        def put_into_force() -> None:
            outputs()
            if config.decision != in_force:
                self._guitar.decide_by(config.decision)

        return put_into_force

    def _with_what_we_use(self, finding: dict[str, Any]) -> dict[str, Any]:
        """Tell what the doctor cannot know in its own process: that a sound card is busy because it is ours."""
        status, using = self._guitar.source()
        if finding["check"] == "sound card" and using is not None and status.open:
            return {**finding, "result": "ok", "detail": f"{using.name}, in use at {status.rate_hz} Hz", "remedy": ""}
        return finding
