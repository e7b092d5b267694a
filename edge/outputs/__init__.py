"""Lights, OSC and MIDI: one interface, one thread each, and each is loaded only where the settings want it."""

from __future__ import annotations

from collections.abc import Callable

from edge.config import Config
from edge.mailbox import Broadcast
from edge.outputs.base import OnExplain, Output
from edge.outputs.led import open_light
from edge.outputs.led.mirror import Mirror
from edge.types import Prediction

__all__ = ["Output", "open_outputs", "page_mirror"]


def open_outputs(
    config: Config, predictions: Broadcast[Prediction], *, on_explain: OnExplain | None = None
) -> list[Output]:
    """Return the outputs that the settings name, none of them started; the page's mirror of the lights is always one.

    Parameters
    ----------
    config : Config
    predictions : Broadcast of Prediction
    on_explain : callable, optional
        What OSC's `/affetto/explain` calls.
    """
    outputs: list[Output] = [Mirror(config.led, predictions)]
    if (light := open_light(config.led, predictions)) is not None:
        outputs.append(light)
    if config.osc.targets or config.osc.listen:
        from edge.outputs.osc.output import OscOutput

        outputs.append(OscOutput(config.osc, predictions, on_explain=on_explain))
    if config.midi.port:
        from edge.outputs.midi.output import MidiOutput

        outputs.append(MidiOutput(config.midi, predictions))
    return outputs


def page_mirror(outputs: list[Output]) -> Callable[[], list[str]]:
    """Return what tells the page the colours of the lights, as "#rrggbb"."""
    return next(output.colours for output in outputs if isinstance(output, Mirror))
