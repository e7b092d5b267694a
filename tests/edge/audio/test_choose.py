import subprocess
import sys

import pytest

from edge.audio.choose import choose_source
from edge.audio.file import DemoSource, FileSource
from edge.audio.soundcard import SoundCard
from edge.audio.udp import UdpSource
from edge.config import Audio
from edge.errors import AudioError
from tests.edge.sounds import strings, write


def test_each_input_gives_its_source(tmp_path):
    take = write(tmp_path / "take.wav", strings(0.1))
    for input_, kind in (
        ("demo", DemoSource),
        (str(take), FileSource),
        ("udp://127.0.0.1:9", UdpSource),
        ("USB Audio", SoundCard),
        ("usb-path=1-1.2,name=USB Audio", SoundCard),
    ):
        assert type(choose_source(Audio(input=input_))[0]) is kind


def test_a_file_that_is_not_there_is_said_before_anything_starts(tmp_path):
    with pytest.raises(AudioError, match="no such file"):
        choose_source(Audio(input=str(tmp_path / "none.wav")))


def test_auto_takes_the_sound_card_that_is_there_or_appears(tmp_path, jackd):
    """In a process of its own: PortAudio does not survive the end of a JACK server."""
    listing = tmp_path / "pcm"
    script = f"""
import os, sys
from pathlib import Path
from edge.audio.choose import choose_source, plugged_in
from edge.config import Audio
source, note = choose_source(Audio())
print(type(source).__name__, repr(note))
listing = Path({str(listing)!r})
print(plugged_in(Audio(), listing))
listing.write_text("00-03: HDMI 0 : HDMI 0 : playback 1\\n")
print(plugged_in(Audio(), listing))
listing.write_text("01-00: USB Audio : USB Audio : playback 1 : capture 1\\n")
print(type(plugged_in(Audio(), listing)).__name__)
sys.stdout.flush(); os._exit(0)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert result.stdout.splitlines() == ["SoundCard ''", "None", "None", "SoundCard"], result.stderr
