"""Opening ports beside sound that goes over the same JACK server."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import jack
import pytest

from edge.errors import OutputError
from edge.outputs.midi.port import Port, available_ports
from tests.edge.outputs.midi.receiver import Gear
from tests.jackd import JackServer

TIMES = 5
STANDSTILL_S = 2.5
"""What a busy machine may do; it was 5 to 10 s while python-rtmidi did this: see `edge.outputs.midi.jack`."""


class Sound:
    """A JACK client in this process whose callback is in Python, as that of our sound input is."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._longest_s = 0.0
        self._client = jack.Client("sound")
        self._client.inports.register("in")
        self._client.set_process_callback(self._process)

    def _process(self, _frames: int) -> None:
        now = time.monotonic()
        self._longest_s, self._last = max(self._longest_s, now - self._last), now

    def longest_standstill_s(self, while_doing: Callable[[], None]) -> float:
        self._last, self._longest_s = time.monotonic(), 0.0
        while_doing()
        return max(self._longest_s, time.monotonic() - self._last)

    @contextmanager
    def flowing(self) -> Iterator[Sound]:
        with self._client:
            time.sleep(0.2)
            yield self


def open_and_close(port: str) -> None:
    for _ in range(TIMES):
        made = Port(port, "jack")
        made.send((0xB0, 20, 64))
        made.check()
        made.close()


def look_in_vain() -> None:
    for _ in range(TIMES):
        with pytest.raises(OutputError, match="no port is called 'nowhere'"):
            Port("nowhere", "jack")


def list_ports() -> None:
    for _ in range(TIMES):
        assert available_ports() == ["gear:in"]


def test_what_jack_has_is_listed_though_nothing_for_alsa_is_installed(
    jackd: JackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(OutputError, match="python-rtmidi is not installed"):
        available_ports()
    with closing(Gear()):
        assert available_ports() == ["gear:in"]


@pytest.mark.parametrize(
    "doing", [lambda: open_and_close("gear"), lambda: open_and_close("virtual"), look_in_vain, list_ports],
    ids=["open", "virtual", "look in vain", "list"],
)  # fmt: skip
def test_sound_over_the_same_server_goes_on(jackd: JackServer, doing: Callable[[], None]) -> None:
    with closing(Gear()), Sound().flowing() as sound:
        assert sound.longest_standstill_s(doing) < STANDSTILL_S


def test_what_is_sent_first_and_last_arrives(jackd: JackServer) -> None:
    """A connection counts from the next period on, and a port that is closed takes along what was not sent."""
    with closing(Gear()) as gear:
        for k in range(120):
            port = Port("gear", "jack")
            port.send((0xB0, 20, k))
            port.send((0xB0, 21, k))
            port.close()
        time.sleep(0.5)
    assert gear.messages == [(0xB0, cc, k) for k in range(120) for cc in (20, 21)]


def test_a_port_of_our_own_can_be_connected_to_as_soon_as_it_is_seen(jackd: JackServer) -> None:
    patchbay = jack.Client("patchbay")
    wanted = patchbay.midi_inports.register("in")
    with patchbay:
        for _ in range(20):
            with ThreadPoolExecutor(1) as beside:
                opening = beside.submit(Port, "virtual", "jack")
                while not (found := patchbay.get_ports("^Affetto", is_midi=True, is_output=True)):
                    time.sleep(0)
                patchbay.connect(found[0], wanted)
                opening.result().close()
