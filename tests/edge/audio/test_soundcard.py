"""The sound card through a real JACK server. Each test captures in a process of its own: PortAudio may take it down."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PLAYER = Path(__file__).parents[2] / "jack_player.py"
COUNTER = 1 << 20


@contextlib.contextmanager
def player(name: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, PLAYER, name], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "playing\n"
    yield process
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


def capture(script: str, **environment: str) -> subprocess.Popen[str]:
    code = "import time, numpy as np\nfrom edge.audio.soundcard import SoundCard\n" + script
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )


def test_capture_through_jack_is_bit_exact(jackd):
    script = f"""
card = SoundCard("guitar"); card.open()
parts, until = [], time.monotonic() + 5
while time.monotonic() < until:
    if card.ring.wait(0.5): parts.append(card.ring.read())
card.close()
sound = np.concatenate(parts)
counter = np.rint(sound * {COUNTER}).astype(int)
first = int(np.flatnonzero(counter)[0])
steps = np.diff(counter[first:]) % {COUNTER}
print(card.rate_hz, len(counter) - first, int((steps != 1).sum()), card.status().overruns, card.name)
"""
    with player("guitar"):
        out, _ = capture(script).communicate(timeout=30)
    rate_hz, frames, breaks, overruns, name = out.split()
    assert (rate_hz, name) == ("48000", "guitar")
    assert int(frames) > 4 * 48000
    assert (breaks, overruns) == ("0", "0")


def test_a_player_that_leaves_gives_silence_and_a_server_that_dies_is_lost_within_a_second(jackd):
    script = """
from edge.errors import StuckError
card = SoundCard("guitar"); card.open()
time.sleep(0.5); print("open", card.is_lost(), flush=True)
while not card.is_lost(): time.sleep(0.01)
print("lost", time.monotonic(), flush=True)
started = time.monotonic()
try: card.close()
except StuckError as error: print("stuck", round(time.monotonic() - started, 1), flush=True)
else: print("closed", flush=True)
import os; os._exit(0)
"""
    with player("guitar"):
        process = capture(script)
        assert process.stdout is not None
        assert process.stdout.readline() == "open False\n"
        killed_at = time.monotonic()
        jackd.stop()
        word, when = process.stdout.readline().split()
        assert word == "lost"
        assert float(when) - killed_at < 1.0
        # whatever PortAudio does now, hang, abort or close, it must not hold us
        rest = process.communicate(timeout=10)[0]
        assert process.returncode != 0 or rest in ("closed\n", "stuck 0.5\n")


def test_a_device_that_is_not_there_is_one_line(jackd):
    script = """
from edge.errors import AudioError
try: SoundCard("no such guitar").open()
except AudioError as error: print(error)
"""
    out, _ = capture(script).communicate(timeout=30)
    assert out.startswith('input "no such guitar" is not there (found: ')
    assert out.count("\n") == 1


@pytest.mark.parametrize("channel", [1, 2])
def test_one_channel_of_several(jackd, channel):
    script = f"""
from edge.errors import AudioError
try: SoundCard("guitar", channel={channel}).open()
except AudioError as error: print(error)
else: print("open")
"""
    with player("guitar"):
        out, _ = capture(script).communicate(timeout=30)
    assert out.startswith("open" if channel == 1 else "guitar: has 1 channel, not 2")


def test_an_alsa_device_opens_and_reads(tmp_path):
    """ALSA's own file device: real ALSA and PortAudio, though no real pace, since nothing clocks it."""
    sound = tmp_path / "sound.raw"
    sound.write_bytes(np.full(1 << 20, 0.25, "<f4").tobytes())
    (tmp_path / ".asoundrc").write_text(
        f'pcm.guitar {{ type file slave.pcm "null" file "/dev/null" infile "{sound}" format "raw" '
        'hint { show on description "guitar" } }\n'
    )
    script = """
card = SoundCard("guitar", channel=1); card.open()
until = time.monotonic() + 5
while card.ring.written < 4096 and time.monotonic() < until: time.sleep(0.01)
print(card.status().open, card.ring.written >= 4096, float(np.median(card.ring.read())))
import os, sys; sys.stdout.flush(); os._exit(0)
"""
    out, _ = capture(script, HOME=str(tmp_path)).communicate(timeout=30)
    assert out == "True True 0.25\n"
