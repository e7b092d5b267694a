"""Whatever comes to the OSC port: no packet raises, leaves anything behind, or brings many or large answers."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config import Osc
from edge.mailbox import Broadcast
from edge.outputs.osc.listener import MOST_BYTES, MOST_MESSAGES, Listener
from edge.outputs.osc.messages import message
from edge.outputs.osc.output import OscOutput
from tests.strangers.counts import fuzzed
from tests.strangers.memory import resident_mb
from tests.strangers.mutate import mutated

ADDRESSES = ("/affetto/ping", "/affetto/hold", "/affetto/subscribe", "/affetto/unsubscribe", "/affetto/explain")
SENDER = ("192.168.4.9", 9000)


@pytest.fixture(scope="module")
def listener() -> Listener:
    """As the output makes it, with all that it answers; the packets are handed to it without a socket between."""
    output = OscOutput(Osc(), Broadcast(), on_explain=lambda tell: "0" * 12)
    handlers = {address: getattr(output, f"_asked_{address.rpartition('/')[2]}") for address in ADDRESSES}
    return Listener("127.0.0.1", 0, handlers)


def padded(data: bytes) -> bytes:
    return data + bytes(4 - len(data) % 4)


texts = st.one_of(st.sampled_from(ADDRESSES), st.text(max_size=40)).map(
    lambda text: padded(text.encode(errors="replace"))
)
tags = st.text("ifsbhdtTFNIr[]mc,\x00é", max_size=12).map(lambda text: padded(f",{text}".encode()))
numbers = st.integers(0, 2**32 - 1).map(lambda n: struct.pack(">I", n))
arguments = st.lists(st.one_of(texts, st.binary(max_size=16), numbers), max_size=6).map(b"".join)
messages = st.tuples(texts, tags, arguments).map(b"".join)
sizes = st.one_of(st.none(), st.sampled_from([0, -1, 2**31 - 1, 3, 1 << 20]))


def bundle_of(parts: list[tuple[bytes, int | None]]) -> bytes:
    body = (struct.pack(">i", len(part) if size is None else size) + part for part, size in parts)
    return b"#bundle\x00" + struct.pack(">Q", 1) + b"".join(body)


packets = st.recursive(
    messages, lambda inner: st.lists(st.tuples(inner, sizes), max_size=4).map(bundle_of), max_leaves=12
)


@settings(settings.get_profile("strangers"), max_examples=fuzzed(600))
@given(st.one_of(packets, st.binary(max_size=MOST_BYTES)))
def test_no_packet_raises_or_brings_much(listener: Listener, packet: bytes) -> None:
    replies = listener._replies(packet[:MOST_BYTES], SENDER)
    assert len(replies) <= MOST_MESSAGES
    for reply in replies:
        sent = message(*reply).dgram
        assert len(sent) <= MOST_BYTES
        assert b"\n" not in sent


def test_damaged_requests_neither_raise_nor_leave_anything_behind(listener: Listener) -> None:
    chance = random.Random(11)
    good = [message(address, *given).dgram for address in ADDRESSES for given in ((), (1,), ("", 9000), ("x", 2.5))]
    deep = good[0]
    while len(deep) + 20 <= MOST_BYTES:
        deep = bundle_of([(deep, None)])
    good += [deep, bundle_of([(each, None) for each in good[:20]])]

    def try_some(count: int) -> None:
        for _ in range(count):
            listener._replies(mutated(chance.choice(good), chance)[:MOST_BYTES], SENDER)

    try_some(500)
    before = resident_mb()
    try_some(fuzzed(5000))
    assert resident_mb() - before < 8
