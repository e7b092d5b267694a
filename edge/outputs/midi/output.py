"""The MIDI output: sends what has changed, finds its port again, and leaves no gear hanging."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge.config import Midi
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.base import Output
from edge.outputs.midi.controls import ALL_NOTES_OFF_CC, Controls, changes, controls, neutral
from edge.outputs.midi.port import Port
from edge.outputs.sent import Sent
from edge.types import EMOTIONS, Prediction, TrustState

NOTE_OFF = 0x80
NOTE_ON = 0x90
CONTROL_CHANGE = 0xB0
PROGRAM_CHANGE = 0xC0
CHECK_S = 1.0
SWEEP_S = 1.0
SWEEP_STEP = 4
TEST_NOTE_S = 0.5
TEST_VELOCITY = 100


class MidiOutput(Output):
    """Sends predictions as control changes to one MIDI port.

    Parameters
    ----------
    settings : Midi
    predictions : Broadcast of Prediction
    clock : callable
        Monotonic clock in seconds.
    """

    def __init__(
        self, settings: Midi, predictions: Broadcast[Prediction], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__("MIDI", predictions, rate_hz=settings.rate_hz, refresh_s=CHECK_S, clock=clock)
        self.outgoing = Sent(words)
        self._settings = settings
        self._port: Port | None = None
        self._sending = threading.Lock()
        self._sent_controls: Controls = {}
        self._label = ""
        self._label_since = 0.0
        self._program_label = ""
        self._checked_at = 0.0

    def test_message(self, cc: int) -> None:
        """Sweep one controller up and back within a second while all else is quiet, for a receiver that learns it.

        Raises
        ------
        OutputError
            The port is not open, or `cc` is not 0 to 119.
        """
        if not 0 <= cc <= 119:
            raise OutputError(f"controller {cc} cannot be tested; take 0 to 119")
        with self._sending:
            values = [*range(0, 128, SWEEP_STEP), 127, self._sent_controls.get(cc, 0)]
            for value in values:
                self._check_open()
                self._control(cc, value)
                self._stopping.wait(SWEEP_S / len(values))

    def test_note(self, note: int) -> None:
        """Play a note, 0 to 127, for half a second; raises OutputError when the port is not open."""
        channel = self._settings.channel - 1
        with self._sending:
            self._check_open()
            self._put((NOTE_ON | channel, note, TEST_VELOCITY))
        try:
            self._stopping.wait(TEST_NOTE_S)
        finally:
            with self._sending:
                if self._port is not None:
                    self._put((NOTE_OFF | channel, note, 0))

    @property
    def port_name(self) -> str:
        """What the open port is called, or ""."""
        port = self._port
        return port.name if port is not None else ""

    def _check_open(self) -> None:
        if self._port is None:
            raise OutputError(f"nothing sent, the port is not open ({self.status().note or 'closed'})")

    # -- the output

    def _open(self) -> None:
        port = Port(self._settings.port, self._settings.api)
        with self._sending:
            self._port = port
            self._sent_controls = {}
            self._program_label = ""
        self._checked_at = self._clock()

    def _send(self, prediction: Prediction) -> None:
        self._check()
        with self._sending:
            for cc, value in changes(controls(prediction, fine=self._settings.fine), self._sent_controls):
                self._control(cc, value)
                self._sent_controls[cc] = value
            if self._settings.program_change:
                self._change_program(prediction)

    def _refresh(self, prediction: Prediction) -> None:
        self._check()

    def _close(self) -> None:
        with self._sending:
            if self._port is None:
                return
            try:
                for cc, value in changes(neutral(fine=self._settings.fine), self._sent_controls):
                    self._control(cc, value)
                self._control(ALL_NOTES_OFF_CC, 0)
            finally:
                port, self._port = self._port, None
                port.close()

    def _check(self) -> None:
        now = self._clock()
        if now >= self._checked_at + CHECK_S:
            self._checked_at = now
            assert self._port is not None
            self._port.check()

    def _control(self, cc: int, value: int) -> None:
        self._put((CONTROL_CHANGE | (self._settings.channel - 1), cc, value))

    def _put(self, data: tuple[int, ...]) -> None:
        assert self._port is not None
        assert self.outgoing is not None
        self._port.send(data)
        self.outgoing.note(self._port.name, data)

    def _change_program(self, prediction: Prediction) -> None:
        """Send the label's program when it has stayed for `program_hold_s` and is clear now."""
        now = self._clock()
        if prediction.label != self._label or prediction.state in (TrustState.STALE, TrustState.LOST):
            self._label, self._label_since = prediction.label, now
        settled = now - self._label_since >= self._settings.program_hold_s
        if settled and prediction.state is TrustState.LIVE and prediction.label != self._program_label:
            program = self._settings.programs[EMOTIONS.index(prediction.label)]
            self._put((PROGRAM_CHANGE | (self._settings.channel - 1), program))
            self._program_label = prediction.label


def words(data: tuple[int, ...]) -> list[tuple[str, str]]:
    """Return what a MIDI message says, for a person, as one (what, value) pair."""
    kind, *values = data
    if kind & 0xF0 == CONTROL_CHANGE:
        return [(f"CC {values[0]}", str(values[1]))]
    if kind & 0xF0 == PROGRAM_CHANGE:
        return [("Program Change", str(values[0]))]
    return [(f"note {values[0]}", "on" if kind & 0xF0 == NOTE_ON else "off")]
