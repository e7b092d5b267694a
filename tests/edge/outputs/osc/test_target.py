"""One receiver: what it is told first, and when it is tried again."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from edge.errors import OutputError
from edge.outputs.osc.messages import message
from edge.outputs.osc.target import Packet, Target
from tests.edge.outputs.osc.receivers import Socket, read

USUAL = message("/usual")
FIRST = message("/first")


def told(target: Target, receiver: Socket) -> str:
    target.tell(USUAL, lambda: FIRST)
    (address,) = read(receiver.datagram())
    return address


def test_greeted_once(receiver: Socket) -> None:
    target = Target("127.0.0.1", receiver.port)
    assert [told(target, receiver) for _ in range(3)] == ["/first", "/usual", "/usual"]


def test_a_wish_for_a_new_greeting_during_a_send_is_not_lost(receiver: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("127.0.0.1", receiver.port)
    told(target, receiver)
    send = target.send

    def send_while_another_thread_subscribes(content: Packet) -> bool:
        target.greeted = False
        return send(content)

    monkeypatch.setattr(target, "send", send_while_another_thread_subscribes)
    assert told(target, receiver) == "/usual"
    monkeypatch.undo()
    assert told(target, receiver) == "/first"


def test_nothing_usual_to_say_says_nothing(receiver: Socket) -> None:
    target = Target("127.0.0.1", receiver.port)
    told(target, receiver)
    target.tell(None, lambda: FIRST)
    with pytest.raises(TimeoutError):
        receiver.datagram(timeout_s=0.1)


def tries_until(target: Target, now: list[float], seconds: float, count: Callable[[], int]) -> list[float]:
    """Send every 10 ms of a clock that is ours; return when the target really tried."""
    tries = []
    while now[0] < seconds:
        before = count()
        target.send(USUAL)
        if count() > before:
            tries.append(now[0])
        now[0] = round(now[0] + 0.01, 2)
    return tries


def test_an_unreachable_target_is_tried_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    target = Target("255.255.255.255", 9000, lambda: now[0])  # refused: no broadcasting
    failures = []
    failed = target._failed
    monkeypatch.setattr(target, "_failed", lambda why: (failures.append(why), failed(why)))
    tries = tries_until(target, now, 10.0, lambda: len(failures))
    waits = [round(b - a, 2) for a, b in itertools.pairwise(tries)]
    assert waits == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert target.note == "255.255.255.255:9000: Permission denied"


@pytest.mark.parametrize(("host", "port"), [("", 1), ("a b", 1), ("x/y", 1), ("127.0.0.1", 0), ("127.0.0.1", 70000)])
def test_what_cannot_be_an_address_is_refused(host: str, port: int) -> None:
    with pytest.raises(OutputError):
        Target(host, port)
