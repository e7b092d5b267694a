"""Programs that musicians use to receive OSC, and a plain socket."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from tests.edge.outputs.helpers import wait_until

PATCH = Path(__file__).with_name("receiver.pd")


def is_taken(port: int) -> bool:
    """Whether a program listens on a UDP port."""
    tables = Path("/proc/net/udp").read_text() + Path("/proc/net/udp6").read_text()
    return f":{port:04X} 00000000" in tables


class Program:
    """A running receiver, and the lines that it printed."""

    def __init__(self, command: list[str], port: int) -> None:
        if shutil.which(command[0]) is None:
            pytest.skip(f"needs {command[0]}")
        self.lines: list[str] = []
        self.port = port
        self._process = subprocess.Popen(
            ["stdbuf", "-oL", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_until(lambda: is_taken(port))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(5)
        self._reader.join(5)


def oscdump(port: int) -> Program:
    """liblo's own receiver."""
    return Program(["oscdump", str(port)], port)


def oscdump_messages(program: Program) -> list[tuple[str, str, list[str]]]:
    """Return the messages as (address, types, arguments), without their time tags."""
    out = []
    for line in list(program.lines):
        _, address, types, *arguments = shlex.split(line)
        out.append((address, types, arguments))
    return out


def pure_data(port: int) -> Program:
    """Pure Data with a patch that prints what netreceive and oscparse make of it."""
    options = ["-nogui", "-noaudio", "-nomidi", "-stderr"]
    return Program(["pd", *options, "-open", str(PATCH), "-send", f"affetto-port {port}"], port)


class Socket:
    """A receiver in this process, which keeps whole datagrams; it also asks."""

    def __init__(self) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port = int(self._udp.getsockname()[1])

    def ask(self, port: int, address: str, *arguments: Any) -> None:
        builder = OscMessageBuilder(address)
        for argument in arguments:
            builder.add_arg(argument)
        self.send(port, builder.build().dgram)

    def send(self, port: int, data: bytes) -> None:
        self._udp.sendto(data, ("127.0.0.1", port))

    def datagram(self, timeout_s: float = 5.0) -> bytes:
        """Return the next datagram; TimeoutError when none comes."""
        self._udp.settimeout(timeout_s)
        return self._udp.recv(65535)

    def messages(self, timeout_s: float = 5.0) -> dict[str, list[Any]]:
        """Return the next datagram's messages by address."""
        return read(self.datagram(timeout_s))

    def next_with(self, address: str, *arguments: Any) -> dict[str, list[Any]]:
        """Return the next datagram that holds a message with these arguments (any, when none are given)."""
        for _ in range(500):
            found = self.messages()
            if address in found and (not arguments or found[address] == list(arguments)):
                return found
        raise AssertionError(f"no {address} {arguments}")

    def close(self) -> None:
        self._udp.close()


def read(datagram: bytes) -> dict[str, list[Any]]:
    return {timed.message.address: list(timed.message.params) for timed in OscPacket(datagram).messages}
