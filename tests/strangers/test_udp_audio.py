"""Sound by UDP: who else sends to the port is not heard, whatever it is."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audio.udp import FORMATS, UdpSource, parse_udp_url
from edge.chain import Chain
from edge.config import Decision
from edge.errors import AudioError
from edge.model import Model
from tests.edge.api.client import wait_until
from tests.ports import free_udp_port
from tests.strangers.counts import fuzzed

MODEL = Model()
LOUD = np.full(64, 20000, "<i2").tobytes()
QUIET = np.full(64, 100, "<i2").tobytes()


@pytest.fixture
def senders() -> Iterator[list[socket.socket]]:
    """The guitar's own sender, and a stranger on another machine."""
    with ExitStack() as stack:
        made = []
        for address in ("127.0.0.2", "127.0.0.3"):
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind((address, 0))
            made.append(udp)
        yield made


@pytest.fixture
def heard() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(stack: ExitStack, options: str = "") -> tuple[UdpSource, tuple[str, int]]:
    place = ("127.0.0.1", free_udp_port())
    source = UdpSource(f"udp://{place[0]}:{place[1]}?rate=44100{options}")
    stack.callback(source.close)
    source.open()
    return source, place


def peak(source: UdpSource) -> float:
    return float(np.abs(source.ring.read()).max(initial=0.0))


def test_a_stranger_does_not_mix_into_the_guitars_sound(heard: ExitStack, senders: list[socket.socket]) -> None:
    source, place = opened(heard)
    guitar, stranger = senders
    guitar.sendto(QUIET, place)
    wait_until(lambda: source.ring.written == 64, 5)
    for _ in range(300):
        stranger.sendto(LOUD, place)
        guitar.sendto(QUIET, place)
        time.sleep(0.0005)
    wait_until(lambda: source.ring.written == 301 * 64, 5)
    assert peak(source) < 0.01
    assert "are ignored: 127.0.0.2:" in source.status().note


def test_another_sender_is_heard_when_the_first_has_gone(heard: ExitStack, senders: list[socket.socket]) -> None:
    source, place = opened(heard)
    first, second = senders
    first.sendto(QUIET, place)
    wait_until(lambda: source.ring.written == 64, 5)
    second.sendto(LOUD, place)  # from now on the kernel itself drops what the second sends

    def taken_over() -> bool:
        second.sendto(LOUD, place)
        return source.ring.written > 64

    assert wait_until(taken_over, 10) > source.silent_after_s / 2
    source.ring.read()
    first.sendto(QUIET, place)
    second.sendto(LOUD, place)
    time.sleep(0.3)
    assert set(np.abs(source.ring.read()).round(2).tolist()) <= {np.float32(0.61).item()}


def test_with_from_nobody_else_is_ever_heard(heard: ExitStack, senders: list[socket.socket]) -> None:
    source, place = opened(heard, "&from=127.0.0.2")
    guitar, stranger = senders
    for _ in range(20):
        stranger.sendto(LOUD, place)
    wait_until(lambda: "only 127.0.0.2 is heard" in source.status().note, 5)
    assert source.ring.written == 0
    guitar.sendto(QUIET, place)
    wait_until(lambda: source.ring.written == 64, 5)
    assert peak(source) < 0.01


def test_any_bytes_do_no_harm(heard: ExitStack, senders: list[socket.socket]) -> None:
    """Packets of any content and length, in each format: what is told are finite numbers, and sound goes on."""
    rng = np.random.default_rng(3)
    guitar = senders[0]
    for k, format_ in enumerate(FORMATS):
        source, place = opened(heard, f"&format={format_}&channels={k + 1}")
        chain = Chain(MODEL, Decision(), 44100)
        for _ in range(fuzzed(1000)):
            guitar.sendto(rng.bytes(int(rng.integers(0, 2000))), place)
            chain.push(source.ring.read())
            assert np.isfinite(chain.last.probabilities).all()
        until, before = time.monotonic() + 5, source.ring.written
        while source.ring.written == before:
            assert time.monotonic() < until
            guitar.sendto(bytes(48 * 8), place)
        source.close()


URL_PARTS = st.sampled_from(
    ["udp:", "//", "0.0.0.0", "[::1]", "localhost", ":", "5005", "99999", "?", "&", "rate=", "channels=", "format=",
     "from=", "s16le", "=", "%00", "%ff", "１", "-1", "1e9", "44100", "1" * 5000, "\n", "#", "/", "@",
     "\udc80", "[", "]"]
)  # fmt: skip


@given(st.one_of(st.lists(URL_PARTS).map("".join), st.text(), st.text().map("udp://127.0.0.1:5005?".__add__)))
def test_any_address_is_understood_or_refused_in_one_line(text: str) -> None:
    try:
        (host, port), rate_hz, channels, format_, sender = parse_udp_url(text)
    except AudioError:
        return
    assert host
    assert 0 < port < 65536
    assert 1000 <= rate_hz <= 384000
    assert 1 <= channels <= 64
    assert format_ in FORMATS
    assert sender == "" or socket.inet_aton(sender)
