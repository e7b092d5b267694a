"""A look at what is sent: nothing is kept while nobody looks."""

from __future__ import annotations

import pytest

from edge.outputs import sent
from edge.outputs.midi.output import words as midi_words
from edge.outputs.osc.messages import Bundle, message
from edge.outputs.osc.messages import words as osc_words
from edge.outputs.sent import Sent


def test_only_the_newest_of_each_is_told_and_only_while_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(sent.time, "monotonic", lambda: now[0])
    look = Sent(lambda packet: [packet])
    look.note("a", ("x", "0"))
    assert look.look() == []
    for value in ("1", "2"):
        now[0] += 1
        look.note("a", ("x", value))
    look.note("b", ("x", "3"))
    assert [(m.to, m.what, m.value, m.at) for m in look.look()] == [("a", "x", "2", 102.0), ("b", "x", "3", 102.0)]
    now[0] += sent.LOOKED_S
    look.note("a", ("x", "4"))
    assert look.look() == [], "nobody looked for too long"


def test_packets_in_words() -> None:
    packet = Bundle([message("/affetto/state", "live"), message("/affetto/emotion/vector", 0.5, 0.25, 0.125, 0.125)])
    assert osc_words(packet) == [("/affetto/state", "live"), ("/affetto/emotion/vector", "0.500 0.250 0.125 0.125")]
    assert midi_words((0xB3, 20, 64)) == [("CC 20", "64")]
    assert midi_words((0xC0, 5)) == [("Program Change", "5")]
    assert midi_words((0x90, 60, 100)) == [("note 60", "on")]
    assert midi_words((0x8F, 60, 0)) == [("note 60", "off")]
