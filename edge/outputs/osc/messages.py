"""What goes out, by address:

====================================  ======  ====================================================================
address                               types   meaning
====================================  ======  ====================================================================
/affetto/emotion/<emotion>            f       probability of aggressive, happy, relaxed, sad
/affetto/emotion/vector               ffff    the four of them
/affetto/emotion/label                sf      label and confidence, when the label changes and on first contact
/affetto/valence, /affetto/arousal    f       -1 to 1
/affetto/midlevel/<name>              f       the eleven mid-level values, in standard deviations
/affetto/state                        s       live, silent, unsure, stale or lost
/affetto/hold                         i       1 while the values are frozen, 0 again afterwards
/affetto/heartbeat                    i       a counter, once a second, whatever else happens
/affetto/test                         si      "Affetto" and a counter, when somebody tests a target from the page
/wek/inputs                           17 f    profile wekinator: 4 probabilities, valence, arousal, 11 mid-level values
====================================  ======  ====================================================================

An update is one bundle and so one datagram of less than 1,472 bytes, which crosses a network whole: twenty datagrams
in a row would be the burst of which receivers lose some. liblo, Pure Data and SuperCollider take bundles apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from edge.types import EMOTIONS, MID_LEVEL, Prediction

Argument = float | int | str

_IMMEDIATELY = b"#bundle\0" + (1).to_bytes(8, "big")
"""What a bundle begins with: its name, and the time tag that means at once (OSC 1.0, "OSC Bundles")."""


def message(address: str, *arguments: Argument) -> OscMessage:
    """Return an OSC message; a Python float goes as f, an int as i, a str as s."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


class Bundle:
    """Messages as one datagram, to be acted on at once.

    Made here since python-osc takes what it has put together apart again: 178 instead of 92 µs for all values.

    Attributes
    ----------
    dgram : bytes
    """

    def __init__(self, messages: Sequence[OscMessage]) -> None:
        self._messages = tuple(messages)
        parts = [part.dgram for part in self._messages]
        self.dgram = b"".join([_IMMEDIATELY, *(len(part).to_bytes(4, "big") + part for part in parts)])

    def __iter__(self) -> Iterator[OscMessage]:
        return iter(self._messages)


def values(prediction: Prediction) -> list[OscMessage]:
    """Return the messages with a prediction's numbers."""
    out = [
        message(f"/affetto/emotion/{emotion}", float(probability))
        for emotion, probability in zip(EMOTIONS, prediction.probabilities, strict=True)
    ]
    out.append(message("/affetto/emotion/vector", *map(float, prediction.probabilities)))
    out.append(message("/affetto/valence", float(prediction.valence)))
    out.append(message("/affetto/arousal", float(prediction.arousal)))
    out += [
        message(f"/affetto/midlevel/{name}", float(value))
        for name, value in zip(MID_LEVEL, prediction.mid_level, strict=True)
    ]
    return out


def label(prediction: Prediction) -> OscMessage:
    return message("/affetto/emotion/label", prediction.label, float(prediction.confidence))


def wekinator(prediction: Prediction) -> OscMessage:
    """Return the one message that Wekinator expects, by default on port 6448."""
    numbers = (*prediction.probabilities, prediction.valence, prediction.arousal, *prediction.mid_level)
    return message("/wek/inputs", *map(float, numbers))


def words(packet: OscMessage | Bundle) -> list[tuple[str, str]]:
    """Return the (address, arguments) of each message in a packet, to be read by a person."""
    if isinstance(packet, OscMessage):
        return [(packet.address, " ".join(f"{a:.3f}" if isinstance(a, float) else str(a) for a in packet.params))]
    return [pair for part in packet for pair in words(part)]
