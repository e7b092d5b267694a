"""Tests of the outputs, and what they are sending now."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.config import Colour, Config, HostPort, MidiData
from edge.errors import OutputError, RequestError
from edge.outputs.base import Output
from edge.outputs.led.overlay import Overlay
from edge.outputs.together import Outputs
from edge.types import EMOTIONS

ORDER = ("#ff0000", "#00ff00", "#0000ff")
STEP_S = 0.6
"""Fewer than three flashes a second, whatever colours follow each other (WCAG 2.3.1)."""

WALK_STEP_S = 0.4
MOST_MESSAGES = 48
RESOLVE_S = 4.0


class LedTest(Struct, frozen=True, forbid_unknown_fields=True):
    """What to show on the lights: the colour of an emotion, a colour, or a sequence; a happy one if nothing is said.

    `rgb` is red, green and blue one after the other, `emotions` the four colours, `walk` one LED after the other.
    """

    emotion: Literal["aggressive", "happy", "relaxed", "sad", ""] = ""
    colour: Colour | Literal[""] = ""
    sequence: Literal["rgb", "emotions", "walk", ""] = ""
    seconds: Annotated[float, Meta(ge=0.5, le=10)] = 3.0


class LedTested(Struct, frozen=True):
    """Which lights show it, for how long, and the colours one after the other."""

    shown_on: list[str]
    seconds: float
    steps: list[str]


class OscTest(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to send a test message: all targets of the settings, or one that need not be among them."""

    target: HostPort | Literal[""] = ""


class TargetTested(Struct, frozen=True):
    """Whether a test message went out and nobody refused it; else `note` says why. UDP cannot tell more."""

    target: str
    ok: bool
    note: str


class OscTested(Struct, frozen=True):
    """The address of the message, and how it went for each target."""

    sent: str
    targets: list[TargetTested]


class MidiTest(Struct, frozen=True, forbid_unknown_fields=True):
    """What to send: a note for half a second, or with `cc` a sweep of that controller within a second."""

    note: MidiData = 60
    cc: Annotated[int, Meta(ge=0, le=119)] | None = None


class MidiTested(Struct, frozen=True):
    """What was sent, and to which port."""

    sent: str
    port: str


class SentMessage(Struct, frozen=True):
    """The newest value of one thing that goes to one receiver, and how long ago it was sent, in seconds."""

    to: str
    what: str
    value: str
    age_s: float


class SentBy(Struct, frozen=True):
    """What an output sends now, and how it is doing."""

    name: str
    state: str
    note: str
    messages: list[SentMessage]


class Trials:
    """Tests the outputs; `wanted` of each test is checked already."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._one_at_a_time = threading.Lock()

    def led(self, wanted: LedTest, config: Config) -> LedTested:
        """Show something on the lights over what they show otherwise; raises RequestError where there are none."""
        light = self._outputs.light
        if light is None:
            raise RequestError("no lights are chosen; choose what they are (led.driver) first", status=409)
        status = light.status()
        if status.state != "ok":
            raise RequestError(f"the lights do not answer: {status.note or 'they are closed'}", status=503)
        palette = {emotion: getattr(config.led, emotion) for emotion in EMOTIONS}
        steps = {"rgb": ORDER, "emotions": tuple(palette.values()), "walk": ("#ffffff",)}.get(
            wanted.sequence, (wanted.colour or palette[wanted.emotion or "happy"],)
        )
        walk = wanted.sequence == "walk"
        step_s = WALK_STEP_S if walk else max(STEP_S, wanted.seconds / len(steps))
        # every step is to be seen
        seconds = max(wanted.seconds, step_s * (min(config.led.count, 25) if walk else len(steps)))
        now_s = time.monotonic()
        overlay = Overlay(steps, step_s, now_s, now_s + seconds, walk)
        light.overlay = overlay
        self._outputs.show_on_page(overlay)
        return LedTested([light.name, "page's lights"], round(seconds, 2), list(steps))

    def osc(self, wanted: OscTest, config: Config) -> OscTested:
        """Send a test message to the targets, all at the same time; raises RequestError if there are none."""
        from edge.outputs.osc.trial import ADDRESS, try_target

        targets = (wanted.target,) if wanted.target else config.osc.targets
        if not targets:
            raise RequestError("there is no OSC target; add one, such as 192.168.4.2:9000", status=409)
        notes: dict[str, str] = {}

        def attempt(target: str) -> None:
            notes[target] = try_target(target)

        threads = [threading.Thread(target=attempt, args=(target,), daemon=True) for target in targets]
        for thread in threads:
            thread.start()
        until = time.monotonic() + RESOLVE_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        late = "its name is not found in this network; write its number, such as 192.168.4.2"
        told = {target: notes.get(target, f"{target}: {late}") for target in targets}
        return OscTested(ADDRESS, [TargetTested(target, not note, note) for target, note in told.items()])

    def midi(self, wanted: MidiTest) -> MidiTested:
        """Send a note or sweep a controller; raises RequestError if there is no port or it is not open."""
        output = next((one for one in self._outputs if one.name == "MIDI"), None)
        if output is None:
            raise RequestError("no MIDI port is chosen; choose one (midi.port) first", status=409)
        from edge.outputs.midi.output import MidiOutput

        assert isinstance(output, MidiOutput)
        if not self._one_at_a_time.acquire(blocking=False):
            raise RequestError("a test is on its way already", status=429)
        try:
            if wanted.cc is None:
                output.test_note(wanted.note)
                return MidiTested(f"note {wanted.note}", output.port_name)
            output.test_message(wanted.cc)
            return MidiTested(f"CC {wanted.cc}", output.port_name)
        except OutputError as error:
            raise RequestError(str(error), status=503) from None
        finally:
            self._one_at_a_time.release()

    def sent(self) -> list[SentBy]:
        """Return what the outputs send. It is collected from the first call on, until nobody has asked for a while."""
        return [self._sent_by(output) for output in self._outputs if output.outgoing is not None]

    def _sent_by(self, output: Output) -> SentBy:
        assert output.outgoing is not None
        now_s, status = time.monotonic(), output.status()
        messages = [
            SentMessage(message.to, message.what, message.value, round(max(0.0, now_s - message.at), 2))
            for message in output.outgoing.look()
        ]
        return SentBy(status.name, status.state, status.note, messages[:MOST_MESSAGES])
