"""The page for other gear: its tables are what a real run sends, and its examples run in the real programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pythonosc.osc_packet import OscPacket

from tests.docs.gear import EXAMPLES, Live, Program, bridge, program
from tests.docs.pages import page
from tests.edge.outputs.helpers import wait_until
from tests.edge.outputs.midi import gear as midi_receiver
from tests.edge.outputs.osc.receivers import Socket, is_taken
from tests.edge.service import RunningService, running
from tests.jackd import JackServer
from tests.ports import free_udp_port

GEAR = page("gear")
SENT = GEAR.table("OSC: what Affetto sends")
TYPES = {float: "f", int: "i", str: "s"}
HEARD_S = 120.0
"""The process that explains is of idle priority, and starts when somebody asks for the first time."""


class Ear(Socket):
    """Notes address, types and arguments of every message."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, tuple[str, list[list[object]]]] = {}

    def listen_until(self, *addresses: str) -> None:
        for _ in range(1000):
            if set(addresses) <= set(self.heard):
                return
            for timed in OscPacket(self.datagram(HEARD_S)).messages:
                arguments = list(timed.message.params)
                types = "".join(TYPES[type(a)] for a in arguments)
                known, values = self.heard.setdefault(timed.message.address, (types, []))
                assert known == types
                values.append(arguments)
        raise AssertionError(f"no {set(addresses) - set(self.heard)}")


@pytest.fixture(scope="module")
def jackd() -> Iterator[JackServer]:
    if not JackServer.installed():
        pytest.skip("needs jackd (Debian's jackd2)")
    server = JackServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {name: free_udp_port() for name in ("listen", "pd", "sc", "live")}


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.close()


@pytest.fixture
def greet(ports: dict[str, int], ear: Ear) -> Callable[[str], None]:
    """Return what makes the guitar tell a receiver everything anew, which it else does when the label changes."""
    return lambda name: ear.ask(ports["listen"], "/affetto/subscribe", "", ports[name])


@pytest.fixture(scope="module")
def synthesizer(jackd: JackServer) -> Iterator[Program]:
    """Waits for the guitar's MIDI port, and hears it from its first message on."""
    command = [sys.executable, midi_receiver.__file__, "gear", "Affetto"]
    with program(*command, **jackd.environment()) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory,
    jackd: JackServer,
    synthesizer: Program,
    ports: dict[str, int],
    ear: Ear,
) -> Iterator[RunningService]:
    """A guitar that plays the demo take to all receivers of this page."""
    folder = tmp_path_factory.mktemp("guitar")
    targets = [ear.port, ports["pd"], ports["sc"], ports["live"]]
    (folder / "config.toml").write_text(
        f"""
[osc]
targets = {[f"127.0.0.1:{port}" for port in targets]}
listen = {ports["listen"]}
[midi]
port = "virtual"
api = "jack"
fine = true
program_change = true
program_hold_s = 0.5
[explain]
keep_s = 20
"""
    )
    with running(folder, "--input", "demo", **jackd.environment()) as service:
        service.wait_until_healthy(60)
        yield service


def test_the_osc_table_is_what_is_sent(service: RunningService, ear: Ear, ports: dict[str, int]) -> None:
    documented = {address: (types, limits) for address, types, limits, _ in SENT}
    assert service.post("/api/test/osc", {"target": f"127.0.0.1:{ear.port}"})["targets"][0]["ok"]
    ear.ask(ports["listen"], "/affetto/hold", 1)
    ear.listen_until("/affetto/hold", "/affetto/test")
    ear.ask(ports["listen"], "/affetto/hold", 0)
    ear.listen_until(*documented)
    assert {address: types for address, (types, _) in ear.heard.items()} == {
        address: types for address, (types, _) in documented.items()
    }
    for address, (_, told) in ear.heard.items():
        if found := re.fullmatch(r"(?:about )?(-?\d) to (\d)", documented[address][1]):
            low, high = map(float, found.groups())
            margin = 2.0 if documented[address][1].startswith("about") else 0.0
            assert all(low - margin <= number <= high + margin for arguments in told for number in arguments), address
    states = documented["/affetto/state"][1].split(", ")
    assert {arguments[0] for arguments in ear.heard["/affetto/state"][1]} <= set(states)


def test_requests_are_answered_as_the_table_says(service: RunningService, ports: dict[str, int]) -> None:
    asking = {"/affetto/hold": [1], "/affetto/subscribe": ["", 9], "/affetto/unsubscribe": ["", 9]}
    ear = Ear()
    with ExitStack() as closing:
        closing.callback(ear.close)
        for request, types, reply, answered, _ in GEAR.table("OSC: what Affetto answers"):
            arguments = asking.get(request, [])
            assert "".join(TYPES[type(a)] for a in arguments) == types
            ear.ask(ports["listen"], request, *arguments)
            ear.listen_until(reply)
            assert ear.heard[reply][0] == answered, request
        ear.ask(ports["listen"], "/affetto/hold", 0)
        ear.listen_until("/affetto/explanation")
        assert ear.heard["/affetto/explanation"][0] == "s"
        ear.ask(ports["listen"], "/affetto/hold", 2)
        ear.listen_until("/affetto/error")


def test_the_midi_table_is_what_is_sent(service: RunningService, synthesizer: Program) -> None:
    synthesizer.says("ready")
    documented = {name for name, *_ in GEAR.table("MIDI")} - {"CC 123"}  # which comes at the end

    def heard() -> set[str]:
        data = [list(map(int, line.split())) for line in tuple(synthesizer.lines) if line[0].isdigit()]
        control = {f"CC {cc}" for kind, cc, *_ in data if kind == 0xB0}
        return control | {"Program Change" for kind, *_ in data if kind == 0xC0}

    wait_until(lambda: documented <= heard(), 120)
    assert heard() == documented


