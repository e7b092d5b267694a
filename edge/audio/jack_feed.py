"""Notices that the JACK client which is listened to has left: silence comes then, and PortAudio says nothing.

Needs the JACK-Client package; without it such a source is taken for one that nobody plays.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Any

log = logging.getLogger(__name__)

LOOK_S = 0.5
_OURS = "PortAudio"  # what PortAudio calls its own client, with a number where there are several


class JackFeed:
    """Which ports feed us.

    Parameters
    ----------
    source : str
        The JACK client that is listened to; PortAudio must be connected to it already.
    """

    def __init__(self, source: str) -> None:
        self._looked_at = time.monotonic()
        self._ours: list[str] = []
        self._client: Any = None
        try:
            import jack

            jack.set_error_function(lambda text: log.debug("JACK: %s", text))
            self._client = jack.Client("Affetto source", no_start_server=True)
        except Exception as error:  # no package, no library or no server: then nothing can be noticed
            log.info("%s: that it leaves the JACK server will go unnoticed (%s)", source, error or type(error).__name__)
            return
        ports = self._client.get_ports(f"^{re.escape(source)}:", is_output=True)
        fed = [port.name for from_ in ports for port in self._client.get_all_connections(from_)]
        self._ours = [name for name in fed if name.startswith(_OURS)]

    def has_left(self) -> bool:
        """Whether nothing is connected to our ports any more. It looks twice a second; in between, it says no."""
        if not self._ours or (now := time.monotonic()) < self._looked_at + LOOK_S:
            return False
        self._looked_at = now
        return not any(self._client.get_all_connections(name) for name in self._ours)

    def close(self) -> None:
        client, self._client, self._ours = self._client, None, []
        if client is not None:
            client.close()
