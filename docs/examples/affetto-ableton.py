#!/usr/bin/env python3
"""Lets a guitar with Affetto play on Ableton Live: Affetto's OSC in, AbletonOSC's messages out. Needs no Max.

Install AbletonOSC (https://github.com/ideoforms/AbletonOSC) in Live 11 or newer, `pip install python-osc` anywhere in
the same network, and let Affetto send there (`osc.targets`, port 9000). Then look up the numbers of what you want to
move, write them into MOVES and SCENES below, and start:

    python affetto-ableton.py --list 0 0    # parameters of the first device on the first track
    python affetto-ableton.py
"""

import argparse
import contextlib
import threading

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient

# Affetto's address: (track, device, parameter, value at the range's low end, at its high end), counted from 0
MOVES = {
    "/affetto/arousal": (0, 0, 1, 20.0, 135.0),
    "/affetto/emotion/sad": (0, 1, 1, 0.0, 1.0),
}
# emotion: the scene that is fired when the label changes to it; leave out what should fire none
SCENES = {"aggressive": 0, "happy": 1, "relaxed": 2, "sad": 3}

RANGES = {"/affetto/valence": (-1.0, 1.0), "/affetto/arousal": (-1.0, 1.0)}
PLAYING = ("live", "unsure")
LEAST_CHANGE = 0.005  # of the range: what hardly moves need not go on
ABLETON_PORT, REPLY_PORT = 11000, 11001


class Bridge:
    """Hands on what may be believed; while nobody plays, or the guitar is lost, Live keeps what it has."""

    def __init__(self, live: SimpleUDPClient) -> None:
        self.live = live
        self.playing = False
        self.sent: dict[str, float] = {}
        self.scene: int | None = None

    def state(self, address: str, state: str) -> None:
        if (playing := state in PLAYING) != self.playing:
            print(f"guitar: {state}")
        self.playing = playing

    def value(self, address: str, value: float) -> None:
        low, high = RANGES.get(address, (0.0, 1.0))
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        if not self.playing or abs(share - self.sent.get(address, -1.0)) < LEAST_CHANGE:
            return
        self.sent[address] = share
        track, device, parameter, at_low, at_high = MOVES[address]
        moved = at_low + share * (at_high - at_low)
        self.live.send_message("/live/device/set/parameter/value", [track, device, parameter, moved])

    def label(self, address: str, label: str, confidence: float) -> None:
        scene = SCENES.get(label)
        if self.playing and scene is not None and scene != self.scene:
            print(f"{label}: scene {scene}")
            self.live.send_message("/live/scene/fire", [scene])
            self.scene = scene


def serve(bridge: Bridge, port: int) -> None:
    """Hand on until Ctrl-C."""
    dispatcher = Dispatcher()
    dispatcher.map("/affetto/state", bridge.state)
    dispatcher.map("/affetto/emotion/label", bridge.label)
    for address in MOVES:
        dispatcher.map(address, bridge.value)
    with ThreadingOSCUDPServer(("0.0.0.0", port), dispatcher) as server:
        print(f"listening for Affetto on UDP port {port}", flush=True)
        server.serve_forever()


def show(live: SimpleUDPClient, track: int, device: int, reply_port: int) -> bool:
    """Print the parameters of a device; return whether Live answered."""
    answers: dict[str, tuple] = {}
    complete = threading.Event()

    def keep(address: str, track: int, device: int, *values) -> None:
        answers[address.rpartition("/")[2]] = values
        if len(answers) == 3:
            complete.set()

    dispatcher = Dispatcher()
    dispatcher.map("/live/device/get/parameters/*", keep)
    with ThreadingOSCUDPServer(("0.0.0.0", reply_port), dispatcher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for what in ("name", "min", "max"):
            live.send_message(f"/live/device/get/parameters/{what}", [track, device])
        if complete.wait(10.0):
            rows = zip(answers["name"], answers["min"], answers["max"], strict=True)
            for number, (name, low, high) in enumerate(rows):
                print(f"{number:4}  {name}  ({low:g} to {high:g})")
        else:
            print("Live does not answer; is AbletonOSC chosen as a control surface, and is there such a device?")
        server.shutdown()
    return complete.is_set()


def main() -> int:
    options = argparse.ArgumentParser(description="Hands Affetto's OSC on to Ableton Live.")
    options.add_argument("--port", type=int, default=9000, help="where Affetto sends to (9000)")
    options.add_argument("--live", default="127.0.0.1", metavar="HOST", help="the computer on which Live runs")
    options.add_argument("--live-port", type=int, default=ABLETON_PORT, help="where AbletonOSC listens (11000)")
    options.add_argument("--reply-port", type=int, default=REPLY_PORT, help="where AbletonOSC answers to (11001)")
    options.add_argument("--list", nargs=2, type=int, metavar=("TRACK", "DEVICE"), help="print a device's parameters")
    chosen = options.parse_args()
    live = SimpleUDPClient(chosen.live, chosen.live_port)
    if chosen.list:
        return 0 if show(live, *chosen.list, chosen.reply_port) else 1
    with contextlib.suppress(KeyboardInterrupt):
        serve(Bridge(live), chosen.port)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
