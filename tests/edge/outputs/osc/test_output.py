"""What OSC receivers get: liblo's oscdump, Pure Data, and a plain socket."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from edge.mailbox import Broadcast
from edge.outputs.osc.output import OscOutput
from edge.types import EMOTIONS, MID_LEVEL, Prediction, TrustState
from tests.edge.outputs.helpers import prediction, stays, wait_until
from tests.edge.outputs.osc.conftest import Player
from tests.edge.outputs.osc.receivers import Socket, oscdump, oscdump_messages, pure_data, read
from tests.ports import free_udp_port

Start = Callable[..., OscOutput]


def everything(shown: Prediction) -> dict[str, list[float]]:
    """All numbers of a prediction by address."""
    out = {f"/affetto/emotion/{e}": [p] for e, p in zip(EMOTIONS, shown.probabilities, strict=True)}
    out["/affetto/emotion/vector"] = list(shown.probabilities)
    out["/affetto/valence"], out["/affetto/arousal"] = [shown.valence], [shown.arousal]
    return out | {f"/affetto/midlevel/{n}": [v] for n, v in zip(MID_LEVEL, shown.mid_level, strict=True)}


def test_oscdump_prints_every_address_with_its_types(started: Start, player: Player, closing: ExitStack) -> None:
    dump = oscdump(free_udp_port())
    closing.callback(dump.close)
    started(dump.port)
    shown = prediction()
    player.play(shown)
    wait_until(lambda: len({address for address, _, _ in oscdump_messages(dump)}) == 4 + 1 + 1 + 2 + 11 + 2)
    got = {address: (types, arguments) for address, types, arguments in oscdump_messages(dump)}
    for address, numbers in everything(shown).items():
        types, arguments = got[address]
        assert types == "f" * len(numbers)
        assert [float(a) for a in arguments] == pytest.approx(numbers, abs=1e-6)
    assert got["/affetto/emotion/label"] == ("sf", ["happy", "0.250000"])
    assert got["/affetto/state"] == ("s", ["live"])
    assert got["/affetto/heartbeat"][0] == "i"


def test_pure_data_prints_every_address(started: Start, player: Player, closing: ExitStack) -> None:
    pd = pure_data(free_udp_port())
    closing.callback(pd.close)
    started(pd.port)
    shown = prediction()
    player.play(shown)
    wanted = {
        f"osc: list {address[1:].replace('/', ' ')} {' '.join(f'{n:g}' for n in numbers)}"
        for address, numbers in everything(shown).items()
    } | {"osc: list affetto emotion label happy 0.25", "osc: list affetto state live"}
    wait_until(lambda: wanted <= set(pd.lines))
    wait_until(lambda: any(line.startswith("osc: list affetto heartbeat ") for line in pd.lines))


def test_one_datagram_for_each_update_and_it_fits_an_ethernet_frame(
    started: Start, player: Player, receiver: Socket
) -> None:
    started(receiver.port)
    player.play(prediction("aggressive", state=TrustState.UNSURE))
    receiver.next_with("/affetto/emotion/label")
    biggest = max(len(receiver.datagram()) for _ in range(40))
    assert biggest < 1472 - 100  # the label comes on top when it changes
    found = receiver.next_with("/affetto/valence")
    assert set(everything(prediction())) | {"/affetto/state"} <= set(found)


def test_the_pace_of_the_settings(started: Start, player: Player, receiver: Socket) -> None:
    started(receiver.port, rate_hz=10.0)
    player.play(prediction())
    receiver.next_with("/affetto/valence")
    times = []
    for _ in range(12):
        receiver.next_with("/affetto/valence")
        times.append(time.monotonic())
    assert 0.09 < (times[-1] - times[0]) / 11 < 0.15


def test_the_label_comes_at_first_contact_and_when_it_changes(started: Start, player: Player, receiver: Socket) -> None:
    started(receiver.port)
    player.play(prediction("happy"))
    assert receiver.next_with("/affetto/emotion/label")["/affetto/emotion/label"] == ["happy", 0.25]
    assert not any("/affetto/emotion/label" in receiver.messages() for _ in range(20))
    player.play(prediction("sad", confidence=0.5))
    assert receiver.next_with("/affetto/emotion/label")["/affetto/emotion/label"] == ["sad", 0.5]


def test_the_heart_beats_once_a_second_with_and_without_values(
    started: Start, player: Player, receiver: Socket
) -> None:
    started(receiver.port)
    times, beats = [], []
    for k in range(4):
        if k == 2:
            player.play(prediction())
        beats += receiver.next_with("/affetto/heartbeat")["/affetto/heartbeat"]
        times.append(time.monotonic())
    assert beats == [1, 2, 3, 4]
    assert times[-1] - times[0] == pytest.approx(3.0, abs=0.4)


def test_before_anything_was_heard_no_numbers_go_out(started: Start, receiver: Socket) -> None:
    started(receiver.port)
    assert receiver.messages() == {"/affetto/state": ["stale"], "/affetto/heartbeat": [1]}


def test_the_last_value_turns_stale_and_so_does_the_end(
    predictions: Broadcast[Prediction], started: Start, receiver: Socket
) -> None:
    output = started(receiver.port)
    receiver.messages()
    predictions.publish(prediction())
    receiver.next_with("/affetto/state", "live")
    start = time.monotonic()
    receiver.next_with("/affetto/state", "stale")
    assert 0.9 < time.monotonic() - start < 1.5
    predictions.publish(prediction())
    receiver.next_with("/affetto/state", "live")
    output.close()
    assert receiver.messages() == {"/affetto/state": ["stale"]}


@pytest.mark.parametrize("bad", ["no-such-host.invalid:9000", "127.0.0.1:99999", "255.255.255.255:9000"])
def test_one_bad_target_does_not_hinder_the_others(started: Start, player: Player, receiver: Socket, bad: str) -> None:
    output = started(bad, receiver.port)
    player.play(prediction())
    times = []
    for _ in range(20):
        receiver.next_with("/affetto/valence")
        times.append(time.monotonic())
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.5
    wait_until(lambda: output.status().state == "retrying")
    assert bad.split(":")[0] in output.status().note
    assert "\n" not in output.status().note


def test_a_name_server_that_does_not_answer_delays_nobody(
    started: Start, player: Player, receiver: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    real = socket.getaddrinfo

    def slow(host: str, *rest: object, **options: object) -> object:
        if host == "slow.example" and not options.get("flags"):
            time.sleep(3)
        return real(host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started("slow.example:9000", receiver.port)
    player.play(prediction())
    receiver.next_with("/affetto/valence")
    start = time.monotonic()
    for _ in range(10):
        receiver.next_with("/affetto/valence")
    assert time.monotonic() - start < 1.5


def test_a_host_name_is_resolved_and_greeted(started: Start, player: Player, receiver: Socket) -> None:
    started(f"localhost:{receiver.port}")
    player.play(prediction())
    assert receiver.next_with("/affetto/emotion/label")["/affetto/state"] == ["live"]


def test_a_receiver_that_is_not_there_yet_is_told_and_gets_everything_once_it_is(
    started: Start, player: Player, closing: ExitStack
) -> None:
    port = free_udp_port()
    output = started(port)
    player.play(prediction())
    wait_until(lambda: output.status().state == "retrying")
    assert output.status().note == f"127.0.0.1:{port}: Connection refused"
    program = oscdump(port)
    closing.callback(program.close)
    wait_until(lambda: output.status().state == "ok")
    wait_until(lambda: "/affetto/state" in [address for address, *_ in oscdump_messages(program)])
    assert output.status().note == ""


def test_wekinator_gets_seventeen_numbers_and_nothing_else(started: Start, player: Player, receiver: Socket) -> None:
    started(receiver.port, profile="wekinator")
    shown = prediction()
    player.play(shown)
    datagram = receiver.datagram()
    assert not datagram.startswith(b"#bundle")  # one plain message
    numbers = [*shown.probabilities, shown.valence, shown.arousal, *shown.mid_level]
    assert len(numbers) == 17
    assert read(datagram) == {"/wek/inputs": numbers}
    assert all(set(receiver.messages()) == {"/wek/inputs"} for _ in range(30))


@pytest.mark.parametrize("state", [TrustState.SILENT, TrustState.LOST])
def test_wekinator_gets_no_value_that_is_not_believed(
    started: Start, player: Player, receiver: Socket, state: TrustState
) -> None:
    output = started(receiver.port, profile="wekinator")
    player.play(prediction(state=state))
    wait_until(lambda: output.status().sent > 5)
    with pytest.raises(TimeoutError):
        receiver.datagram(timeout_s=0.3)
    player.play(prediction())
    assert set(receiver.messages()) == {"/wek/inputs"}


def test_from_mailbox_to_packet_in_a_few_milliseconds(
    predictions: Broadcast[Prediction], started: Start, receiver: Socket
) -> None:
    started(receiver.port, rate_hz=50.0)
    receiver.messages()
    delays = []
    for k in range(60):
        time.sleep(0.03)
        start = time.monotonic()
        predictions.publish(prediction(valence=k / 64))
        receiver.next_with("/affetto/valence", k / 64)
        delays.append(time.monotonic() - start)
    assert sorted(delays)[30] < 0.02


def test_status_while_all_is_well(started: Start, receiver: Socket) -> None:
    output = started(receiver.port)
    wait_until(lambda: output.status().state == "ok")
    assert stays(lambda: output.status().note == "", 0.3)
