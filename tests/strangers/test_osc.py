"""What a stranger can do with the OSC port when the owner has opened it to the network, and what not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder

from edge.config import Osc
from edge.mailbox import Broadcast
from edge.outputs.osc.listener import MOST_BYTES
from edge.outputs.osc.messages import message
from edge.outputs.osc.output import MOST_OF_EACH, OscOutput
from edge.types import Prediction
from tests.edge.outputs.helpers import prediction, wait_until
from tests.edge.outputs.osc.receivers import Socket, is_taken
from tests.ports import free_udp_port

Start = Callable[..., tuple[OscOutput, int]]


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()


@pytest.fixture
def listening(predictions: Broadcast[Prediction]) -> Iterator[Start]:
    """Return a function that starts an output that listens, and returns it with its port."""
    with ExitStack() as stack:

        def start(**named: Any) -> tuple[OscOutput, int]:
            port = free_udp_port()
            output = OscOutput(Osc(listen=port, rate_hz=50.0), predictions, **named)
            stack.callback(output.close)
            output.start()
            wait_until(lambda: is_taken(port))
            return output, port

        yield start


@pytest.fixture
def stranger() -> Iterator[Socket]:
    made = Socket()
    yield made
    made.close()


def test_unless_told_otherwise_nobody_on_the_network_is_listened_to() -> None:
    assert Osc().listen == 0
    assert Osc().listen_host == "127.0.0.1"


@pytest.mark.parametrize("victim", ["192.0.2.7", "victim.example", "127.0.0.2", "::1", "localhost"])
def test_nobody_makes_the_guitar_send_to_somebody_else(listening: Start, stranger: Socket, victim: str) -> None:
    output, port = listening()
    stranger.ask(port, "/affetto/subscribe", victim, 9000)
    (line,) = stranger.messages()["/affetto/error"]
    assert line == "/affetto/subscribe is for the sender's own ports: leave the host empty, or set osc.targets"
    assert output._everybody() == ()


def test_nobody_ends_what_somebody_else_gets(listening: Start, stranger: Socket) -> None:
    output, port = listening()
    output.subscribe("127.0.0.2", 9000)
    stranger.ask(port, "/affetto/unsubscribe", "127.0.0.2", 9000)
    assert "/affetto/error" in stranger.messages()
    assert [str(target) for target in output._everybody()] == ["127.0.0.2:9000"]


def test_one_machine_takes_half_of_the_places_at_most(listening: Start, stranger: Socket) -> None:
    output, port = listening()
    for k in range(MOST_OF_EACH):
        stranger.ask(port, "/affetto/subscribe", "", 20000 + k)
        stranger.next_with("/affetto/subscribed")
    stranger.ask(port, "/affetto/subscribe", "", 21000)
    assert "/affetto/error" in stranger.messages()
    output.subscribe("127.0.0.2", 9000)


def test_two_guitars_never_answer_each_other_for_good(listening: Start, predictions: Broadcast[Prediction]) -> None:
    """A packet with a forged sender makes each guitar take the other's answer for a request."""
    asked = []
    one, other = (listening(on_explain=lambda tell: asked.append(tell) or "id") for _ in range(2))
    predictions.publish(prediction())
    requests = {
        "/affetto/ping": (), "/affetto/hold": (1,), "/affetto/subscribe": ("",), "/affetto/explain": (), "/other": (),
    }  # fmt: skip
    for address, arguments in requests.items():
        # as if the other guitar had sent it
        replies = one[0]._listener._replies(message(address, *arguments).dgram, ("127.0.0.1", other[1]))
        rounds = 0
        while replies and rounds < 10:
            rounds += 1
            here = (other, one)[rounds % 2 == 0][0]
            replies = [r for reply in replies for r in here._listener._replies(message(*reply).dgram, ("127.0.0.1", 1))]
        assert rounds <= 3, address
    assert len(asked) <= 2


def test_explanations_by_osc_are_few(listening: Start, stranger: Socket) -> None:
    asked = []
    _, port = listening(on_explain=lambda tell: asked.append(tell) or "id")
    for _ in range(20):
        stranger.ask(port, "/affetto/explain")
    answers = [stranger.messages() for _ in range(20)]
    assert len(asked) <= 7
    assert any("ask again in" in answer.get("/affetto/error", [""])[0] for answer in answers)


def test_a_packet_that_no_request_needs_is_not_even_read(listening: Start, stranger: Socket) -> None:
    _, port = listening()
    builder = OscBundleBuilder(0)
    while len(builder.build().dgram) <= MOST_BYTES:
        builder.add_content(message("/affetto/ping"))
    stranger.send(port, builder.build().dgram)
    stranger.ask(port, "/affetto/hold", 5)
    assert "/affetto/error" in stranger.messages()
    with pytest.raises(TimeoutError):
        stranger.datagram(timeout_s=0.3)


def test_an_answer_is_no_amplifier(listening: Start, stranger: Socket) -> None:
    """A forged sender gets at most a few times as many bytes as were sent."""
    _, port = listening(on_explain=lambda tell: "0" * 12)
    for request in [("/affetto/ping",), ("/affetto/hold", 7), ("/affetto/subscribe",), ("/affetto/unsubscribe", "", 1),
                    ("/affetto/explain",), ("/affetto/explain", "x")]:  # fmt: skip
        stranger.ask(port, *request)
        assert len(stranger.datagram()) < 8 * len(message(*request).dgram), request


def test_a_flood_costs_little_and_is_over_when_it_is_over(listening: Start, stranger: Socket) -> None:
    _, port = listening()
    flooding = threading.Event()

    def flood() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            packet = message("/affetto/nothing", "x" * 1000).dgram
            while not flooding.is_set():
                udp.sendto(packet, ("127.0.0.1", port))
                time.sleep(0.0002)  # thousands a second, and still most of this processor for others

    thread = threading.Thread(target=flood)
    handled = []
    import edge.outputs.osc.listener as listener

    parse = listener.OscPacket
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "OscPacket", lambda packet: handled.append(1) or parse(packet))
        thread.start()
        time.sleep(2.0)
        flooding.set()
        thread.join()
    # the burst and then two hundred a second, of some thousands
    assert 100 <= len(handled) <= 700, len(handled)

    def answered() -> bool:
        stranger.ask(port, "/affetto/ping")
        try:
            return "/affetto/pong" in stranger.messages(timeout_s=0.2)
        except TimeoutError:
            return False

    wait_until(answered, 10)
