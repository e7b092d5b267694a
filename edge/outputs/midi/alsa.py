"""MIDI through ALSA's sequencer, by python-rtmidi."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.errors import OutputError

CLIENT_NAME = "Affetto"
SEQUENCER = Path("/dev/snd/seq")


class AlsaMidi:
    """A client of the sequencer.

    Raises
    ------
    OutputError
        python-rtmidi is not installed.
    OSError
        There is no sequencer.
    """

    def __init__(self) -> None:
        try:
            import rtmidi
        except ImportError:
            raise OutputError(
                "python-rtmidi is not installed; pip install 'affetto[midi]', or sudo apt install python3-rtmidi"
            ) from None
        if rtmidi.API_LINUX_ALSA not in rtmidi.get_compiled_api():
            raise OSError("this python-rtmidi was built without it")
        if not SEQUENCER.exists():
            raise OSError(f"no sequencer {SEQUENCER}")  # asking would make ALSA print to stderr each time
        try:
            self._out = rtmidi.MidiOut(rtapi=rtmidi.API_LINUX_ALSA, name=CLIENT_NAME)
        except (SystemError, rtmidi.RtMidiError) as error:
            raise OSError(str(error)) from None

    def ports(self) -> list[str]:
        return list(self._out.get_ports())

    def open(self, port: str) -> str:
        if not port:
            self._out.open_virtual_port(CLIENT_NAME)
            return CLIENT_NAME
        self._out.open_port(self.ports().index(port), CLIENT_NAME)
        return port

    def send(self, data: Sequence[int]) -> None:
        self._out.send_message(data)

    def check(self) -> None:
        """The kernel's sequencer stays."""

    def close(self) -> None:
        if not self._out.is_deleted:
            self._out.close_port()
            self._out.delete()