def test_supercollider_hears_everything(
    service: RunningService, ports: dict[str, int], greet: Callable[[str], None]
) -> None:
    quiet = {"QTWEBENGINE_DISABLE_SANDBOX": "1", "QT_QPA_PLATFORM": "offscreen"}
    with program("sclang", EXAMPLES / "affetto.scd", AFFETTO_PORT=str(ports["sc"]), **quiet) as sclang:
        sclang.says("listening for Affetto")
        greet("sc")
        said = {"state", "label", "vector"}
        names = [
            address.removeprefix("/affetto/").removeprefix("emotion/")
            for address, types, *_ in SENT
            if types == "f" and "emotion" not in address
        ]
        sclang.says(*(f"{name} " for name in said), *(f"{name} " for name in names), "emotion/sad ")
        assert not [line for line in sclang.lines if "ERROR" in line]


def test_pure_data_hears_what_the_patch_routes(
    service: RunningService, ports: dict[str, int], greet: Callable[[str], None]
) -> None:
    quiet = ["-nogui", "-noaudio", "-nomidi", "-stderr"]
    patch = ["-open", EXAMPLES / "affetto.pd", "-send", f"affetto-port {ports['pd']}"]
    with program("pd", *quiet, *patch) as pd:
        wait_until(lambda: is_taken(ports["pd"]), 120)
        greet("pd")
        pd.says("state: ", "valence: ", "arousal: ", "label: ", "heartbeat: ")
        assert not [line for line in pd.lines if "couldn't create" in line or "error" in line]


def test_ableton_live_is_moved_by_messages_that_abletonosc_knows(
    service: RunningService, ports: dict[str, int], greet: Callable[[str], None]
) -> None:
    live = Live()
    options = ["--live-port", live.port, "--reply-port", live.reply_port]
    with ExitStack() as closing:
        closing.callback(live.close)
        listed = subprocess.run(
            list(map(str, bridge("--list", 0, 0, *options))), capture_output=True, text=True, timeout=120, check=True
        )
        assert listed.stdout.split() == ["0", "Device", "On", "(0", "to", "1)", "1", "Frequency", "(20", "to", "135)"]
        with program(*bridge("--port", ports["live"], *options)) as running_bridge:
            wait_until(lambda: is_taken(ports["live"]), 120)
            greet("live")
            running_bridge.says("guitar: ")
            wait_until(lambda: live.fired and len(live.values.get((0, 0, 1), ())) > 5, 120)
            wait_until(lambda: len(live.values.get((0, 1, 1), ())) > 1, 120)
        assert live.complaints == []


LUA = """
dofile(arg[1])
local made = {}
self = { findByName = function(_, name, recursive)
  assert(recursive)
  if name == 'nobody' or name == 'heartbeat' then return nil end
  made[name] = made[name] or { values = {} }
  return made[name]
end }
for line in io.lines() do
  local path, rest, arguments = line:match('^(%S+)(.*)$')
  arguments = {}
  for tag, value in rest:gmatch('(%a):(%S+)') do
    arguments[#arguments + 1] = { tag = tag, value = tag == 's' and value or tonumber(value) }
  end
  local name, dealt = path:match('[^/]+$'), onReceiveOSC({ path, arguments }, { true })
  print(path, dealt, made[name] and (made[name].values.text or made[name].values.x))
end
"""


def test_the_script_for_touchosc_sets_controls_by_name(tmp_path: Path) -> None:
    (tmp_path / "stand_in.lua").write_text(LUA)
    told = {
        "/affetto/emotion/sad f:0.25": "true 0.25",
        "/affetto/arousal f:-0.5": "true 0.25",
        "/affetto/midlevel/brightness f:1.5": "true 0.75",
        "/affetto/midlevel/register f:9": "true 1",
        "/affetto/emotion/label s:sad f:0.4": "true sad",
        "/affetto/state s:live": "true live",
        "/affetto/heartbeat i:3": "false nil",
        "/affetto/emotion/nobody f:1": "false nil",
        "/1/fader1 f:1": "false nil",
    }
    with program("lua5.1", "-v") as lua:
        lua.close()
    lines = subprocess.run(
        ["lua5.1", tmp_path / "stand_in.lua", EXAMPLES / "affetto-touchosc.lua"],
        input="\n".join(told),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [" ".join(line.split()[1:]) for line in lines] == list(told.values())


def test_wekinator_gets_what_the_page_says(service: RunningService, ear: Ear) -> None:
    assert "17 numbers" in " ".join(GEAR.section("Wekinator").split())
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}/api/settings",
        json.dumps({"osc": {"profile": "wekinator"}}).encode(),
        {"Content-Type": "application/json"},
        method="PATCH",
    )
    urllib.request.urlopen(request, timeout=10).close()
    ear.listen_until("/wek/inputs")
    assert ear.heard["/wek/inputs"][0] == "f" * 17


def test_the_addresses_of_the_web_exist(service: RunningService) -> None:
    described = service.get("/api/openapi.json")["paths"]
    named = re.findall(r"`(?:(GET|POST|PATCH|DELETE) )?(/api/[a-z/.]+)`", GEAR.section("Programs of your own"))
    assert len(named) > 12
    for method, path in named:
        known = described.get(path)
        assert known is not None or path == "/api/openapi.json", path
        assert not method or method.lower() in known, f"{method} {path}"
