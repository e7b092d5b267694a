"""A MIDI output port by python-rtmidi: found by name, on JACK or ALSA, and known to be there or gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import OutputError
from edge.outputs.base import one_line

log = logging.getLogger(__name__)

CLIENT_NAME = "Affetto"
ALSA_SEQUENCER = Path("/dev/snd/seq")


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
        python-rtmidi is not installed, no MIDI system answers, or no port has such a name.
    """

    def __init__(self, wanted: str, api: str) -> None:
        try:
            import rtmidi
        except ImportError:
            raise OutputError(
                "python-rtmidi is not installed; pip install 'affetto[midi]' or apt install python3-rtmidi"
            ) from None
        self._watch = _JackWatch()
        self._virtual = wanted == "virtual"
        try:
            self._out, self.name, self.system = self._found(rtmidi, wanted, api)
        except Exception:
            self._watch.close()
            raise

    def _found(self, rtmidi: Any, wanted: str, api: str) -> tuple[Any, str, str]:
        """Return the open rtmidi port, its name and its system."""
        trouble: list[str] = []
        seen: list[str] = []
        systems = ("jack", "alsa") if api == "auto" else (api,)
        for system in systems:
            try:
                out = _midi_out(rtmidi, system, self._watch)
            except (OSError, SystemError, rtmidi.RtMidiError) as error:
                trouble.append(f"{system.upper()}: {one_line(error)}")
                continue
            if self._virtual:
                out.open_virtual_port(CLIENT_NAME)
                return out, CLIENT_NAME, system
            ports = out.get_ports()
            for k, port in enumerate(ports):
                if wanted.lower() in port.lower():
                    out.open_port(k, CLIENT_NAME)
                    return out, port, system
            seen += ports
            out.delete()
            self._watch.close()
        if len(trouble) == len(systems):
            raise OutputError(f"no MIDI system ({'; '.join(trouble)}); start jackd or `modprobe snd-seq`")
        raise OutputError(f"no port is called {wanted!r}; there are: {', '.join(seen) or 'none'}")

    def send(self, data: Sequence[int]) -> None:
        self._out.send_message(data)

    def check(self) -> None:
        """Raise OutputError when the port, or the JACK server it is on, has gone."""
        if self._watch.ended:
            raise OutputError("the JACK server has ended; waiting for it")
        if not self._virtual and self.name not in self._out.get_ports():
            raise OutputError(f"port {self.name!r} has gone; waiting for it")

    def close(self) -> None:
        self._out.close_port()
        self._out.delete()
        self._watch.close()


def available_ports() -> list[str]:
    """Return the names of the ports that can be sent to now, on JACK and on ALSA.

    Raises
    ------
    ImportError
        python-rtmidi is not installed.
    """
    import rtmidi

    names: list[str] = []
    for system in ("jack", "alsa"):
        watch = _JackWatch()
        try:
            out = _midi_out(rtmidi, system, watch)
            names += out.get_ports()
            out.delete()
        except (OSError, SystemError, rtmidi.RtMidiError):
            continue
        finally:
            watch.close()
    return names


def _midi_out(rtmidi: Any, system: str, watch: _JackWatch) -> Any:
    """Return an rtmidi output on "jack" or "alsa", or raise when that system does not answer."""
    number = rtmidi.API_UNIX_JACK if system == "jack" else rtmidi.API_LINUX_ALSA
    if number not in rtmidi.get_compiled_api():
        raise OSError("this python-rtmidi was built without it")
    if system == "jack":
        watch.open()
    elif not ALSA_SEQUENCER.exists():
        raise OSError(f"no sequencer {ALSA_SEQUENCER}")  # asking would make ALSA print to stderr each time
    return rtmidi.MidiOut(rtapi=number, name=CLIENT_NAME)


class _JackWatch:
    """Notices the end of a JACK server, which rtmidi does not: it goes on listing the ports of a dead server.

    Needs the JACK-Client package; without it only the loss of a single port is noticed.
    """

    def __init__(self) -> None:
        self.ended = False
        self._client: Any = None

    def open(self) -> None:
        """Connect to the server; OSError when none answers (more quietly than by rtmidi, which prints a page)."""
        try:
            import jack
        except (ImportError, OSError):
            log.info("MIDI: without the JACK-Client package the end of a JACK server goes unnoticed")
            return
        jack.set_error_function(lambda text: log.debug("JACK: %s", text))
        try:
            self._client = jack.Client(f"{CLIENT_NAME} watch", no_start_server=True)
        except jack.JackError:
            raise OSError("no JACK server answers") from None
        self._client.set_shutdown_callback(self._shut_down)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _shut_down(self, status: object, reason: str) -> None:
        self.ended = True
