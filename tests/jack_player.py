"""A JACK client that plays: `python tests/jack_player.py NAME [FILE]`, until it is ended.

Without a file it plays a counter, so that whoever listens can tell each lost or repeated frame: frame n has the value
(n mod 2^20) / 2^20, which float32 holds exactly.
"""

import signal
import sys
import threading

import jack
import numpy as np
import soundfile

COUNTER = 1 << 20


def main() -> None:
    client = jack.Client(sys.argv[1], no_start_server=True)
    port = client.outports.register("out")
    sound = soundfile.read(sys.argv[2], dtype="float32", always_2d=True)[0][:, 0] if len(sys.argv) > 2 else None
    ended = threading.Event()
    position = 0

    @client.set_process_callback
    def process(frames: int) -> None:
        nonlocal position
        index = np.arange(position, position + frames)
        port.get_array()[:] = index % COUNTER / COUNTER if sound is None else sound[index % len(sound)]
        position += frames

    client.set_shutdown_callback(lambda *_: ended.set())
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with client:  # leaving in good order: jackd waits some seconds for a client that was killed
        print("playing", flush=True)
        while not ended.wait(0.2):
            pass


if __name__ == "__main__":
    main()
