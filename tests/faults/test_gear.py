"""Other gear is gone: the rest goes on, what to do is said, and who returns is told everything again."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import Any

import pytest

from edge.outputs.base import LAST_RETRY_S
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar, jack_guitar
from tests.faults.namespaces import own_network
from tests.faults.observer import PLAYED, Observer
from tests.faults.patience import within
from tests.faults.table import row
from tests.jackd import JackServer

BACK_S = 3.0
LOOKED_FOR_S = 2 * LAST_RETRY_S
PACE_S = 1.0
"""What goes on, goes on: no longer pause than this on a busy machine; an update is due every 33 to 100 ms."""


@pytest.mark.parametrize("by", ["UDP", "JACK"])
def test_a_midi_port_goes_and_returns(
    jackd: JackServer, start: Start, observer: Observer, guitar: Guitar, by: str
) -> None:
    """It is looked for meanwhile, on the server over which the sound may come too."""
    with (
        jack_guitar("guitar"),
        start("--input", guitar.input if by == "UDP" else "guitar", "--midi", "synth") as service,
    ):
        with observer.gear("synth"):
            observer.wait_for("midi", "playing", timeout_s=10)
            observer.wait_for("lights", *PLAYED)
            gone_at = time.monotonic()
        told_at, note = wait_for_output(service, "MIDI", "retrying")
        assert "has gone" in note or "no port is called" in note
        time.sleep(LOOKED_FOR_S)
        with observer.gear("synth"):
            back_at = time.monotonic()
            back_s = observer.wait_for("midi", "playing", after=back_at) - back_at
        assert back_s < within(BACK_S)
        pause_s = max(observer.gap_s(who, gone_at, back_at + back_s) for who in ("lights", "page", "osc"))
        assert pause_s < within(PACE_S)
        told = f"“retrying” after {told_at - gone_at:.2f} s"
        row(f"MIDI port gone, and back, sound by {by}", lights="go on", page=told,
            osc="goes on", midi="–", again=f"{back_s:.2f} s", told=note)  # fmt: skip


def test_an_osc_target_refuses_and_returns(start: Start, observer: Observer, guitar: Guitar) -> None:
    """Nobody has the port: the kernel answers by ICMP, as another machine does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        targets = f'"127.0.0.1:{port}", "127.0.0.1:{observer.osc_port}"'
        write_targets(observer, targets)
        with start("--input", guitar.input, osc=False) as service:
            observer.wait_for("osc", *PLAYED)
            free.settimeout(5)
            free.recv(65536)
            free.close()
            gone_at = time.monotonic()
            told_at, note = wait_for_output(service, "OSC", "retrying")
            assert f"127.0.0.1:{port}: Connection refused" in note
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
                again.bind(("127.0.0.1", port))
                again.settimeout(10)
                back_at = time.monotonic()
                first = again.recv(65536)
                back_s = time.monotonic() - back_at
                # who returns is told everything at once, the label too
                assert b"/affetto/emotion/label" in first
                wait_for_output(service, "OSC", "ok")
            pause_s = max(observer.gap_s(who, gone_at, back_at + back_s) for who in ("lights", "page", "osc"))
    assert back_s < within(BACK_S)
    assert pause_s < within(PACE_S)
    row("OSC target refuses (ICMP), and is back", lights="go on", page=f"“retrying” after {told_at - gone_at:.2f} s",
        osc=f"to other targets goes on, longest pause {pause_s:.2f} s", again=f"{back_s:.2f} s", told=note)  # fmt: skip


def test_an_osc_target_without_a_route_until_the_network_comes(start: Start, observer: Observer) -> None:
    with own_network(), Guitar() as guitar:
        here = Observer(observer._folder)
        write_targets(here, f'"192.0.2.7:9000", "127.0.0.1:{here.osc_port}"')
        with start("--input", guitar.input, osc=False, watched_by=here) as service:
            here.wait_for("osc", *PLAYED)
            _, note = wait_for_output(service, "OSC", "retrying")
            assert "192.0.2.7:9000: Network is unreachable" in note
            assert service.healthy()
            subprocess.run(["ip", "address", "add", "192.0.2.7/32", "dev", "lo"], check=True)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
                receiver.bind(("192.0.2.7", 9000))
                receiver.settimeout(10)
                begin = time.monotonic()
                receiver.recv(65536)
                back_s = time.monotonic() - begin
            wait_for_output(service, "OSC", "ok")
        here.close()
    assert back_s < within(BACK_S)
    row("no route to an OSC target, until the network comes", lights="go on", page="“retrying”",
        osc="to other targets goes on", again=f"{back_s:.2f} s", told=note)  # fmt: skip


def test_an_osc_target_whose_name_nobody_knows(start: Start, observer: Observer, guitar: Guitar) -> None:
    write_targets(observer, f'"laptop.invalid:9000", "127.0.0.1:{observer.osc_port}"')
    with start("--input", guitar.input, osc=False) as service:
        observer.wait_for("osc", *PLAYED)
        _, note = wait_for_output(service, "OSC", "retrying")
        begin = time.monotonic()
        time.sleep(3.0)  # asking for the name again and again costs the others nothing
        pause_s = max(observer.gap_s(who, begin, begin + 3.0) for who in ("lights", "osc", "page"))
    assert "laptop.invalid:9000: " in note
    assert pause_s < within(PACE_S)
    row("OSC target's name does not resolve", lights="go on", page="“retrying”",
        osc=f"to other targets goes on, longest pause {pause_s:.2f} s", told=note)  # fmt: skip


def write_targets(observer: Observer, targets: str) -> None:
    (observer._folder / "config.toml").write_text(f"[osc]\ntargets = [{targets}]\n")


def wait_for_output(service: RunningService, name: str, state: str, limit_s: float = 15.0) -> tuple[float, str]:
    """Return when an output is in a state, and what it says."""
    until, outputs = time.monotonic() + limit_s, None
    while time.monotonic() < until:
        outputs: Any = service.get("/api/status")["outputs"]
        for output in outputs:
            if output["name"] == name and output["state"] == state:
                return time.monotonic(), output["note"]
        time.sleep(0.02)
    pytest.fail(f"{name} is not {state}: {outputs}")
