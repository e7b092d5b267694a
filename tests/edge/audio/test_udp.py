"""Raw PCM over UDP from a real sender, and from hostile ones."""

import shutil
import socket
import subprocess
import time

import numpy as np
import pytest
import soundfile

from edge.audio.udp import UdpSource, parse_udp_url
from edge.errors import AudioError
from tests.ports import free_udp_port


def collect(source, until_frames, limit_s=10.0):
    parts, until = [], time.monotonic() + limit_s
    while sum(map(len, parts)) < until_frames and time.monotonic() < until:
        if source.ring.wait(0.1):
            parts.append(source.ring.read())
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("codec", "format_", "tolerance"), [("pcm_s16le", "s16le", 1e-4), ("pcm_f32le", "f32le", 1e-6)]
)
def test_ffmpeg_is_heard_exactly(tmp_path, codec, format_, tolerance):
    assert shutil.which("ffmpeg"), "needs Debian's ffmpeg; `make test` installs it"
    sound = (0.3 * np.sin(np.arange(44100) * 0.05)).astype(np.float32)
    soundfile.write(tmp_path / "s.wav", sound, 44100, subtype="FLOAT")
    port = free_udp_port()
    source = UdpSource(f"udp://127.0.0.1:{port}?rate=44100&format={format_}")
    source.open()
    sender = subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-re", "-i", tmp_path / "s.wav", "-c:a", codec, "-f", format_,
         f"udp://127.0.0.1:{port}?pkt_size=1024"]
    )  # fmt: skip
    heard = collect(source, len(sound))
    sender.wait(timeout=10)
    source.close()
    np.testing.assert_allclose(heard, sound, atol=tolerance)


def test_it_is_lost_when_the_sender_stops_and_back_without_reopening():
    port = free_udp_port()
    source = UdpSource(f"udp://127.0.0.1:{port}?rate=48000")
    source.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"\0" * 512, ("127.0.0.1", port))
        assert source.ring.wait(1.0)
        assert not source.is_lost()
        time.sleep(source.silent_after_s + 0.1)
        assert source.is_lost()
        assert source.is_open
        sender.sendto(b"\0" * 512, ("127.0.0.1", port))
        assert source.ring.wait(1.0)
        time.sleep(0.05)
        assert not source.is_lost()
    source.close()


def test_packets_that_are_no_frames_or_no_numbers_do_no_harm():
    port = free_udp_port()
    source = UdpSource(f"udp://127.0.0.1:{port}?rate=48000&channels=2&format=f32le")
    source.open()
    good = np.array([[0.5, 0.25]] * 4, "<f4")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in (b"", b"\1\2\3", np.full(4, np.nan, "<f4").tobytes(), good.tobytes()):
            sender.sendto(packet, ("127.0.0.1", port))
    heard = collect(source, 6, 2.0)
    source.close()
    assert heard.tolist() == [0.0] * 2 + [0.375] * 4
    assert source.status().overflows == 1
    assert "check the sender's format" in source.status().note


@pytest.mark.parametrize(
    "url",
    ["udp://", "udp://:9", "udp://h", "udp://h:99999", "udp://h:9?rate=x", "udp://h:9?rate=5", "udp://h:9?channels=0",
     "udp://h:9?format=mp3", "udp://h:9?speed=2"],
)  # fmt: skip
def test_addresses_that_say_too_little_are_refused(url):
    with pytest.raises(AudioError) as error:
        parse_udp_url(url)
    assert url in str(error.value)


def test_a_taken_port_is_said():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(AudioError, match="choose another port"):
            UdpSource(f"udp://127.0.0.1:{taken.getsockname()[1]}").open()
