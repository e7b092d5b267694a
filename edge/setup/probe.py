"""Asks PortAudio or the MIDI systems what is there, in a process of its own: asking them would disturb what plays.

`python -m edge.setup.probe inputs|midi` prints JSON. An error is one line on stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from edge.audio.devices import Device, is_hardware
from edge.errors import AffettoError, OutputError, RequestError

LIMIT_S = 20.0
NICE = 10


def ask(*arguments: str, limit_s: float = LIMIT_S, ok: tuple[int, ...] = (0,)) -> bytes:
    """Run a Python module of ours with low priority and return its output.

    Raises
    ------
    RequestError
        It failed or took too long.
    """
    command = ["nice", "-n", str(NICE), sys.executable, "-P", "-m", *arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise RequestError(f"the system did not answer within {limit_s:g} s; try again", status=503) from None
    if done.returncode not in ok:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RequestError(said[-1] if said else f"the question ended with code {done.returncode}", status=503)
    return done.stdout


def main(what: str) -> int:
    """Print what is there."""
    from edge.quiet import silence_sound_libraries

    silence_sound_libraries()
    try:
        print(json.dumps(_inputs() if what == "inputs" else _midi()))
    except AffettoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def described(device: Device) -> dict[str, object]:
    """Return an input as the page gets it."""
    return {
        "identity": device.identity,
        "name": device.name,
        "system": device.host_api,
        "channels": device.channels,
        "rate_hz": device.rate_hz,
        "default": device.is_default,
        "hardware": is_hardware(device),
    }


def _inputs() -> list[dict[str, object]]:
    from edge.audio.soundcard import input_devices

    return [described(device) for device in input_devices()]


def _midi() -> dict[str, object]:
    from edge.outputs.midi.port import available_ports

    try:
        return {"ports": available_ports(), "note": ""}
    except OutputError as error:
        return {"ports": [], "note": str(error)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
