"""What runs on the emulated Raspberry Pi: each line that it reads from the console starts one thing and is answered.

light EMOTION   the pwm lights show that emotion, in full; answered with the duty cycles that they should have
dark            the lights are closed
serve           starts the service with these lights on the demo take, until it predicts
status          what the service says of itself, and what the kernel says that its processes hold
"""

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import gpiozero

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.pattern import duty, render
from edge.outputs.led.pwm import PwmLight
from edge.types import EMOTIONS, NOTHING_HEARD, Prediction, TrustState

SETTINGS = Led(driver="pwm", brightness=1.0, aggressive="#ff0000", happy="#bcbc00", relaxed="#00bcbc", sad="#0000ff")
"""Lights on all the time, half of it, or never: pulses that are shorter than an emulator's pauses tell nothing."""

PAGE = "http://127.0.0.1:8080"


class Lights:
    """Affetto's lights, given a new prediction several times a second as from live sound."""

    def __init__(self) -> None:
        self._predictions: Broadcast[Prediction] = Broadcast()
        self._light = PwmLight(SETTINGS, self._predictions)
        self._light.start()
        self._shown = NOTHING_HEARD
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._publish)
        self._thread.start()

    def show(self, emotion: str) -> dict[str, object]:
        likely = tuple(float(other == emotion) for other in EMOTIONS)
        self._shown = dataclasses.replace(
            NOTHING_HEARD, state=TrustState.LIVE, label=emotion, confidence=1.0, probabilities=likely, arousal=1.0
        )
        expected = duty(render(self._shown, 0.0, 1, SETTINGS))[0].tolist()
        sent = self._light.status().sent
        while self._light.status().sent < sent + 5:
            time.sleep(0.1)
        return {"duty": expected, "light": dataclasses.asdict(self._light.status())}

    def close(self) -> dict[str, object]:
        self._ended.set()
        self._thread.join()
        self._light.close()
        gpiozero.Device.pin_factory.close()  # it keeps the pins for this process otherwise
        return {"light": dataclasses.asdict(self._light.status())}

    def _publish(self) -> None:
        while not self._ended.wait(0.2):
            self._predictions.publish(self._shown)


def serve() -> tuple[subprocess.Popen[bytes], dict[str, object]]:
    command = [sys.executable, "-m", "edge.cli", "run", "--led", "pwm", "--input", "demo", "--port", "8080"]
    with open("/tmp/log", "wb") as log:
        service = subprocess.Popen(command, stdout=log, stderr=log)
    while True:
        try:
            urllib.request.urlopen(f"{PAGE}/healthz", timeout=5).close()
            return service, {"healthy": True}
        except OSError:  # a refusal too: it does not predict yet
            if service.poll() is not None:
                return service, {"log": Path("/tmp/log").read_text()}
            time.sleep(0.5)


def status() -> dict[str, object]:
    with urllib.request.urlopen(f"{PAGE}/api/status", timeout=60) as answer:
        return {"status": json.load(answer)}


def hear(service: subprocess.Popen[bytes], seconds: float) -> dict[str, object]:
    while True:
        time.sleep(2.0)
        try:
            source = status()["status"]["source"]
            child = int(Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()[0])
            kinds = Path(f"/proc/{child}/smaps_rollup").read_text().split("\n", 1)[1]
            held = {name: _resident_mb(pid) for name, pid in (("supervisor", service.pid), ("service", child))}
        except (OSError, IndexError):
            continue  # the supervisor is starting it again
        heard_s = source["frames"] / max(source["rate_hz"], 1)
        print(f"heard {heard_s:.0f} s, held {held}: {' '.join(kinds.split())}", flush=True)
        if heard_s >= seconds:
            return {"heard_s": heard_s, "resident_mb": held, "kinds": " ".join(kinds.split())}


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    lights = service = None
    print(json.dumps({"ready": os.uname().release}), flush=True)
    for line in iter(sys.stdin.readline, ""):
        what, _, argument = line.strip().partition(" ")
        if what == "light":
            lights = lights or Lights()
            answer = lights.show(argument)
        elif what == "dark":
            answer = lights.close()
        elif what == "serve":
            service, answer = serve()
        elif what == "status":
            answer = status()
        elif what == "hear":
            answer = hear(service, float(argument))
        else:
            continue
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
