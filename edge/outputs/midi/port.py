"""A MIDI output port: found by name, on JACK or ALSA, and known to be there or gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from edge.errors import OutputError
from edge.outputs.base import one_line
from edge.outputs.midi.alsa import AlsaMidi
from edge.outputs.midi.jack import JackMidi


class MidiSystem(Protocol):
    """A client of JACK or ALSA. Making it raises OSError when that system does not answer."""

    def ports(self) -> list[str]:
        """Return the names of the ports that can be sent to."""

    def open(self, port: str) -> str:
        """Begin to send to a port, or with "" have one of our own that others connect to; return what it is called."""

    def send(self, data: Sequence[int]) -> None:
        """Send a message of up to three bytes."""

    def check(self) -> None:
        """Raise OutputError when the system itself has gone."""

    def close(self) -> None:
        """Let what was sent go out, and leave. May be called twice."""


SYSTEMS: dict[str, Callable[[], MidiSystem]] = {"jack": JackMidi, "alsa": AlsaMidi}


class Port:
    """An open port.

    Parameters
    ----------
    wanted : str
        "virtual" for a port of our own, or (a part of) the name of another's.
    api : str
        "alsa", "jack" or "auto": JACK if a server answers and has the port, else ALSA.

    Raises
    ------
    OutputError
        No MIDI system answers, what it needs is not installed, or no port has such a name.
    """

    def __init__(self, wanted: str, api: str) -> None:
        self._virtual = wanted == "virtual"
        self._system, self.name = self._found(wanted, tuple(SYSTEMS) if api == "auto" else (api,))

    def _found(self, wanted: str, names: tuple[str, ...]) -> tuple[MidiSystem, str]:
        trouble: list[str] = []
        seen: list[str] = []
        for name in names:
            try:
                system = SYSTEMS[name]()
            except OSError as error:
                trouble.append(f"{name.upper()}: {one_line(error)}")
                continue
            try:
                ports = system.ports()
                chosen = "" if self._virtual else next((p for p in ports if wanted.lower() in p.lower()), None)
                if chosen is not None:
                    return system, system.open(chosen)
                seen += ports
            except Exception:
                system.close()
                raise
            system.close()
        if len(trouble) == len(names):
            raise OutputError(f"no MIDI system ({'; '.join(trouble)}); start jackd or `modprobe snd-seq`")
        raise OutputError(f"no port is called {wanted!r}; there are: {', '.join(seen) or 'none'}")

    def send(self, data: Sequence[int]) -> None:
        self._system.send(data)

    def check(self) -> None:
        """Raise OutputError when the port, or the JACK server it is on, has gone."""
        self._system.check()
        if not self._virtual and self.name not in self._system.ports():
            raise OutputError(f"port {self.name!r} has gone; waiting for it")

    def close(self) -> None:
        self._system.close()


def available_ports() -> list[str]:
    """Return the names of the ports that can be sent to now, on JACK and on ALSA.

    Raises
    ------
    OutputError
        JACK has none, and what ALSA needs is not installed.
    """
    names: list[str] = []
    for open_system in SYSTEMS.values():
        try:
            system = open_system()
        except OSError:
            continue
        except OutputError:
            if names:
                continue
            raise
        try:
            names += system.ports()
        finally:
            system.close()
    return names
