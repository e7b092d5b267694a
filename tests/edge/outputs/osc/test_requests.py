"""What Affetto answers on its OSC port, and what cannot end it."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder

from edge import __version__
from edge.errors import OutputError
from edge.outputs.osc.messages import message
from edge.outputs.osc.output import OscOutput
from edge.rate_limit import Allowance
from edge.types import TrustState
from tests.edge.outputs.helpers import prediction, wait_until
from tests.edge.outputs.osc.conftest import Player
from tests.edge.outputs.osc.receivers import Socket, is_taken
from tests.ports import free_udp_port

Start = Callable[..., OscOutput]


@pytest.fixture
def port() -> int:
    return free_udp_port()


@pytest.fixture
def listening(started: Start, port: int) -> Callable[..., OscOutput]:
    """As `started`, but with a port on which it already listens."""

    def start(*targets: int | str, **settings: object) -> OscOutput:
        output = started(*targets, listen=port, **settings)
        wait_until(lambda: is_taken(port))
        return output

    return start


def test_ping_is_answered_with_the_version(listening: Start, receiver: Socket, port: int) -> None:
    listening()
    receiver.ask(port, "/affetto/ping")
    assert receiver.messages() == {"/affetto/pong": [__version__]}


def test_subscribing_brings_everything_at_once(listening: Start, player: Player, receiver: Socket, port: int) -> None:
    listening()
    player.play(prediction())
    time.sleep(0.2)
    receiver.ask(port, "/affetto/subscribe", "127.0.0.1", receiver.port)
    seen = [receiver.messages(), receiver.messages()]
    assert {"/affetto/subscribed": ["127.0.0.1", receiver.port]} in seen
    news = next(found for found in seen if "/affetto/state" in found)
    assert news["/affetto/emotion/label"] == ["happy", 0.25]
    assert news["/affetto/valence"] == [0.5]


def test_an_empty_host_is_the_sender_and_unsubscribing_ends_it(
    listening: Start, player: Player, receiver: Socket, port: int
) -> None:
    listening()
    player.play(prediction())
    receiver.ask(port, "/affetto/subscribe", "", receiver.port)
    receiver.next_with("/affetto/valence")
    receiver.ask(port, "/affetto/unsubscribe", "", receiver.port)
    receiver.next_with("/affetto/unsubscribed")
    for _ in range(2):  # one may be on its way
        try:
            receiver.datagram(timeout_s=0.3)
        except TimeoutError:
            return
    pytest.fail("still subscribed")


def test_a_subscriber_that_is_there_already_is_told_anew(
    listening: Start, player: Player, receiver: Socket, port: int
) -> None:
    output = listening(receiver.port)
    player.play(prediction())
    receiver.next_with("/affetto/emotion/label")
    receiver.ask(port, "/affetto/subscribe", "127.0.0.1", receiver.port)
    receiver.next_with("/affetto/emotion/label")
    assert len(output._everybody()) == 1


def test_no_more_than_eight_subscribe(listening: Start, receiver: Socket, port: int) -> None:
    output = listening()
    for k in range(8):
        output.subscribe(f"127.0.0.{2 + k // 2}", 20000 + k)
    receiver.ask(port, "/affetto/subscribe", "127.0.0.1", receiver.port)
    assert receiver.messages() == {
        "/affetto/error": ["8 have subscribed already; one must unsubscribe first"],
    }
    output.unsubscribe("127.0.0.3", 20003)
    receiver.ask(port, "/affetto/subscribe", "127.0.0.1", receiver.port)
    assert "/affetto/subscribed" in receiver.next_with("/affetto/subscribed")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("127.0.0.1",),
        (9000, "127.0.0.1"),
        ("127.0.0.1", "9000"),
        ("127.0.0.1", 0),
        ("127.0.0.1", 65536),
        ("127.0.0.1", True),
        ("http://x/", 9000),
        ("a b", 9000),
        ("-x", 9000),
        ("x" * 300, 9000),
    ],
)
def test_who_cannot_be_subscribed_is_told_so(
    listening: Start, receiver: Socket, port: int, arguments: tuple[object, ...]
) -> None:
    output = listening()
    receiver.ask(port, "/affetto/subscribe", *arguments)
    (line,) = receiver.messages()["/affetto/error"]
    assert line
    assert "\n" not in line
    assert output._everybody() == ()


def test_hold_freezes_the_values_and_says_so(listening: Start, player: Player, receiver: Socket, port: int) -> None:
    listening(receiver.port)
    player.play(prediction(valence=0.5))
    receiver.next_with("/affetto/valence", 0.5)
    receiver.ask(port, "/affetto/hold", 1)
    player.play(prediction("sad", valence=-0.75))
    receiver.next_with("/affetto/hold", 1)
    wait_until(lambda: receiver.messages().get("/affetto/state") == ["stale"])  # frozen is old
    frozen = [receiver.next_with("/affetto/valence") for _ in range(10)]
    assert all(found["/affetto/valence"] == [0.5] for found in frozen)
    assert all(found["/affetto/state"] == ["stale"] for found in frozen)
    assert receiver.next_with("/affetto/heartbeat")["/affetto/hold"] == [1]
    receiver.ask(port, "/affetto/hold", 0)
    found = receiver.next_with("/affetto/state", "live")
    assert found["/affetto/valence"] == [-0.75]
    assert found["/affetto/emotion/label"][0] == "sad"


def test_a_lost_source_shows_through_a_hold(started: Start, player: Player, receiver: Socket) -> None:
    output = started(receiver.port)
    player.play(prediction())
    receiver.next_with("/affetto/state", "live")
    output.hold = True
    player.play(prediction(state=TrustState.LOST))
    receiver.next_with("/affetto/state", "lost")


@pytest.mark.parametrize("arguments", [(), (2,), ("on",), (1, 1)])
def test_hold_takes_one_or_zero(listening: Start, receiver: Socket, port: int, arguments: tuple[object, ...]) -> None:
    output = listening()
    receiver.ask(port, "/affetto/hold", *arguments)
    assert receiver.messages() == {"/affetto/error": ["/affetto/hold takes 1 (freeze) or 0 (release)"]}
    assert not output.hold


def test_explain_is_answered_at_once_and_with_a_sentence_later(listening: Start, receiver: Socket, port: int) -> None:
    asked = []
    listening(on_explain=lambda tell: asked.append(tell) or "7")
    receiver.ask(port, "/affetto/explain")
    assert receiver.messages() == {"/affetto/explain": ["7"]}
    asked[0]("sad, because minorness is high", "")
    assert receiver.messages() == {"/affetto/explanation": ["sad, because minorness is high"]}
    asked[0]("", "took longer than 60 s")
    assert receiver.messages() == {"/affetto/error": ["took longer than 60 s"]}


def test_explain_without_anybody_who_explains(listening: Start, receiver: Socket, port: int) -> None:
    listening()
    receiver.ask(port, "/affetto/explain")
    (line,) = receiver.messages()["/affetto/error"]
    assert line.startswith("explanations are not available here")


@pytest.mark.parametrize("error", [OutputError("busy; ask again later"), KeyError("oops")])
def test_what_fails_is_answered(listening: Start, receiver: Socket, port: int, error: Exception) -> None:
    def fail(tell: object) -> str:
        raise error

    listening(on_explain=fail)
    receiver.ask(port, "/affetto/explain")
    (line,) = receiver.messages()["/affetto/error"]
    assert line == (
        str(error) if isinstance(error, OutputError) else "/affetto/explain: failed; the log of Affetto says why"
    )
    receiver.ask(port, "/affetto/ping")
    assert receiver.messages() == {"/affetto/pong": [__version__]}


def malformed() -> list[bytes]:
    chance = random.Random(5)
    good = message("/affetto/hold", 1).dgram
    bundled = b"#bundle\0" + bytes(7) + b"\x01"
    nested = bundled
    for _ in range(2000):
        nested = bundled + len(nested).to_bytes(4, "big") + nested
        if len(nested) > 60000:
            break
    packets = [b"", b"\0", b"/", b"/affetto/ping", b"/affetto/ping\0\0\0", b"#bundle\0", bundled + b"\xff\xff\xff\xff"]
    packets += [nested, b"/affetto/ping\0\0\0,[[[[[[[[[[[\0\0\0\0", b"/affetto/[\0\0,\0\0\0", b"\xff" * 60000]
    packets += [good[:k] for k in range(len(good))]
    packets += [bytes(chance.randrange(256) for _ in range(chance.randrange(200))) for _ in range(300)]
    for _ in range(300):
        broken = bytearray(good)
        broken[chance.randrange(len(broken))] = chance.randrange(256)
        packets.append(bytes(broken))
    return packets


def test_no_packet_ends_it(listening: Start, receiver: Socket, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EACH_SENDER", "ALL_SENDERS"):
        monkeypatch.setattr(f"edge.outputs.osc.listener.{name}", Allowance(10_000, 1e-4))
    output = listening()
    for k, packet in enumerate(malformed()):
        receiver.send(port, packet)
        if k % 20 == 0:
            receiver.ask(port, "/affetto/ping")
            receiver.next_with("/affetto/pong")
    receiver.ask(port, "/affetto/ping")
    receiver.next_with("/affetto/pong")
    assert output.status().state == "ok"


def test_a_bundle_for_next_year_delays_nobody(listening: Start, receiver: Socket, port: int) -> None:
    listening()
    builder = OscBundleBuilder(time.time() + 3e7)
    builder.add_content(message("/affetto/ping"))
    start = time.monotonic()
    receiver.send(port, builder.build().dgram)
    assert receiver.messages() == {"/affetto/pong": [__version__]}
    assert time.monotonic() - start < 2.0


def test_one_packet_brings_few_replies(listening: Start, receiver: Socket, port: int) -> None:
    listening()
    builder = OscBundleBuilder(0)
    for _ in range(60):
        builder.add_content(message("/affetto/ping"))
    receiver.send(port, builder.build().dgram)
    for _ in range(32):
        assert "/affetto/pong" in receiver.messages()
    with pytest.raises(TimeoutError):
        receiver.datagram(timeout_s=0.3)


def test_a_port_that_another_program_has_is_said_and_had_when_it_is_free(
    started: Start, player: Player, receiver: Socket, port: int
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        output = started(receiver.port, listen=port)
        wait_until(lambda: output.status().state == "retrying" and "listen" in output.status().note)
        assert output.status().note.startswith(f"cannot listen on 127.0.0.1:{port} (Address already in use)")
        player.play(prediction())
        receiver.next_with("/affetto/valence")  # sending goes on
    wait_until(lambda: output.status().state == "ok")
    receiver.ask(port, "/affetto/ping")
    receiver.next_with("/affetto/pong")


def test_the_port_is_free_after_close(listening: Start, port: int) -> None:
    output = listening()
    assert is_taken(port)
    output.close()
    assert not is_taken(port)
