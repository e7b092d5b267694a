"""MIDI goes out only: the instrument has no port that anybody could send to, and nothing that reads MIDI."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import edge
from edge.config import Midi
from edge.mailbox import Broadcast
from edge.outputs.midi.output import MidiOutput
from tests.edge.outputs.helpers import wait_until
from tests.jackd import JackServer

LISTED = """
import jack
client = jack.Client("stranger", no_start_server=True)
ours = [port for port in client.get_ports(is_midi=True) if not port.name.startswith(("stranger:", "system:"))]
print(sum(port.is_output for port in ours), sum(port.is_input for port in ours))
sender = client.midi_outports.register("notes")
client.activate()
try:
    client.connect(sender, ours[0])
    print("connected")
except jack.JackError:
    print("refused")
"""
"""What another program on the same JACK server sees of our ports, and what comes of sending to one."""


def test_nobody_can_send_midi_to_the_instrument(jackd: JackServer) -> None:
    output = MidiOutput(Midi(port="virtual", api="jack"), Broadcast())
    output.start()
    try:
        wait_until(lambda: output.status().state == "ok")
        seen = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, timeout=30)
        assert seen.stdout.split() == ["1", "0", "refused"], seen.stderr
        assert output.status().state == "ok"
    finally:
        output.close()


def test_nothing_of_the_instrument_reads_midi() -> None:
    for file in Path(edge.__file__).parent.rglob("*.py"):
        assert not re.search(r"\bMidiIn\b|get_message|midi_inports", file.read_text()), file
