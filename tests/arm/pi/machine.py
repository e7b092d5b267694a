"""An emulated Raspberry Pi 3B: a console to talk to it, and a look at its pins from outside."""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.arm.pi.image import Image

GPFSEL0, GPLEV0 = 0x3F200000, 0x3F200034
"""Registers of what the pins are, ten in each, and of the levels of GPIO 0 to 31.

BCM2835 ARM Peripherals, section 6.1; the BCM2837 has them at 0x3F000000."""

OUTPUT = 1

ANSWER_S = 60.0
"""Longest time for QEMU itself to answer."""

START_S = 400.0
"""Longest time until it answers, and for an answer: 25 s on a quiet machine."""


class Pi:
    """The machine, from `with` on.

    Parameters
    ----------
    image : Image
    folder : Path
        For its sockets and its console's text, `console.log`.
    """

    def __init__(self, image: Image, folder: Path) -> None:
        self._image, self._folder = image, folder
        self._qemu: subprocess.Popen[bytes] | None = None
        self._text = b""

    def __enter__(self) -> Self:
        arguments = "console=ttyS1,115200 rdinit=/init quiet loglevel=1"
        self._qemu = subprocess.Popen(
            ["qemu-system-aarch64", "-machine", "raspi3b", "-display", "none", "-kernel", self._image.kernel,
             "-dtb", self._image.device_tree, "-initrd", self._image.initramfs, "-append", arguments,
             "-serial", "null", "-serial", f"unix:{self._folder / 'serial'},server=on,wait=off",
             "-monitor", f"unix:{self._folder / 'monitor'},server=on,wait=off"],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._serial = self._connect("serial")
            self._monitor = self._connect("monitor")
            self._monitor_says()
            self.kernel = str(self._answer()["ready"])
        except BaseException:
            self._qemu.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._qemu is not None
        self._qemu.kill()  # it cannot be switched off otherwise
        self._qemu.wait()
        for connection in (self._serial, self._monitor):
            connection.close()

    def ask(self, line: str, limit_s: float = START_S) -> dict[str, Any]:
        """Have the job on the machine do something and return what it answers."""
        self._serial.sendall(line.encode() + b"\n")
        return self._answer(limit_s)

    def levels(self) -> int:
        """Return the levels of the pins now, a bit for each."""
        return self._register(GPLEV0)

    def is_output(self, pin: int) -> bool:
        """Whether the pin drives what is connected to it."""
        return self._register(GPFSEL0 + 4 * (pin // 10)) >> 3 * (pin % 10) & 7 == OUTPUT

    def duty(self, pins: tuple[int, ...], seconds: float) -> tuple[float, ...]:
        """Return which part of the time each pin is high, from as many looks as fit into `seconds`."""
        high, looks, ends_at = [0] * len(pins), 0, time.monotonic() + seconds
        while time.monotonic() < ends_at:
            levels, looks = self.levels(), looks + 1
            for k, pin in enumerate(pins):
                high[k] += levels >> pin & 1
        return tuple(n / looks for n in high)

    def _connect(self, name: str) -> socket.socket:
        assert self._qemu is not None
        connection, deadline = socket.socket(socket.AF_UNIX), time.monotonic() + 20
        connection.settimeout(ANSWER_S)
        while True:
            try:
                connection.connect(str(self._folder / name))
                return connection
            except OSError:
                if self._qemu.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("qemu-system-aarch64 does not start") from None
                time.sleep(0.05)

    def _answer(self, limit_s: float = START_S) -> dict[str, Any]:
        """Return the next line of JSON on the console."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            *lines, self._text = self._text.split(b"\n")
            for k, line in enumerate(lines):
                if (start := line.find(b'{"')) >= 0:  # the port starts with bytes of its own
                    self._text = b"\n".join([*lines[k + 1 :], self._text])
                    return dict(json.loads(line[start:]))
            if not select.select([self._serial], [], [], 1.0)[0]:
                continue
            received = self._serial.recv(65536)
            self._text += received
            if not received or b"ENDED" in self._text:
                break
            with (self._folder / "console.log").open("ab") as log:
                log.write(received)
        raise AssertionError(f"the board gives no answer; its console:\n{self.console[-3000:]}")

    @property
    def console(self) -> str:
        """What the board has printed."""
        return (self._folder / "console.log").read_text(errors="replace")

    def _register(self, address: int) -> int:
        self._monitor.sendall(f"xp /1wx {address:#x}\n".encode())
        found = re.search(rb": 0x([0-9a-f]{8})\r", self._monitor_says())
        assert found is not None
        return int(found[1], 16)

    def _monitor_says(self) -> bytes:
        text = b""
        while not text.endswith(b"(qemu) "):
            text += self._monitor.recv(65536)
        return text
