"""A receiver of MIDI in a process of its own: prints what reaches its JACK port, as a synthesizer would hear it."""

from __future__ import annotations

import sys
import threading
import time

import rtmidi


def main(name: str, source: str) -> None:
    """Open a port `name`:in until stdin ends; with a `source`, connect to the first port whose name contains it."""
    gear = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=name)
    if source:
        while not (found := [k for k, port in enumerate(gear.get_ports()) if source in port]):
            time.sleep(0.02)
        gear.open_port(found[0], "in")
    else:
        gear.open_virtual_port("in")
    print("ready", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.is_set():
        if received := gear.get_message():
            print(*received[0], flush=True)
        else:
            time.sleep(0.002)
    # a JACK client that goes without a word holds its server up for seconds
    gear.close_port()
    gear.delete()


if __name__ == "__main__":
    main(*sys.argv[1:])
