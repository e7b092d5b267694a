"""Trying out over HTTP: inputs and their check, tests of lights, OSC and MIDI, and other reactivity on the last minute.

====================================================  =============================================================
GET /api/devices                                      what can be listened to; takes some seconds
GET, POST, DELETE /api/check                          the guided check of the input: how far it is; begin; cancel
POST /api/test/led, /osc, /midi                       show something, send a message
GET /api/midi/ports                                   where MIDI can go
GET /api/outputs/sent                                 what OSC and MIDI send now
POST /api/preview/reactivity                          the last minute with other settings of `[decision]`
====================================================  =============================================================
"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Flask, Response

from edge.api.body import Nothing, read_json
from edge.api.openapi import documented
from edge.api.reply import fresh
from edge.setup.check import CheckNow
from edge.setup.preview import Preview
from edge.setup.service import Setup
from edge.setup.settings import decision_with
from edge.setup.trials import LedTest, LedTested, MidiTest, MidiTested, OscTest, OscTested, SentBy


class Input(msgspec.Struct):
    """Something that can be listened to; `identity` is what the setting audio.input takes."""

    identity: str
    name: str
    system: str
    channels: int
    rate_hz: int
    default: bool
    hardware: bool


class InUse(msgspec.Struct):
    """What is listened to now; `identity` is "" where it is no sound card."""

    kind: str
    name: str
    rate_hz: int
    open: bool
    note: str
    identity: str


class Inputs(msgspec.Struct):
    """The sound cards that are there, the setting audio.input, and what is listened to."""

    devices: list[Input]
    input: str
    using: InUse


class MidiPorts(msgspec.Struct):
    """Names of MIDI ports that can be sent to; `note` says why that cannot be known, if so."""

    ports: list[str]
    note: str


class OutputsSent(msgspec.Struct):
    """What OSC and MIDI send now."""

    outputs: list[SentBy]


def install(app: Flask, setup: Setup) -> None:
    """Add the addresses to `app`."""
    addresses = Blueprint("trials", __name__)

    @addresses.get("/api/devices")
    @documented(answers={200: Inputs}, problems=(503,))
    def devices() -> Response:
        """The sound cards that are there."""
        found, status, using = setup.devices()
        in_use = InUse(
            status.kind, status.name, status.rate_hz, status.open, status.note, using.identity if using else ""
        )
        return fresh(Inputs(msgspec.convert(found, list[Input]), setup.settings.wanted.audio.input, in_use))

    @addresses.get("/api/check")
    @documented(answers={200: CheckNow})
    def check() -> Response:
        """How far the guided check of the input is, and what it found."""
        return fresh(setup.check.now())

    @addresses.post("/api/check")
    @documented(body=Nothing, answers={202: CheckNow})
    def begin_check() -> Response:
        """Begin the guided check: four seconds of silence, six of playing. Changes no setting."""
        read_json(Nothing)
        return fresh(setup.check.start(), 202)

    @addresses.delete("/api/check")
    @documented(answers={200: CheckNow})
    def cancel_check() -> Response:
        """Cancel the check."""
        return fresh(setup.check.cancel())

    @addresses.post("/api/test/led")
    @documented(body=LedTest, answers={200: LedTested}, problems=(409, 503))
    def test_led() -> Response:
        """Show a colour or a sequence on the lights, over what they show otherwise."""
        return fresh(setup.trials.led(read_json(LedTest), setup.settings.in_force))

    @addresses.post("/api/test/osc")
    @documented(body=OscTest, answers={200: OscTested}, problems=(409,))
    def test_osc() -> Response:
        """Send /affetto/test to the OSC targets."""
        return fresh(setup.trials.osc(read_json(OscTest), setup.settings.in_force))

    @addresses.post("/api/test/midi")
    @documented(body=MidiTest, answers={200: MidiTested}, problems=(409, 429, 503))
    def test_midi() -> Response:
        """Send a note, or sweep a controller up and back."""
        return fresh(setup.trials.midi(read_json(MidiTest)))

    @addresses.get("/api/midi/ports")
    @documented(answers={200: MidiPorts}, problems=(503,))
    def midi_ports() -> Response:
        """The MIDI ports that can be sent to."""
        return fresh(msgspec.convert(setup.midi_ports(), MidiPorts))

    @addresses.get("/api/outputs/sent")
    @documented(answers={200: OutputsSent})
    def sent() -> Response:
        """What OSC and MIDI send, newest of each; collected only while somebody asks again and again."""
        return fresh(OutputsSent(setup.trials.sent()))

    @addresses.post("/api/preview/reactivity")
    @documented(body=dict[str, Any], answers={200: Preview}, problems=(409,))
    def preview_reactivity() -> Response:
        """What the last minute would have shown with other settings of the decision. Changes none."""
        wanted = decision_with(setup.settings.in_force.decision, read_json(dict[str, Any]))
        return fresh(setup.preview(wanted))

    app.register_blueprint(addresses)
