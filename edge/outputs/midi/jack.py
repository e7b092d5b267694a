"""MIDI through a JACK server, by JACK-Client.

Not by python-rtmidi, which keeps the interpreter to itself while it opens a client. The server answers only once its
clients have finished their period, and one of them may be our own sound, which waits for the interpreter: a second of
sound was lost each time, and ten in the server's synchronous mode.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from edge.errors import OutputError

log = logging.getLogger(__name__)

CLIENT_NAME = "Affetto"
MOST_WAITING = 1024  # messages; more than that are old
PATIENCE_S = 0.5
LOOK_S = 0.005


class JackMidi:
    """A client of the default server; it takes part in the server's periods only while a port is open.

    Raises
    ------
    OSError
        No server answers, or JACK-Client or JACK's library is not installed.
    """

    def __init__(self) -> None:
        self._ended = False
        self._periods = 0
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._out: Any = None
        try:
            import jack
        except ImportError:
            raise OSError("JACK-Client is not installed; pip install 'affetto[midi]'") from None
        self._jack = jack
        jack.set_error_function(lambda text: log.debug("JACK: %s", text))
        try:
            self._client = jack.Client(CLIENT_NAME, no_start_server=True)
        except jack.JackError:
            raise OSError("no JACK server answers") from None
        self._client.set_shutdown_callback(self._shut_down)

    def ports(self) -> list[str]:
        return [port.name for port in self._client.get_ports(is_midi=True, is_input=True)]

    def open(self, port: str) -> str:
        self._client.set_process_callback(self._process)
        try:
            self._client.activate()
            # not before: others connect to it as soon as they see it, which fails while the client is not active
            self._out = self._client.midi_outports.register(CLIENT_NAME)
            if port:
                self._client.connect(self._out, port)
        except self._jack.JackError as error:
            raise OutputError(f"JACK will not send to {port or 'a port of ours'} ({error})") from None
        self._let_pass(2)  # a connection counts from the next period on
        return port or CLIENT_NAME

    def send(self, data: Sequence[int]) -> None:
        self._waiting.append(bytes(data))

    def check(self) -> None:
        if self._ended:
            raise OutputError("the JACK server has ended; waiting for it")

    def close(self) -> None:
        if self._out is not None:
            self._let_pass(2)  # with what was sent last
            self._out = None
        self._client.close()

    def _let_pass(self, periods: int) -> None:
        """Wait for some periods of the server, but not for long: it may stand still, or have ended."""
        enough, until = self._periods + periods, time.monotonic() + PATIENCE_S
        while self._periods < enough and not self._ended and time.monotonic() < until:
            time.sleep(LOOK_S)

    def _process(self, _frames: int) -> None:
        """Write what waits; in the server's thread, once a period."""
        self._periods += 1
        if self._out is None:
            return
        self._out.clear_buffer()
        with contextlib.suppress(self._jack.JackError):  # no more room in this period: the rest goes with the next
            while self._waiting:
                self._out.write_midi_event(0, self._waiting[0])
                self._waiting.popleft()

    def _shut_down(self, _status: object, _reason: str) -> None:
        self._ended = True
