"""Raw PCM over UDP: the bridge from a Bela program or any sender, such as ffmpeg, on the network.

The address says what arrives, since raw PCM does not: udp://HOST:PORT?rate=44100&channels=1&format=s16le.

Whoever sends first is heard alone until it pauses, so that nobody else on the network mixes into the guitar's sound;
&from=192.168.4.2 lets only that machine in.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import socket
import threading
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from edge import priority
from edge.audio.file import check_channel
from edge.audio.source import Source
from edge.errors import AudioError

FORMATS = {"s16le": ("<i2", 32768.0), "s32le": ("<i4", 2147483648.0), "f32le": ("<f4", 1.0)}
DEFAULTS = {"rate": "44100", "channels": "1", "format": "s16le", "from": ""}
LARGEST_PACKET = 65535

_NO_ADDRESS = bytes(16)  # a sockaddr of AF_UNSPEC: connect(2) with it dissolves the association

Sender = tuple[str, int]

WAITING_S = 0.4
"""Sound that may wait to be read: more would be old, and be taken for new, on a machine that does not come to read."""

LEAST_WAITING = 32768  # bytes


class UdpSource(Source):
    """Listens on a UDP port for packets that hold whole frames of interleaved PCM."""

    kind = "udp"
    silent_after_s = 0.8  # a sender on Wi-Fi pauses longer than a sound card
    reopen_when_lost = False

    def __init__(self, url: str, channel: int = 0) -> None:
        super().__init__(url, channel)
        self._address, self._rate_hz, self._channels, self._format, self._from = parse_udp_url(url)
        check_channel(channel, self._channels, url)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def _open(self) -> None:
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            # the kernel doubles it, as packets take twice their sound; what waits there looks new when it is read
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._bytes_in(WAITING_S))
            self._socket.bind(self._address)
        except OSError as error:
            raise AudioError(f"{self.name}: cannot listen there ({error.strerror}); choose another port") from None
        self._socket.settimeout(0.2)
        self._new_ring(self._rate_hz, LARGEST_PACKET)
        self._thread = threading.Thread(target=self._receive, args=(self._socket,), name="audio-udp", daemon=True)
        self._thread.start()

    def _bytes_in(self, seconds: float) -> int:
        sample_bytes = np.dtype(FORMATS[self._format][0]).itemsize
        return max(LEAST_WAITING, int(seconds * self._rate_hz * self._channels * sample_bytes))

    @np.errstate(invalid="ignore", over="ignore")  # a sender may send any numbers
    def _receive(self, udp: socket.socket) -> None:
        self.priority = priority.rise("audio", priority.AUDIO)
        packet = bytearray(LARGEST_PACKET)
        dtype, full_scale = FORMATS[self._format]
        frame_bytes = np.dtype(dtype).itemsize * self._channels
        heard: Sender | None = None
        while True:
            try:
                size, sender = udp.recvfrom_into(packet)
            except TimeoutError:
                if heard is not None and self.is_lost():
                    heard = None
                    _listen_to_all(udp)
                continue
            except OSError:
                return  # closed
            if heard is not None and sender != heard and self.is_lost():
                heard = None
            if (self._from and sender[0] != self._from) or (heard is not None and sender != heard):
                self.note = f"packets from {sender[0]}:{sender[1]} are ignored: {self._whom(heard)} is heard"
                if heard is not None:
                    _listen_to(udp, heard)
                continue
            if size % frame_bytes:
                self.overflows += 1
                self.note = f"packets of {size} bytes are no whole {self._format} frames; check the sender's format"
                continue
            heard = heard or sender
            samples = np.frombuffer(packet, dtype, size // np.dtype(dtype).itemsize)
            block = np.asarray(samples / full_scale, np.float32).reshape(-1, self._channels)
            self._deliver(np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0))

    def _whom(self, heard: Sender | None) -> str:
        return f"{heard[0]}:{heard[1]}" if heard is not None else f"only {self._from}"

    def _close(self) -> None:
        if self._socket:
            self._socket.close()
        if self._thread:
            self._thread.join(timeout=2.0)


def _listen_to(udp: socket.socket, sender: Sender) -> None:
    """Let the kernel drop what others send, however much it is."""
    with contextlib.suppress(OSError):  # closed meanwhile
        udp.connect(sender)


def _listen_to_all(udp: socket.socket) -> None:
    """Undo a socket's connect; Python has no word for it."""
    ctypes.CDLL(None).connect(udp.fileno(), _NO_ADDRESS, len(_NO_ADDRESS))


def parse_udp_url(url: str) -> tuple[tuple[str, int], int, int, str, str]:
    """Return ((host, port), rate in Hz, channels, format, sender's address or "") of a udp:// address.

    Raises
    ------
    AudioError
        The address is incomplete or names something that is not understood.
    """
    parts = urlsplit(url)
    options = {**DEFAULTS, **dict(parse_qsl(parts.query))}
    usage = "write udp://HOST:PORT?rate=44100&channels=1&format=s16le"
    try:
        host, port = parts.hostname, parts.port
        rate_hz, channels = int(options["rate"]), int(options["channels"])
    except ValueError:
        host = port = None
        rate_hz = channels = 0
    if parts.scheme != "udp" or not host or not port or not 1000 <= rate_hz <= 384000 or not 1 <= channels <= 64:
        raise AudioError(f"{url}: not a UDP address with a rate of 1000..384000 Hz and 1..64 channels; {usage}")
    if unknown := set(options) - set(DEFAULTS):
        raise AudioError(f"{url}: `{sorted(unknown)[0]}` is not understood; {usage}")
    if options["format"] not in FORMATS:
        raise AudioError(f"{url}: format `{options['format']}` is not known; use one of {', '.join(FORMATS)}")
    try:
        sender = str(ipaddress.IPv4Address(options["from"])) if options["from"] else ""
    except ValueError:
        raise AudioError(f"{url}: from must be an address such as 192.168.4.2; {usage}") from None
    return (host, port), rate_hz, channels, options["format"], sender
